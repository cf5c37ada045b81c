//! The tenant itself: organization, licences, domains and their federation, directory sync.

use serde_json::{Map, Value, json};

use super::call::{Answer, Call, Version};
use super::entity::{Instant, instant};
use super::error::GraphError;
use super::page;
use super::users::{ProvisioningErrors, ServiceErrors};
use crate::world::Tenant;
use crate::world::directory::contact::Contact;
use crate::world::directory::domain::{Domain, Federation};
use crate::world::licences::Subscription;

/// `GET /organization`
pub(crate) fn list(call: &Call<'_>) -> Result<Answer, GraphError> {
    call.query.allow_only(&["select", "top", "format"])?;
    let row = selected(call, organization(call), "microsoft.graph.organization")?;
    Answer::rows(call, "organization", [row])
}

fn organization(call: &Call<'_>) -> Value {
    let Tenant { id, display_name, directory, .. } = call.tenant;
    let verified: Vec<_> = directory
        .domains
        .iter()
        .map(|domain| {
            json!({
                "name": domain.name, "isDefault": domain.is_default, "isInitial": domain.is_initial,
                "type": if domain.federation.is_some() { "Federated" } else { "Managed" },
                "capabilities": "Email, OfficeCommunicationsOnline"
            })
        })
        .collect();
    let mut row = json!({
        "id": id, "displayName": display_name, "tenantType": "AAD", "createdDateTime": Instant(directory.created_at),
        "deletedDateTime": null, "businessPhones": [], "city": directory.city.name, "state": directory.city.state,
        "country": null, "countryLetterCode": directory.country, "postalCode": null, "street": null,
        "preferredLanguage": "en", "defaultUsageLocation": directory.country,
        "onPremisesSyncEnabled": directory.sync.enabled,
        "onPremisesLastSyncDateTime": instant(directory.sync.last_sync),
        "partnerTenantType": (call.tenant.id == call.world.partner).then_some("valueAddedResellerPartnerDelegatedAdmin"),
        "technicalNotificationMails": [format!("it@{}", call.tenant.default_domain)],
        "marketingNotificationEmails": [], "securityComplianceNotificationMails": [],
        "securityComplianceNotificationPhones": [], "privacyProfile": null, "provisionedPlans": [],
        "verifiedDomains": verified,
        "assignedPlans": directory.subscriptions.iter().flat_map(assigned_plans).collect::<Vec<_>>()
    });
    if call.version == Version::Beta {
        row["onPremisesLastPasswordSyncDateTime"] = json!(instant(directory.sync.last_password_sync));
        row["directorySizeQuota"] = json!({"used": directory.user_count() * 2, "total": 300_000});
    }
    row
}

fn assigned_plans(subscription: &Subscription) -> impl Iterator<Item = Value> {
    let status = if subscription.capability_status == "Enabled" { "Enabled" } else { "Suspended" };
    subscription.product.plans.iter().map(move |plan| {
        json!({
            "assignedDateTime": "2024-01-08T09:00:00Z", "capabilityStatus": status, "service": plan.name,
            "servicePlanId": plan.id
        })
    })
}

/// Leaves only the selected properties of a row; unknown ones are refused.
pub(crate) fn selected(call: &Call<'_>, row: Value, kind: &str) -> Result<Value, GraphError> {
    let names = call.query.names("select");
    let Value::Object(mut row) = row else { return Ok(row) };
    if names.is_empty() {
        return Ok(Value::Object(row));
    }
    let mut kept = Map::new();
    if let Some(id) = row.get("id") {
        kept.insert("id".into(), id.clone());
    }
    for name in names {
        let found = row.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned();
        match found {
            Some(key) => {
                let value = row.remove(&key).unwrap_or_default();
                kept.insert(key, value);
            }
            None if kept.keys().any(|key| key.eq_ignore_ascii_case(name)) => {}
            None => return Err(GraphError::unknown_property(name, kind)),
        }
    }
    Ok(Value::Object(kept))
}

/// `GET /subscribedSkus`
pub(crate) fn subscriptions(call: &Call<'_>) -> Result<Answer, GraphError> {
    call.query.allow_only(&["select", "format"])?;
    let rows =
        call.tenant.directory.subscriptions.iter().map(|subscription| {
            selected(call, subscribed_sku(call.tenant, subscription), "microsoft.graph.subscribedSku")
        });
    Answer::rows(call, "subscribedSkus", rows.collect::<Result<Vec<_>, _>>()?)
}

fn subscribed_sku(tenant: &Tenant, subscription: &Subscription) -> Value {
    let product = subscription.product;
    let consumed = tenant.directory.users().filter(|user| user.licences.contains(&product)).count();
    let plans: Vec<_> = product
        .plans
        .iter()
        .map(|plan| {
            json!({
                "servicePlanId": plan.id, "servicePlanName": plan.name, "provisioningStatus": "Success",
                "appliesTo": "User"
            })
        })
        .collect();
    json!({
        "id": format!("{}_{}", tenant.id, product.sku_id), "accountId": tenant.id, "accountName": tenant.initial_domain,
        "skuId": product.sku_id, "skuPartNumber": product.part_number, "appliesTo": "User",
        "capabilityStatus": subscription.capability_status, "consumedUnits": consumed,
        "prepaidUnits": {
            "enabled": subscription.enabled_units, "suspended": subscription.suspended_units,
            "warning": subscription.warning_units, "lockedOut": 0
        },
        "servicePlans": plans, "subscriptionIds": []
    })
}

/// `GET /domains`
pub(crate) fn domains(call: &Call<'_>) -> Result<Answer, GraphError> {
    call.query.allow_only(&["select", "top", "skiptoken", "format"])?;
    let rows = call.tenant.directory.domains.iter().map(|domain| selected(call, row(domain), "microsoft.graph.domain"));
    page::values(call, "domains", &rows.collect::<Result<Vec<_>, _>>()?)
}

fn row(domain: &Domain) -> Value {
    json!({
        "id": domain.name, "authenticationType": if domain.federation.is_some() { "Federated" } else { "Managed" },
        "availabilityStatus": null, "isAdminManaged": true, "isDefault": domain.is_default,
        "isInitial": domain.is_initial, "isRoot": true, "isVerified": true, "manufacturer": null, "model": null,
        "passwordNotificationWindowInDays": 14, "passwordValidityPeriodInDays": 2_147_483_647, "state": null,
        "supportedServices": ["Email", "OfficeCommunicationsOnline"]
    })
}

/// `GET /domains/{id}/federationConfiguration`
pub(crate) fn federation(call: &Call<'_>) -> Result<Answer, GraphError> {
    let name = call.part(0);
    let domain = call.tenant.directory.domains.iter().find(|domain| domain.name.eq_ignore_ascii_case(name));
    let domain = domain.ok_or_else(|| GraphError::no_such_resource(name))?;
    let context = format!("domains('{}')/federationConfiguration", domain.name);
    Answer::rows(call, &context, domain.federation.iter().map(configuration))
}

fn configuration(federation: &Federation) -> Value {
    let Federation { id, display_name, issuer_uri, host, signing_certificate, mfa_behavior, .. } = federation;
    json!({
        "id": id, "displayName": display_name, "issuerUri": issuer_uri,
        "metadataExchangeUri": format!("https://{host}/adfs/services/trust/mex"),
        "passiveSignInUri": format!("https://{host}/adfs/ls/"),
        "activeSignInUri": format!("https://{host}/adfs/services/trust/2005/usernamemixed"),
        "signOutUri": format!("https://{host}/adfs/ls/"),
        "preferredAuthenticationProtocol": "wsFed", "promptLoginBehavior": "nativeSupport",
        "signingCertificate": signing_certificate, "nextSigningCertificate": null,
        "signingCertificateUpdateStatus": null, "isSignedAuthenticationRequestRequired": false,
        "federatedIdpMfaBehavior": mfa_behavior, "passwordResetUri": null
    })
}

/// `GET /contacts`
pub(crate) fn contacts(call: &Call<'_>) -> Result<Answer, GraphError> {
    call.query.allow_only(&["select", "top", "skiptoken", "format"])?;
    let row = |contact: &Contact| {
        json!({
            "id": contact.id, "displayName": contact.display_name, "mail": contact.mail, "companyName": null,
            "onPremisesSyncEnabled": true, "onPremisesLastSyncDateTime": instant(call.tenant.directory.sync.last_sync),
            "proxyAddresses": [format!("SMTP:{}", contact.mail)],
            "onPremisesProvisioningErrors": ProvisioningErrors(&contact.provisioning_errors),
            "serviceProvisioningErrors": ServiceErrors(&contact.service_errors)
        })
    };
    let rows = call.tenant.directory.contacts.iter().map(row);
    let rows = rows.map(|row| selected(call, row, "microsoft.graph.orgContact"));
    page::values(call, "contacts", &rows.collect::<Result<Vec<_>, _>>()?)
}

/// `GET /directory/onPremisesSynchronization`: delegated only, and only where something was synced.
pub(crate) fn synchronization(call: &Call<'_>) -> Result<Answer, GraphError> {
    let sync = &call.tenant.directory.sync;
    let row = sync.enabled.map(|_| {
        json!({
            "id": call.tenant.id,
            "configuration": {
                "accidentalDeletionPrevention": {
                    "synchronizationPreventionType": "enabledForCount", "alertThreshold": 500
                }
            },
            "features": {
                "passwordSyncEnabled": sync.last_password_sync.is_some() && !sync.passwords_off, "passwordWritebackEnabled": false,
                "deviceWritebackEnabled": false, "groupWriteBackEnabled": false, "softMatchOnUpnEnabled": true,
                "blockSoftMatchEnabled": false, "blockCloudObjectTakeoverThroughHardMatchEnabled": false,
                "synchronizeUpnForManagedUsersEnabled": true, "quarantineUponUpnConflictEnabled": true,
                "quarantineUponProxyAddressesConflictEnabled": true,
                "userForcePasswordChangeOnLogonEnabled": false,
                "cloudPasswordPolicyForPasswordSyncedUsersEnabled": false
            }
        })
    });
    Answer::rows(call, "directory/onPremisesSynchronization", row)
}
