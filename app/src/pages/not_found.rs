//! An address that leads nowhere.

use leptos::prelude::*;

use crate::components::loaded::Failure;
use crate::error::Error;

#[component]
pub fn NotFound() -> impl IntoView {
    view! { <Failure error=Error::NotFound /> }
}
