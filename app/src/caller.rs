//! How a server function learns who asks. There is no other way to get a `Caller`, so one that forgot to authenticate does
//! not compile.

use chrono::{DateTime, Utc};
use leptos::prelude::use_context;

use crate::backend::{Backend, Caller};
use crate::error::Error;

/// The answer of the session middleware, put into the context of every page and server function.
#[derive(Clone, Debug)]
pub struct SignedIn(pub Option<Caller>);

/// The signed-in caller of the present request.
pub fn caller() -> Result<Caller, Error> {
    use_context::<SignedIn>().and_then(|signed_in| signed_in.0).ok_or(Error::SignedOut)
}

/// When the present request came, by the server's clock.
#[derive(Clone, Copy, Debug)]
pub struct RequestedAt(pub DateTime<Utc>);

/// The moment that ages on the page are told from.
pub fn requested_at() -> Result<DateTime<Utc>, Error> {
    let requested_at = use_context::<RequestedAt>().ok_or_else(|| Error::Internal { id: String::from("no-clock") })?;
    Ok(requested_at.0)
}

/// The ports.
pub fn backend() -> Result<Backend, Error> {
    use_context::<Backend>().ok_or_else(|| Error::Internal { id: String::from("no-backend") })
}
