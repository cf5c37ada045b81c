//! Who is signed in, as the server told the page.

use domain::operator::{Operator, Permission, Role};
use leptos::prelude::*;

/// The operator of this page, `None` when signed out. It hides what would be refused; it never authorises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session(pub Option<Operator>);

impl Session {
    /// Read from the request on the server, and from the page in the browser.
    pub fn provide() -> Self {
        let session = Self(SharedValue::new(signed_in).into_inner());
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

#[cfg(feature = "ssr")]
fn signed_in() -> Option<Operator> {
    crate::caller::caller().ok().map(|caller| caller.operator)
}

#[cfg(not(feature = "ssr"))]
fn signed_in() -> Option<Operator> {
    None
}
