//! `GET /connect/partner` and `/connect/partner/callback`: an administrator signs in at the partner's tenant, so that clients
//! are reached through GDAP.

use app::caller::SignedIn;
use app::error::Error;
use app::urls;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::page::Notice;
use super::request::RequestId;
use crate::services::connections::{Answer, PARTNER_START, PartnerEnding};
use crate::state::AppState;

const SETTINGS: &str = "/settings/connections";

/// Sends the browser to Microsoft. What it writes down dies by itself, unless the answer comes.
pub async fn start(
    State(state): State<AppState>,
    Extension(RequestId(request_id)): Extension<RequestId>,
    Extension(SignedIn(caller)): Extension<SignedIn>,
) -> Response {
    let Some(caller) = caller else { return Redirect::to(&urls::sign_in(PARTNER_START)).into_response() };
    match state.connections.start_partner(&caller).await {
        Ok(url) => Redirect::to(&url).into_response(),
        Err(error) => refused(&error, &request_id).into_response(),
    }
}

/// The code beside what every callback has.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Callback {
    code: String,
    state: String,
    error: String,
    error_description: String,
}

pub async fn finish(
    State(state): State<AppState>,
    callback: Result<Query<Callback>, QueryRejection>,
    Extension(RequestId(request_id)): Extension<RequestId>,
    Extension(SignedIn(caller)): Extension<SignedIn>,
) -> Response {
    let Some(caller) = caller else {
        return Notice::new(StatusCode::UNAUTHORIZED, "You are signed out")
            .say("Whoever connects the partner has to be signed in here until the end. Nothing was changed.")
            .link("Sign in and begin again", urls::sign_in(PARTNER_START))
            .quote(&request_id)
            .into_response();
    };
    let callback = callback.map_or_else(|_nonsense| Callback::default(), |Query(callback)| callback);
    let Callback { code, state: oauth_state, error, error_description } = callback;
    let answer = Answer { state: oauth_state, error, error_description, ..Answer::default() };
    match state.connections.finish_partner(&caller, &answer, &code).await {
        Ok(PartnerEnding::Connected { .. }) => Redirect::to(SETTINGS).into_response(),
        Ok(ending) => {
            let notice = page(ending).link("Try again", PARTNER_START).link("Connections", SETTINGS);
            notice.quote(&request_id).into_response()
        }
        Err(error) => refused(&error, &request_id).into_response(),
    }
}

fn page(ending: PartnerEnding) -> Notice {
    let nothing = "Nothing was changed.";
    match ending {
        PartnerEnding::Connected { user_principal_name } => Notice::new(StatusCode::OK, "The partner is connected")
            .say(format!("Clients are reached through {user_principal_name}.")),
        PartnerEnding::Refused { code } => Notice::new(StatusCode::OK, "The sign-in was cancelled or refused")
            .say(format!("Microsoft reports {code}. {nothing}")),
        PartnerEnding::Unknown => Notice::new(StatusCode::CONFLICT, "This sign-in is not known here")
            .say(format!("It was used already, took too long, or was begun by somebody else. {nothing}")),
        PartnerEnding::OtherTenant => Notice::new(StatusCode::CONFLICT, "Not an account of the partner")
            .say(format!("Sign in with an account of the partner's own tenant. {nothing}")),
        PartnerEnding::WithoutMfa => Notice::new(StatusCode::CONFLICT, "The sign-in was made without MFA")
            .say(format!("Microsoft lets partners reach clients only after multifactor authentication. {nothing}"))
            .say("Sign in with an account that has a second method registered, and use it."),
        PartnerEnding::Failed { code, meaning } => {
            Notice::new(StatusCode::BAD_GATEWAY, "Microsoft did not finish the sign-in")
                .say(format!("{meaning} ({code}). {nothing}"))
        }
    }
}

fn refused(error: &Error, request_id: &str) -> Notice {
    let notice = Notice::new(error.status(), "This did not work").say(error.to_string());
    notice.link("Connections", SETTINGS).quote(request_id)
}
