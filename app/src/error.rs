//! The one failure that an operator sees; everything else is turned into it where it is handled.

use leptos::prelude::{FromServerFnError, ServerFnErrorErr};
use leptos::server_fn::codec::JsonEncoding;
use serde::{Deserialize, Serialize};

/// Why an operation was not done, in words for the person who asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Error {
    #[error("You are signed out.")]
    SignedOut,
    #[error("Your role does not allow this.")]
    Forbidden,
    /// Also what lies outside the operator's reach.
    #[error("There is nothing here, or nothing that you may see.")]
    NotFound,
    /// What was typed cannot be used; nothing was changed.
    #[error("{message}")]
    Invalid { field: String, message: String },
    #[error("{0}")]
    Conflict(String),
    #[error("Too much at once. Try again in {retry_after_seconds} s.")]
    Busy { retry_after_seconds: u32 },
    #[error("Microsoft answered {code}: {message}")]
    Microsoft { code: String, message: String, request_id: Option<String> },
    /// The log has the chain under this id.
    #[error("Something went wrong here. Quote {id} to whoever runs this server.")]
    Internal { id: String },
    /// The server could not be reached, or did not answer in its own words.
    #[error("The server could not be reached: {0}")]
    Unreachable(String),
}

#[cfg(feature = "ssr")]
impl Error {
    /// What HTTP calls it.
    pub fn status(&self) -> http::StatusCode {
        use http::StatusCode;

        match self {
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Busy { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Microsoft { .. } => StatusCode::BAD_GATEWAY,
            Self::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unreachable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl FromServerFnError for Error {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(problem) | ServerFnErrorErr::MissingArg(problem) => {
                Self::Invalid { field: String::new(), message: format!("What was sent cannot be read: {problem}.") }
            }
            other => Self::Unreachable(other.to_string()),
        }
    }
}
