//! Contacts that directory sync or a service could not take over. They are few, so that every one is looked at.

use domain::facts::hybrid::ContactError;

use crate::graph::Query;
use crate::graph::wire::hybrid::{CONTACT_SELECT, Contact};
use crate::store::Facts;
use crate::sync::context::{Context, Reading};
use crate::sync::fault::Fault;

const PAGE: u32 = 999;

pub(super) async fn read(context: &Context) -> Result<Reading, Fault> {
    let mut errors: Vec<ContactError> = Vec::new();
    let mut pages = context.graph.pages::<Contact>(Query::v1("contacts").select(CONTACT_SELECT).top(PAGE));
    while let Some(page) = pages.next().await? {
        context.go_on()?;
        for contact in page.rows {
            errors.extend(contact.into_errors()?);
        }
    }
    Ok(Facts::ContactErrors(errors).into())
}
