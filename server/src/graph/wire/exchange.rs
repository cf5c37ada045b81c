//! What cmdlets of Exchange answer. No contract describes it: whatever is missing or has another form counts as not told.

use std::collections::BTreeMap;

use domain::facts::exchange::{ExchangeOrganization, MailboxProtocols};
use domain::ids::UserId;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{Surprise, filled};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TransportConfig {
    #[serde(default, deserialize_with = "yes_or_no")]
    smtp_client_authentication_disabled: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
pub struct OrganizationConfig {
    #[serde(default, deserialize_with = "yes_or_no", rename = "OAuth2ClientProfileEnabled")]
    modern_authentication: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CasMailbox {
    external_directory_object_id: Option<String>,
    primary_smtp_address: Option<String>,
    name: Option<String>,
    #[serde(default, deserialize_with = "yes_or_no")]
    smtp_client_authentication_disabled: Option<bool>,
    #[serde(default, deserialize_with = "yes_or_no")]
    pop_enabled: Option<bool>,
    #[serde(default, deserialize_with = "yes_or_no")]
    imap_enabled: Option<bool>,
    #[serde(default, deserialize_with = "yes_or_no")]
    active_sync_enabled: Option<bool>,
    #[serde(default, deserialize_with = "yes_or_no")]
    ews_enabled: Option<bool>,
    #[serde(default, deserialize_with = "yes_or_no", rename = "MAPIEnabled")]
    mapi_enabled: Option<bool>,
}

/// A mailbox without a name or address is a surprise: nobody could be told which it is.
pub fn mailboxes(rows: Vec<CasMailbox>) -> Result<Vec<MailboxProtocols>, Surprise> {
    let mut mailboxes = BTreeMap::new();
    for row in rows {
        let address = filled(row.primary_smtp_address).or_else(|| filled(row.name));
        let address = address.ok_or_else(|| Surprise(String::from("a mailbox without an address")))?.to_lowercase();
        let user_id = row.external_directory_object_id.and_then(|id| id.parse().ok()).map(UserId);
        let mailbox = MailboxProtocols {
            address: address.clone(),
            user_id,
            smtp_auth_disabled: row.smtp_client_authentication_disabled,
            pop: row.pop_enabled,
            imap: row.imap_enabled,
            active_sync: row.active_sync_enabled,
            ews: row.ews_enabled,
            mapi: row.mapi_enabled,
        };
        mailboxes.insert(address, mailbox);
    }
    Ok(mailboxes.into_values().collect())
}

/// Both cmdlets answer one row.
pub fn organization(
    transport: Vec<TransportConfig>,
    organization: Vec<OrganizationConfig>,
    mailboxes: usize,
) -> Result<ExchangeOrganization, Surprise> {
    let nothing = || Surprise(String::from("no transport settings"));
    let transport = transport.into_iter().next().ok_or_else(nothing)?;
    Ok(ExchangeOrganization {
        smtp_auth_disabled: transport.smtp_client_authentication_disabled,
        modern_authentication: organization.into_iter().next().and_then(|row| row.modern_authentication),
        mailboxes: u32::try_from(mailboxes).unwrap_or(u32::MAX),
    })
}

/// PowerShell's answers are booleans, or words for them.
fn yes_or_no<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Bool(value) => Some(value),
        Value::String(word) if word.eq_ignore_ascii_case("true") => Some(true),
        Value::String(word) if word.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_mailbox_that_follows_the_organisation_is_told_from_one_that_does_not() {
        let rows = serde_json::from_value(json!([
            {"ExternalDirectoryObjectId": "5b2f7f0e-6c1d-4a52-9a0e-3f7f0d2b1c11", "PrimarySmtpAddress": "Scan@norte.example",
             "SmtpClientAuthenticationDisabled": false, "PopEnabled": true, "ImapEnabled": "False", "MAPIEnabled": true},
            {"ExternalDirectoryObjectId": "", "PrimarySmtpAddress": null, "Name": "Room 1",
             "SmtpClientAuthenticationDisabled": null, "EwsEnabled": {"odd": 1}}
        ]))
        .unwrap();
        let found = mailboxes(rows).unwrap();
        assert_eq!(found[0].address, "room 1");
        assert_eq!((found[0].user_id, found[0].smtp_auth_disabled, found[0].ews), (None, None, None));
        assert_eq!(found[1].address, "scan@norte.example");
        assert_eq!((found[1].smtp_auth_disabled, found[1].pop, found[1].imap), (Some(false), Some(true), Some(false)));
        assert!(found[1].user_id.is_some());
    }

    #[test]
    fn a_setting_that_is_not_there_is_not_told_and_no_row_is_a_surprise() {
        let rows = serde_json::from_value(json!([{"Other": 1}])).unwrap();
        assert_eq!(organization(rows, Vec::new(), 3).unwrap().smtp_auth_disabled, None);
        assert!(organization(Vec::new(), Vec::new(), 3).is_err());
        assert!(mailboxes(serde_json::from_value(json!([{"PopEnabled": true}])).unwrap()).is_err());
    }
}
