//! A stored connection as settings show it.

use domain::connection::{ConnectionKind, ConnectionSummary};
use domain::settings::ConnectionRow;

use crate::services::permissions::statuses;
use crate::store::connections::StoredConnection;

pub(super) fn of(connection: StoredConnection) -> ConnectionRow {
    let permissions = statuses(connection.granted.as_deref(), connection.is_partner, connection.kind);
    let count = |granted: bool| {
        let counted = permissions
            .iter()
            .filter(|status| !status.optional)
            .filter(|status| !granted || status.granted == Some(true))
            .count();
        u32::try_from(counted).unwrap_or(u32::MAX)
    };
    let summary = ConnectionSummary {
        kind: connection.kind,
        state: connection.state,
        cause: connection.cause,
        since: connection.since,
        permissions_granted: count(true),
        permissions_wanted: count(false),
        last_token_at: connection.last_token_at,
        credential_ends_at: connection.credential_ends_at,
        relationship_ends_at: connection.relationship_ends_at,
    };
    ConnectionRow {
        tenant_id: connection.tenant,
        tenant_name: connection.name,
        default_domain: connection.default_domain,
        is_partner: connection.is_partner,
        connection: summary,
        own_registration: connection.own_registration.is_some(),
        permissions,
    }
}

/// Whether the partner operator's refresh token opens the tenant.
pub(super) fn is_delegated(connection: &StoredConnection) -> bool {
    connection.kind == ConnectionKind::Delegated && connection.own_registration.is_none()
}
