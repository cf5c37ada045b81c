//! Connections, operators, the audit log and the keys. Every write is refused in the way that the page has to show.

use app::backend::{Alerts, Audit, Caller, Connections, Keys, Operators};
use app::error::Error;
use async_trait::async_trait;
use chrono::TimeDelta;
use domain::alert::{AlertRow, AlertsView, Channel, ChannelKind, NewChannel, Rule};
use domain::bad_field::BadField;
use domain::client::PermissionStatus;
use domain::connection::ConnectionKind;
use domain::ids::{OperatorId, TenantId};
use domain::list::{ListQuery, Page};
use domain::operator::{Permission, Reach, Role};
use domain::settings::{
    AuditRow, ConnectionRow, ConsentRequest, KeyRow, NewConnection, NewOperator, OperatorRow, OwnRegistration,
    PartnerConnection, RelationshipRow,
};
use uuid::Uuid;

use super::fleet::{CLIENTS, connection};
use super::{now, tenant_id};

pub struct Fake;

fn allowed(caller: &Caller, permission: Permission) -> Result<(), Error> {
    if caller.operator.may(permission) { Ok(()) } else { Err(Error::Forbidden) }
}

fn row(index: usize) -> ConnectionRow {
    let permission = |permission: &str, granted, feature: &str| PermissionStatus {
        permission: permission.to_owned(),
        granted,
        features: vec![feature.to_owned()],
        optional: false,
    };
    ConnectionRow {
        tenant_id: tenant_id(index),
        tenant_name: CLIENTS[index].0.to_owned(),
        default_domain: (index != 14).then(|| format!("client{index}.example")),
        is_partner: index == 0,
        connection: connection(index),
        own_registration: index == 4,
        permissions: if index == 14 {
            Vec::new()
        } else {
            vec![
                permission("User.Read.All", Some(true), "accounts and their states"),
                permission("Reports.Read.All", Some(index != 5), "POP, IMAP and SMTP use without Entra P1"),
                permission("AuditLog.Read.All", Some(index != 5), "who still uses legacy protocols"),
            ]
        },
    }
}

#[async_trait]
impl Connections for Fake {
    async fn list(&self, caller: &Caller) -> Result<Vec<ConnectionRow>, Error> {
        allowed(caller, Permission::ReadConnections)?;
        Ok((0..CLIENTS.len()).map(row).collect())
    }

    async fn create(&self, caller: &Caller, new: NewConnection) -> Result<ConsentRequest, Error> {
        allowed(caller, Permission::ManageConnections)?;
        if new.tenant.contains('.') {
            return Ok(ConsentRequest {
                tenant_id: tenant_id(14),
                tenant_name: new.tenant,
                consent_url: "https://login.example/organizations/v2.0/adminconsent?client_id=1&state=2".to_owned(),
            });
        }
        Err(Error::Invalid {
            field: "tenant".to_owned(),
            message: "Microsoft knows no tenant of that name. Type a domain of the client, for example fabrikam.com."
                .to_owned(),
        })
    }

    async fn consent(&self, caller: &Caller, tenant: TenantId) -> Result<ConsentRequest, Error> {
        allowed(caller, Permission::ManageConnections)?;
        Ok(ConsentRequest {
            tenant_id: tenant,
            tenant_name: "Coho Vineyard".to_owned(),
            consent_url: "https://login.example/organizations/v2.0/adminconsent?client_id=1&state=2".to_owned(),
        })
    }

    async fn check(&self, caller: &Caller, _: TenantId) -> Result<ConnectionRow, Error> {
        allowed(caller, Permission::ManageConnections)?;
        Ok(row(1))
    }

    async fn get_partner(&self, caller: &Caller) -> Result<PartnerConnection, Error> {
        allowed(caller, Permission::ReadConnections)?;
        let relationship = |index: usize, status: &str, days, connected_by| RelationshipRow {
            relationship_id: format!("relationship-{index}"),
            tenant_id: tenant_id(index),
            tenant_name: CLIENTS[index].0.to_owned(),
            status: status.to_owned(),
            ends_at: Some(now() + TimeDelta::days(days)),
            connected_by,
        };
        Ok(PartnerConnection {
            connected: true,
            problem: None,
            user_principal_name: Some("maria@contoso.example".to_owned()),
            last_renewed_at: Some(now() - TimeDelta::days(2)),
            connect_url: "/partner/connect".to_owned(),
            relationships: vec![
                relationship(2, "active", 419, Some(ConnectionKind::Delegated)),
                relationship(6, "active", 12, Some(ConnectionKind::Delegated)),
                relationship(9, "active", 300, None),
                relationship(10, "expired", -20, None),
            ],
        })
    }

    async fn create_delegated(&self, caller: &Caller, _: &str) -> Result<ConnectionRow, Error> {
        allowed(caller, Permission::ManageConnections)?;
        Ok(row(9))
    }

    async fn set_own_registration(
        &self,
        caller: &Caller,
        _: TenantId,
        _: Option<OwnRegistration>,
    ) -> Result<ConnectionRow, Error> {
        allowed(caller, Permission::ManageConnections)?;
        Ok(row(4))
    }

    async fn disconnect(&self, caller: &Caller, _: TenantId) -> Result<(), Error> {
        allowed(caller, Permission::ManageConnections)
    }

    async fn delete(&self, caller: &Caller, _: TenantId, _: &str) -> Result<(), Error> {
        allowed(caller, Permission::ManageConnections)?;
        Err(Error::Invalid {
            field: "confirmation".to_owned(),
            message: "This is not the client's name. Nothing was deleted.".to_owned(),
        })
    }
}

fn operator(index: u128, name: &str, role: Role, reach: Reach) -> OperatorRow {
    OperatorRow {
        id: OperatorId(Uuid::from_u128(6 + index)),
        home_tenant: tenant_id(if role == Role::Viewer { 2 } else { 0 }),
        object_id: Uuid::from_u128(0x3000 + index).to_string(),
        display_name: name.to_owned(),
        user_principal_name: format!("{}@contoso.example", name.split(' ').next().unwrap_or_default().to_lowercase()),
        role,
        reach,
        last_sign_in_at: (index < 4).then(|| now() - TimeDelta::hours(index as i64 * 5)),
        sessions: if index < 3 { 1 } else { 0 },
    }
}

#[async_trait]
impl Operators for Fake {
    async fn list(&self, caller: &Caller) -> Result<Vec<OperatorRow>, Error> {
        allowed(caller, Permission::ManageOperators)?;
        Ok(vec![
            operator(1, "Maria Ortiz", Role::Admin, Reach::All),
            operator(2, "Tom Weber", Role::Technician, Reach::All),
            operator(3, "Grace Okafor", Role::AccountManager, Reach::Only([tenant_id(1), tenant_id(2)].into())),
            operator(4, "Li Na", Role::Viewer, Reach::Only([tenant_id(2)].into())),
        ])
    }

    async fn create(&self, caller: &Caller, _: NewOperator) -> Result<OperatorRow, Error> {
        allowed(caller, Permission::ManageOperators)?;
        Err(Error::Invalid { field: "object_id".to_owned(), message: "This is not an object id.".to_owned() })
    }

    async fn update(&self, caller: &Caller, _: OperatorId, _: NewOperator) -> Result<OperatorRow, Error> {
        allowed(caller, Permission::ManageOperators)?;
        Err(Error::Conflict("The last administrator cannot be made anything else.".to_owned()))
    }

    async fn delete(&self, caller: &Caller, _: OperatorId) -> Result<(), Error> {
        allowed(caller, Permission::ManageOperators)
    }

    async fn sign_out_everywhere(&self, caller: &Caller, operator: OperatorId) -> Result<(), Error> {
        if caller.operator.id == operator { Ok(()) } else { allowed(caller, Permission::ManageOperators) }
    }
}

#[async_trait]
impl Audit for Fake {
    async fn list(&self, caller: &Caller, query: &ListQuery) -> Result<Page<AuditRow>, Error> {
        allowed(caller, Permission::ReadAuditLog)?;
        let entry =
            |minutes: i64, operator: Option<&str>, action: &str, tenant: Option<usize>, detail: &str| AuditRow {
                at: now() - TimeDelta::minutes(minutes),
                operator: operator.map(str::to_owned),
                action: action.to_owned(),
                tenant_name: tenant.map(|index| CLIENTS[index].0.to_owned()),
                detail: detail.to_owned(),
            };
        let rows = vec![
            entry(2, Some("Maria Ortiz"), "sign_in", None, "Signed in with MFA"),
            entry(50, Some("Maria Ortiz"), "connection.create", Some(14), "Consent link made"),
            entry(700, None, "connection.broken", Some(3), "AADSTS65001: the client withdrew its consent"),
        ];
        Ok(Page { total: 120, rows, page: query.page_number(), page_size: 50 })
    }
}

#[async_trait]
impl Keys for Fake {
    async fn list(&self, caller: &Caller) -> Result<Vec<KeyRow>, Error> {
        allowed(caller, Permission::ManageKeys)?;
        Ok(vec![
            KeyRow { key_id: "2026-11".to_owned(), is_current: true, sealed: 30 },
            KeyRow { key_id: "2026-05".to_owned(), is_current: false, sealed: 12 },
        ])
    }

    async fn rotate(&self, caller: &Caller) -> Result<u64, Error> {
        allowed(caller, Permission::ManageKeys)?;
        Ok(12)
    }
}

#[async_trait]
impl Alerts for Fake {
    async fn get(&self, caller: &Caller) -> Result<AlertsView, Error> {
        if !caller.operator.may(Permission::ListTenants) {
            return Err(Error::Forbidden);
        }
        let alert = |id, rule: Rule, index, cause: &str, detail: &str, ended: bool| AlertRow {
            id,
            rule,
            tenant: tenant_id(index),
            tenant_name: "Fabrikam Logistics".to_owned(),
            cause: cause.to_owned(),
            detail: detail.to_owned(),
            path: format!("/tenants/{}/sync", tenant_id(index)),
            happened_at: now() - TimeDelta::hours(id),
            ended_at: ended.then(now),
            snoozed_until: (id == 2).then(|| now() + TimeDelta::hours(9)),
        };
        let channel = Channel {
            id: Uuid::from_u128(5),
            name: "On-call".to_owned(),
            kind: ChannelKind::Webhook,
            target: "https://hooks.example.com/secret-token".to_owned(),
            rules: vec![Rule::ConnectionBroken],
            tenants: vec![tenant_id(2)],
            quiet: Some((22, 6)),
            digest: false,
            last_sent_at: Some(now() - TimeDelta::hours(3)),
            last_error: Some("It answered with status 500.".to_owned()),
        };
        Ok(AlertsView {
            lasting: vec![
                alert(1, Rule::ConnectionBroken, 2, "The client secret has expired.", "", false),
                alert(2, Rule::SyncLate, 2, "Directory sync has stalled.", "", false),
            ],
            lately: vec![alert(3, Rule::NewBlocker, 2, "IMAP was seen for the first time.", "scan", true)],
            channels: caller.operator.may(Permission::ManageAlerts).then(|| vec![channel]),
            clients: vec![(tenant_id(2), "Fabrikam Logistics".to_owned())],
            may_send_mail: false,
            is_signing: true,
            now: now(),
        })
    }

    async fn save_channel(&self, _caller: &Caller, new: NewChannel) -> Result<(), Error> {
        let refused = |bad: BadField| Error::Invalid { field: bad.field.to_owned(), message: bad.message.to_owned() };
        new.check(Uuid::nil(), false).map(|_| ()).map_err(refused)
    }

    async fn delete_channel(&self, _caller: &Caller, _channel: Uuid) -> Result<(), Error> {
        Ok(())
    }

    async fn set_signing_secret(&self, _caller: &Caller, _secret: String) -> Result<(), Error> {
        Ok(())
    }

    async fn snooze(&self, _caller: &Caller, _alert: i64, _hours: u32) -> Result<(), Error> {
        Ok(())
    }
}
