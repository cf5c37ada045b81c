//! The key ring.

use domain::settings::KeyRow;
use leptos::prelude::*;
use leptos::server_fn::codec::{Json, Postcard};

use crate::error::Error;

#[server(endpoint = "list_keys", input = Json, output = Postcard)]
pub async fn list_keys() -> Result<Vec<KeyRow>, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.keys.list(&caller).await
}

/// Answers how many secrets were re-sealed.
#[server(endpoint = "rotate_keys")]
pub async fn rotate_keys() -> Result<u64, Error> {
    let caller = crate::caller::caller()?;
    let backend = crate::caller::backend()?;
    backend.keys.rotate(&caller).await
}
