//! `GET /connect/consent`: where Microsoft sends a client's administrator after consent. Needs no session: the link may have
//! been sent to somebody who has none. Only a proven consent changes anything.

use app::caller::SignedIn;
use app::urls;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::ids::TenantId;

use super::page::Notice;
use super::request::RequestId;
use crate::services::connections::{Answer, Ending};
use crate::state::AppState;

pub async fn finish(
    State(state): State<AppState>,
    answer: Result<Query<Answer>, QueryRejection>,
    Extension(signed_in): Extension<SignedIn>,
    Extension(RequestId(request_id)): Extension<RequestId>,
) -> Response {
    let answer = answer.map_or_else(|_nonsense| Answer::default(), |Query(answer)| answer);
    let is_signed_in = signed_in.0.is_some();
    match state.connections.finish_consent(&answer, &request_id).await {
        Ok(ending) => page(ending, is_signed_in).quote(&request_id).into_response(),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, request_id, "a consent could not be worked out");
            Notice::new(StatusCode::SERVICE_UNAVAILABLE, "Tenantry could not look at this consent")
                .say("Nothing was changed. Open the same link again in a moment.")
                .quote(&request_id)
                .into_response()
        }
    }
}

/// `POST /connect/exchange/{tenant}`: the link with which a client's administrator consents to Exchange.
pub async fn ask_for_exchange(
    State(state): State<AppState>,
    Extension(SignedIn(caller)): Extension<SignedIn>,
    Extension(RequestId(request_id)): Extension<RequestId>,
    Path(tenant): Path<TenantId>,
) -> Response {
    let back = urls::evidence(tenant);
    let Some(caller) = caller else { return Redirect::to(&urls::sign_in(&back)).into_response() };
    let notice = match state.connections.request_exchange_consent(&caller, tenant).await {
        Ok(request) => Notice::new(StatusCode::OK, &format!("A consent link for {}", request.tenant_name))
            .say("Send it to an administrator of the client; it is good for seven days and for one use.")
            .say(request.consent_url.clone())
            .say("Then assign the role Global Reader to the app in the client's Entra: consent alone shows nothing.")
            .link("Follow it", request.consent_url)
            .link("Back", back),
        Err(error) => Notice::new(error.status(), "No link was made").say(error.to_string()).link("Back", back),
    };
    notice.quote(&request_id).into_response()
}

fn page(ending: Ending, is_signed_in: bool) -> Notice {
    let fresh_link = "Ask whoever sent it for a fresh one; they make it under Settings, Connections.";
    match ending {
        Ending::Connected { tenant, name, missing } => {
            connected(&name, &missing, is_signed_in.then(|| urls::tenant(tenant)))
        }
        Ending::ExchangeConsented { tenant, name } => {
            let notice = Notice::new(StatusCode::OK, &format!("{name} consented to Exchange"))
                .say("Exchange's settings are being read.")
                .say("If Exchange refuses, assign the role Global Reader to the app in Entra: consent alone shows nothing.");
            match is_signed_in {
                true => notice.link("See what it shows", urls::evidence(tenant)),
                false => notice.say("You can close this page."),
            }
        }
        Ending::Refused { name, code } => {
            let of = name.map_or_else(String::new, |name| format!(" for {name}"));
            Notice::new(StatusCode::OK, "Consent was not given")
                .say(format!("Microsoft reports that consent{of} was refused or cancelled ({code})."))
                .say("Nothing was changed. The same link can be opened again until it ends.")
        }
        Ending::Unknown => Notice::new(StatusCode::NOT_FOUND, "This link is not known here")
            .say("It was used already, replaced, or cut off on its way. Nothing was changed.")
            .say(fresh_link),
        Ending::Expired { name } => Notice::new(StatusCode::GONE, "This link has ended")
            .say(format!("The consent link for {name} was good for seven days. Nothing was changed here."))
            .say(fresh_link),
        Ending::OtherTenant { name } => Notice::new(StatusCode::CONFLICT, "Another organisation than expected")
            .say(format!(
                "The link was made for {name}, and Microsoft names another organisation. Nothing was changed here."
            ))
            .say(format!("Open the link again and sign in as an administrator of {name}.")),
        Ending::NotProven { name, code, meaning } => {
            Notice::new(StatusCode::BAD_GATEWAY, "The consent cannot be seen yet")
                .say(format!("Microsoft gives no access to {name} yet ({code}): {meaning}"))
                .say("Nothing was changed. Consent can take a minute to spread: open the same link again then.")
        }
        Ending::Nonsense => Notice::new(StatusCode::BAD_REQUEST, "This is not an answer of Microsoft's")
            .say("The address lacks what Microsoft sends after consent. Nothing was changed.")
            .say("Open the consent link from its beginning."),
    }
}

fn connected(name: &str, missing: &[String], tenant_url: Option<String>) -> Notice {
    let mut notice = Notice::new(StatusCode::OK, &format!("{name} is connected"));
    notice = if missing.is_empty() {
        notice.say("Every permission was granted. The first data is being read.")
    } else {
        notice.say(format!("Not every permission was granted. Without the rest there is no: {}.", missing.join("; ")))
    };
    match tenant_url {
        Some(url) => notice.link(&format!("Open {name}"), url),
        None => notice.say("You can close this page."),
    }
}
