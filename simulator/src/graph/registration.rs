//! Registration details of all users, and the methods of one.

use serde::ser::SerializeMap;
use serde_json::{Value, json};
use uuid::{Uuid, uuid};

use super::call::{Answer, Call, Version};
use super::entity::{self, Entity, Instant, Property, always, on_select};
use super::error::GraphError;
use super::page::{self, Allowed, Collection};
use crate::world::Tenant;
use crate::world::directory::user::User;
use crate::world::methods::{Method, MethodKind};

/// The password method's well-known id.
const PASSWORD: Uuid = uuid!("28c10230-6103-485e-b985-444c60001490");

struct RegistrationRow<'a> {
    user: &'a User,
    tenant: &'a Tenant,
}

impl RegistrationRow<'_> {
    fn has(&self, test: fn(MethodKind) -> bool) -> bool {
        self.user.methods.iter().any(|method| test(method.kind))
    }

    fn second_factor(&self) -> Option<&'static str> {
        self.user.methods.iter().find_map(|method| method.kind.second_factor())
    }

    fn is_admin(&self) -> bool {
        let directory = &self.tenant.directory;
        directory.role_assignments.iter().any(|assignment| {
            assignment.principal_id == self.user.id
                || directory.group(assignment.principal_id).is_some_and(|group| group.members.contains(&self.user.id))
        })
    }
}

impl Entity for RegistrationRow<'_> {
    const TYPE: &'static str = "microsoft.graph.userRegistrationDetails";
    const PROPERTIES: &'static [Property] = &[
        always("id"),
        always("userPrincipalName"),
        always("userDisplayName"),
        always("userType"),
        always("isAdmin"),
        always("isSsprRegistered"),
        always("isSsprEnabled"),
        always("isSsprCapable"),
        always("isMfaRegistered"),
        always("isMfaCapable"),
        always("isPasswordlessCapable"),
        always("methodsRegistered"),
        always("isSystemPreferredAuthenticationMethodEnabled"),
        always("systemPreferredAuthenticationMethods"),
        always("userPreferredMethodForSecondaryAuthentication"),
        always("lastUpdatedDateTime"),
        on_select("defaultMfaMethod"),
    ];

    fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
        let user = self.user;
        match name {
            "id" => map.serialize_entry(name, &user.id),
            "userPrincipalName" => map.serialize_entry(name, &user.user_principal_name),
            "userDisplayName" => map.serialize_entry(name, &user.display_name),
            "userType" => map.serialize_entry(name, if user.is_guest() { "guest" } else { "member" }),
            "isAdmin" => map.serialize_entry(name, &self.is_admin()),
            "isSsprRegistered" | "isSsprCapable" => map.serialize_entry(name, &self.has(MethodKind::serves_reset)),
            "isSsprEnabled" | "isSystemPreferredAuthenticationMethodEnabled" => map.serialize_entry(name, &true),
            "isMfaRegistered" | "isMfaCapable" => map.serialize_entry(name, &user.is_mfa_registered()),
            "isPasswordlessCapable" => map.serialize_entry(name, &self.has(MethodKind::is_passwordless)),
            "methodsRegistered" => {
                map.serialize_entry(name, &user.methods.iter().map(|method| method.kind).collect::<Vec<_>>())
            }
            "systemPreferredAuthenticationMethods" => {
                map.serialize_entry(name, &self.second_factor().map_or_else(Vec::new, |factor| vec![factor]))
            }
            "userPreferredMethodForSecondaryAuthentication" => {
                map.serialize_entry(name, self.second_factor().unwrap_or("none"))
            }
            "lastUpdatedDateTime" => map.serialize_entry(name, &Instant(self.tenant.directory.registration_report_at)),
            "defaultMfaMethod" => map.serialize_entry(name, default_method(user)),
            _ => map.serialize_entry(name, &()),
        }
    }
}

fn default_method(user: &User) -> &'static str {
    match user.methods.iter().find(|method| method.kind.second_factor().is_some()).map(|method| method.kind) {
        Some(MethodKind::MobilePhone) => "mobilePhone",
        Some(MethodKind::OfficePhone) => "officePhone",
        Some(MethodKind::MicrosoftAuthenticatorPush) => "microsoftAuthenticatorPush",
        Some(MethodKind::SoftwareOneTimePasscode) => "softwareOneTimePasscode",
        _ => "none",
    }
}

/// `GET /reports/authenticationMethods/userRegistrationDetails`. Disabled accounts are not in the report.
pub(crate) fn list(call: &Call<'_>) -> Result<Answer, GraphError> {
    call.query.allow_only(&["filter", "orderby", "top", "select", "skiptoken", "count", "format"])?;
    if !call.tenant.directory.has_p1() {
        return Err(GraphError::not_premium());
    }
    let names = call.query.names("select");
    if call.version == Version::V1 && names.iter().any(|name| name.eq_ignore_ascii_case("defaultMfaMethod")) {
        return Err(GraphError::unknown_property("defaultMfaMethod", RegistrationRow::TYPE));
    }
    let users = call.tenant.directory.all_users();
    let at = |position: usize| {
        let user = users.get(position).filter(|user| user.removal.is_none() && user.account_enabled)?;
        Some(RegistrationRow { user, tenant: call.tenant })
    };
    page::list(
        call,
        &Collection {
            context: "reports/authenticationMethods/userRegistrationDetails",
            len: users.len(),
            at: &at,
            default_page: 100,
            max_page: 999,
            filters: FILTERS,
            order_by: &["userPrincipalName", "userDisplayName"],
            is_directory: false,
            properties: entity::select::<RegistrationRow<'_>>(&names)?,
        },
    )
}

const FILTERS: &[(&str, Allowed)] = &[
    ("id", Allowed::Eq),
    ("userPrincipalName", Allowed::Any),
    ("userDisplayName", Allowed::Any),
    ("userType", Allowed::Eq),
    ("isAdmin", Allowed::Eq),
    ("isMfaCapable", Allowed::Eq),
    ("isMfaRegistered", Allowed::Eq),
    ("isPasswordlessCapable", Allowed::Eq),
    ("isSsprCapable", Allowed::Eq),
    ("isSsprEnabled", Allowed::Eq),
    ("isSsprRegistered", Allowed::Eq),
    ("methodsRegistered", Allowed::Any),
];

/// `GET /users/{id}/authentication/methods`
pub(crate) fn methods(call: &Call<'_>) -> Result<Answer, GraphError> {
    let user = find(call)?;
    let password = json!({
        "@odata.type": "#microsoft.graph.passwordAuthenticationMethod", "id": PASSWORD, "password": null,
        "createdDateTime": Instant(user.last_password_change)
    });
    let context = format!("users('{}')/authentication/methods", user.id);
    Answer::rows(call, &context, std::iter::once(password).chain(user.methods.iter().map(|m| method(user, m))))
}

/// `GET /beta/users/{id}/authentication/requirements`
pub(crate) fn requirements(call: &Call<'_>) -> Result<Answer, GraphError> {
    let user = find(call)?;
    let context = format!("users('{}')/authentication/requirements", user.id);
    Answer::object(call, &context, &json!({"perUserMfaState": user.per_user_mfa}))
}

fn find<'a>(call: &Call<'a>) -> Result<&'a User, GraphError> {
    let key = call.part(0);
    call.tenant.directory.find_user(key).ok_or_else(|| GraphError::no_such_resource(key))
}

fn method(user: &User, method: &Method) -> Value {
    let details = match method.kind {
        MethodKind::MobilePhone | MethodKind::OfficePhone => json!({
            "phoneNumber": format!("+00 555{:07}", user.id.as_u128() % 10_000_000),
            "phoneType": if method.kind == MethodKind::MobilePhone { "mobile" } else { "office" },
            "smsSignInState": "notAllowedByPolicy"
        }),
        MethodKind::Email => json!({"emailAddress": format!("private-{}@mail.example", user.id.as_fields().0)}),
        MethodKind::MicrosoftAuthenticatorPush | MethodKind::MicrosoftAuthenticatorPasswordless => json!({
            "displayName": "iPhone", "deviceTag": "SoftwareTokenActivated", "phoneAppVersion": "6.8.31"
        }),
        MethodKind::SoftwareOneTimePasscode => json!({"secretKey": null}),
        MethodKind::Fido2SecurityKey | MethodKind::PassKeyDeviceBoundAuthenticator => json!({
            "displayName": "Security key", "aaGuid": "cb69481e-8ff7-4039-93ec-0a2729a154a8", "model": "YubiKey 5 Series",
            "attestationLevel": "attested", "passkeyType": "deviceBound"
        }),
        MethodKind::WindowsHelloForBusiness => json!({"displayName": "Laptop", "keyStrength": "normal"}),
        MethodKind::TemporaryAccessPass => json!({
            "temporaryAccessPass": null, "isUsable": true, "isUsableOnce": true, "lifetimeInMinutes": 60,
            "methodUsabilityReason": "EnabledByPolicy", "startDateTime": Instant(method.registered_at)
        }),
        MethodKind::ExternalAuthMethod => json!({"displayName": "Duskline Authenticate", "configurationId": method.id}),
        MethodKind::HardwareOneTimePasscode => json!({}),
    };
    let mut all = json!({
        "@odata.type": format!("#microsoft.graph.{}", odata_type(method.kind)),
        "id": method.id,
        "createdDateTime": Instant(method.registered_at)
    });
    if let (Value::Object(all), Value::Object(details)) = (&mut all, details) {
        all.extend(details);
    }
    all
}

fn odata_type(kind: MethodKind) -> &'static str {
    match kind {
        MethodKind::MobilePhone | MethodKind::OfficePhone => "phoneAuthenticationMethod",
        MethodKind::Email => "emailAuthenticationMethod",
        MethodKind::MicrosoftAuthenticatorPush | MethodKind::MicrosoftAuthenticatorPasswordless => {
            "microsoftAuthenticatorAuthenticationMethod"
        }
        MethodKind::SoftwareOneTimePasscode => "softwareOathAuthenticationMethod",
        MethodKind::HardwareOneTimePasscode => "hardwareOathAuthenticationMethod",
        MethodKind::Fido2SecurityKey | MethodKind::PassKeyDeviceBoundAuthenticator => "fido2AuthenticationMethod",
        MethodKind::WindowsHelloForBusiness => "windowsHelloForBusinessAuthenticationMethod",
        MethodKind::TemporaryAccessPass => "temporaryAccessPassAuthenticationMethod",
        MethodKind::ExternalAuthMethod => "externalAuthenticationMethod",
    }
}
