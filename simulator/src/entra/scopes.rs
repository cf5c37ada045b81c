//! Reads the `scope` parameter: the OpenID scopes, one API, and the permissions asked of it.

use std::collections::BTreeSet;

use super::errors::Refusal;
use crate::service::Urls;
use crate::tokens::{GRAPH_APP_ID, Resource};

/// Delegated permissions that a user may agree to without an administrator.
pub(crate) const USER_CONSENTABLE: [&str; 5] = ["User.Read", "openid", "profile", "email", "offline_access"];

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scopes {
    pub openid: bool,
    pub profile: bool,
    pub email: bool,
    pub offline_access: bool,
    /// The API; Graph when only OpenID scopes are asked.
    pub resource: Resource,
    /// `/.default`: whatever was consented.
    pub default: bool,
    /// Permissions asked by name.
    pub permissions: BTreeSet<String>,
    /// How the request named the API, with the slash after it; empty for Graph's short names.
    pub prefix: String,
}

impl Scopes {
    pub fn read(text: &str, urls: &Urls) -> Result<Self, Refusal> {
        let mut scopes = Self {
            openid: false,
            profile: false,
            email: false,
            offline_access: false,
            resource: Resource::Graph,
            default: false,
            permissions: BTreeSet::new(),
            prefix: String::new(),
        };
        let mut named = None;
        for scope in text.split_ascii_whitespace() {
            match scope {
                "openid" => scopes.openid = true,
                "profile" => scopes.profile = true,
                "email" => scopes.email = true,
                "offline_access" => scopes.offline_access = true,
                _ => {
                    let (resource, permission) = split(scope, urls)?;
                    if named.is_some_and(|other| other != resource) {
                        let text = "Provided value for the input parameter scope is not valid because it contains more than one resource.";
                        return Err(Refusal::with(70011, text));
                    }
                    named = Some(resource);
                    scopes.prefix = scope.strip_suffix(permission).unwrap_or_default().to_owned();
                    if permission == ".default" {
                        scopes.default = true;
                    } else {
                        scopes.permissions.insert(permission.to_owned());
                    }
                }
            }
        }
        scopes.resource = named.unwrap_or(Resource::Graph);
        if scopes.default && !scopes.permissions.is_empty() {
            let text = ".default scope can't be combined with resource-specific scopes.";
            return Err(Refusal::with(70011, text));
        }
        Ok(scopes)
    }

    /// The `scope` of a token response; it names the API as the request did.
    pub fn granted(&self, permissions: &BTreeSet<String>) -> String {
        let prefix = &self.prefix;
        let oidc = [
            (self.openid, "openid"),
            (self.profile, "profile"),
            (self.email, "email"),
            (self.offline_access, "offline_access"),
        ];
        let mut all: Vec<String> =
            oidc.iter().filter(|(asked, _)| *asked).map(|(_, name)| String::from(*name)).collect();
        let named = permissions.iter().filter(|name| !oidc.iter().any(|(_, known)| known == name));
        all.extend(named.map(|permission| format!("{prefix}{permission}")));
        if self.default {
            all.push(format!("{prefix}.default"));
        }
        all.join(" ")
    }
}

/// Of all consented permissions, those that belong to an API.
pub(crate) fn of_resource(resource: Resource, permissions: &BTreeSet<String>) -> BTreeSet<String> {
    let exchange = |name: &&String| name.starts_with("Exchange.");
    match resource {
        Resource::Graph => permissions.iter().filter(|name| !exchange(name)).cloned().collect(),
        Resource::Exchange => permissions.iter().filter(exchange).cloned().collect(),
        Resource::PartnerCenter => BTreeSet::from(["user_impersonation".to_owned()]),
    }
}

fn split<'scope>(scope: &'scope str, urls: &Urls) -> Result<(Resource, &'scope str), Refusal> {
    let known = [
        ("https://graph.microsoft.com", Resource::Graph),
        (urls.graph.as_str(), Resource::Graph),
        (GRAPH_APP_ID, Resource::Graph),
        ("https://outlook.office365.com", Resource::Exchange),
        ("00000002-0000-0ff1-ce00-000000000000", Resource::Exchange),
        ("https://api.partnercenter.microsoft.com", Resource::PartnerCenter),
        ("fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd", Resource::PartnerCenter),
    ];
    for (prefix, resource) in known {
        if let Some(permission) = scope.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('/')) {
            return Ok((resource, permission.trim_start_matches('/')));
        }
    }
    match scope.rsplit_once('/') {
        None => Ok((Resource::Graph, scope)),
        Some((resource, _)) => {
            let text = format!(
                "The resource principal named {resource} was not found in the tenant. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant."
            );
            Err(Refusal::with(500_011, text))
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed read fails the test")]

    use super::*;

    fn read(text: &str) -> Result<Scopes, u32> {
        let urls = Urls { login: "http://127.0.0.1:1".into(), graph: "http://127.0.0.1:2".into() };
        Scopes::read(text, &urls).map_err(|refusal| refusal.code)
    }

    #[test]
    fn graph_has_three_names_and_is_the_default() {
        for scope in [
            "https://graph.microsoft.com/.default",
            "http://127.0.0.1:2/.default",
            "00000003-0000-0000-c000-000000000000/.default",
        ] {
            let scopes = read(scope).unwrap();
            assert!(scopes.default && scopes.resource == Resource::Graph, "{scope}");
        }
        assert_eq!(read("openid User.Read").unwrap().permissions, BTreeSet::from(["User.Read".to_owned()]));
    }

    #[test]
    fn the_answer_names_permissions_as_the_request_did() {
        let granted = |text: &str| {
            let scopes = read(text).unwrap();
            scopes.granted(&scopes.permissions)
        };
        for text in
            ["openid User.Read", "openid https://graph.microsoft.com/User.Read", "https://graph.microsoft.com/.default"]
        {
            assert_eq!(granted(text), text);
        }
    }

    #[test]
    fn one_request_asks_one_api() {
        assert_eq!(read("User.Read https://outlook.office365.com/.default"), Err(70011));
        assert_eq!(read("https://vault.azure.net/.default"), Err(500_011));
    }
}
