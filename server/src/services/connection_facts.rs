//! Our way to a client in facts: consent, credential, the refresh token's clock, the relationship, what Microsoft revoked.

use chrono::{DateTime, Utc};
use domain::connection::{ConnectionFact, ConnectionKind, ConnectionState, REFRESH_TOKEN_LIFE};

use crate::store::connections::StoredConnection;

/// `renewed_at`: when the partner's refresh token was last redeemed.
pub(super) fn connection_facts(
    connection: &StoredConnection,
    renewed_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Vec<ConnectionFact> {
    let fact = |term: &str, words: &str, at| ConnectionFact { term: term.to_owned(), words: words.to_owned(), at };
    let state = match connection.state {
        ConnectionState::Connected => "connected",
        ConnectionState::MissingPermissions => "connected, and not every permission is granted",
        ConnectionState::Broken => "broken",
        ConnectionState::AwaitingConsent => "consent is awaited",
        ConnectionState::Disconnected => "disconnected by an operator",
    };
    let way = match (connection.kind, &connection.own_registration) {
        (ConnectionKind::Delegated, _) => "the partner's GDAP relationship",
        (ConnectionKind::AppOnly, Some(_)) => "an app registration of the client's own",
        (ConnectionKind::AppOnly, None) => "the consent of the client's administrator",
    };
    let mut facts = vec![fact("By", way, None), fact("State", &format!("{state}, since"), connection.since)];
    if let Some(cause) = &connection.cause {
        facts.push(fact("Cause", &format!("{} {} ({})", cause.meaning, cause.next_step, cause.code), None));
    }
    facts.push(match connection.consented_at {
        Some(at) => fact("Consent", "given", Some(at)),
        None if connection.kind == ConnectionKind::Delegated => fact("Consent", "given through Partner Center", None),
        None => fact("Consent", "when it was given is not known", None),
    });
    facts.push(match connection.checked_at {
        Some(at) => fact("Last proven", "what is granted was read", Some(at)),
        None => fact("Last proven", "never: what is granted is not known", None),
    });
    facts.push(match connection.last_token_at {
        Some(at) => fact("Last token", "taken", Some(at)),
        None => fact("Last token", "none yet", None),
    });
    facts.push(match connection.credential_ends_at {
        Some(at) if at <= now => fact("Credential", "ended", Some(at)),
        Some(at) => fact("Credential", "ends", Some(at)),
        None => fact("Credential", "its end is not known: it is set as microsoft.credential_ends_on", None),
    });
    match (connection.kind, renewed_at) {
        (ConnectionKind::AppOnly, _) => facts.push(fact("Refresh token", "none: the app signs in by itself", None)),
        (ConnectionKind::Delegated, None) => {
            facts.push(fact("Refresh token", "nobody has connected the partner", None))
        }
        (ConnectionKind::Delegated, Some(at)) => {
            facts.push(fact("Refresh token", "renewed every day, last", Some(at)));
            facts.push(fact("Ends unused", "if nothing renews it,", Some(at + REFRESH_TOKEN_LIFE)));
        }
    }
    if let Some(at) = connection.relationship_ends_at {
        let words = if at <= now { "ended" } else { "ends" };
        facts.push(fact("GDAP relationship", words, Some(at)));
    }
    facts.push(match connection.challenged_at {
        Some(at) => fact("Revoked by Microsoft", "a token was revoked before its end, and replaced, last", Some(at)),
        None => fact("Revoked by Microsoft", "no token so far", None),
    });
    facts
}
