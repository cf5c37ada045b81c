//! What went wrong with Microsoft, in words: the code, its meaning, who can mend it and how.

use serde::{Deserialize, Serialize};

/// Who has to act before a failure goes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// An administrator of this product (credentials, configuration).
    Administrator,
    /// A technician of the partner.
    Technician,
    /// An administrator of the client's tenant.
    ClientAdministrator,
    /// Nobody: it passes by itself and is retried.
    Nobody,
}

/// A failure as it is stored and shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// `AADSTS7000222`, `Authorization_RequestDenied`, `HTTP 503`, `timeout`, …
    pub code: String,
    /// One sentence: what it means.
    pub meaning: String,
    /// One sentence: what to do next.
    pub next_step: String,
    pub actor: Actor,
    /// Microsoft's request id or trace id, when it sent one.
    pub request_id: Option<String>,
}
