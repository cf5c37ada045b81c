//! Who is signed in, as the server told the page.

use std::fmt;
use std::str::FromStr;

use domain::operator::{Operator, Permission, Role};
use leptos::prelude::*;

/// The operator of this page, `None` when signed out. It hides what would be refused; it never authorises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session(pub Option<Operator>);

impl Session {
    /// Read from the request on the server, and from the page in the browser.
    pub fn provide() -> Self {
        let session = SharedValue::new_str(|| Self(signed_in())).into_inner();
        provide_context(session.clone());
        session
    }

    pub fn take() -> Self {
        use_context().unwrap_or(Self(None))
    }

    pub fn may(&self, permission: Permission) -> bool {
        self.0.as_ref().is_some_and(|operator| operator.may(permission))
    }

    pub fn is(&self, role: Role) -> bool {
        self.0.as_ref().is_some_and(|operator| operator.role == role)
    }
}

/// How it travels in the page: as JSON.
impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(&self.0).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for Session {
    type Err = serde_json::Error;

    /// Read as bytes, as server functions read theirs: for text the wasm would need other readers.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        serde_json::from_slice(text.as_bytes()).map(Self)
    }
}

#[cfg(feature = "ssr")]
fn signed_in() -> Option<Operator> {
    crate::caller::caller().ok().map(|caller| caller.operator)
}

#[cfg(not(feature = "ssr"))]
fn signed_in() -> Option<Operator> {
    None
}
