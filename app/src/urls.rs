//! Every address of the product, made in one place, and the way back from an address to a list's query.

use domain::blocker::Protocol;
use domain::ids::{OperatorId, TenantId, UserId};
use domain::list::{Direction, ListQuery};
use leptos_router::params::ParamsMap;

pub const FLEET: &str = "/";
/// The partner requirement over all clients.
pub const READINESS: &str = "/readiness";
/// Legacy auth over all clients.
pub const BLOCKERS: &str = "/blockers";
/// What is broken, by cause.
pub const BROKEN: &str = "/broken";
/// What was told, and where it goes.
pub const ALERTS: &str = "/alerts";
pub const SEARCH: &str = "/search";
pub const SIGN_IN: &str = "/sign-in";
/// Takes a POST.
pub const SIGN_OUT: &str = "/sign-out";
pub const CONNECTIONS: &str = "/settings/connections";
pub const OPERATORS: &str = "/settings/operators";
pub const AUDIT: &str = "/settings/audit";
pub const KEYS: &str = "/settings/keys";
pub const SESSIONS: &str = "/settings/sessions";
/// Progress of every tenant in reach, as server-sent events.
pub const EVENTS: &str = "/events";

/// The four lists of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TenantList {
    Users,
    Mfa,
    Legacy,
    Sync,
}

impl TenantList {
    pub const ALL: [Self; 4] = [Self::Users, Self::Mfa, Self::Legacy, Self::Sync];

    pub fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Mfa => "mfa",
            Self::Legacy => "legacy",
            Self::Sync => "sync",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Users => "Users",
            Self::Mfa => "MFA",
            Self::Legacy => "Legacy auth",
            Self::Sync => "Sync health",
        }
    }
}

/// A page that shows a list which its address filters, sorts and pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Fleet,
    Readiness,
    Blockers,
    Tenant(TenantId, TenantList),
    Audit,
}

impl Place {
    pub fn path(self) -> String {
        match self {
            Self::Fleet => FLEET.to_owned(),
            Self::Readiness => READINESS.to_owned(),
            Self::Blockers => BLOCKERS.to_owned(),
            Self::Tenant(tenant, list) => format!("/tenants/{tenant}/{}", list.name()),
            Self::Audit => AUDIT.to_owned(),
        }
    }

    pub fn url(self, query: &ListQuery) -> String {
        with_query(self.path(), query)
    }

    /// The same rows as a CSV file, all pages of them.
    pub fn export(self, query: &ListQuery) -> Option<String> {
        let path = match self {
            Self::Fleet => "/tenants.csv".to_owned(),
            Self::Readiness => "/readiness.csv".to_owned(),
            Self::Blockers => "/blockers.csv".to_owned(),
            Self::Tenant(tenant, list) => format!("/tenants/{tenant}/{}.csv", list.name()),
            Self::Audit => return None,
        };
        Some(with_query(path, &ListQuery { page: 0, ..query.clone() }))
    }
}

fn with_query(path: String, query: &ListQuery) -> String {
    let query = query.to_query();
    if query.is_empty() { path } else { format!("{path}?{query}") }
}

pub fn tenant(tenant: TenantId) -> String {
    format!("/tenants/{tenant}")
}

pub fn tenant_list(tenant: TenantId, list: TenantList) -> String {
    Place::Tenant(tenant, list).path()
}

/// The page of connections with one client's opened.
pub fn connection(tenant: TenantId) -> String {
    format!("{CONNECTIONS}?tenant={tenant}")
}

/// The page of operators with one's appointment opened.
pub fn operator(operator: OperatorId) -> String {
    format!("{OPERATORS}?operator={operator}")
}

/// One chip of a list.
pub fn tenant_list_filtered(tenant: TenantId, list: TenantList, filter: &str) -> String {
    Place::Tenant(tenant, list).url(&ListQuery { filter: filter.to_owned(), ..ListQuery::default() })
}

/// What an account manager goes through with the client.
pub fn review(tenant: TenantId) -> String {
    format!("/tenants/{tenant}/review")
}

/// A file of the review: `requirement`, `posture` or `changes`.
pub fn review_file(tenant: TenantId, name: &str) -> String {
    format!("/tenants/{tenant}/{name}.csv")
}

/// The what-if of a tenant; `changes` are the words of what is tried.
pub fn what_if(tenant: TenantId, changes: &[String]) -> String {
    let query = serde_urlencoded::to_string(changes.iter().map(|word| ("change", word)).collect::<Vec<_>>());
    match query {
        Ok(query) if !query.is_empty() => format!("/tenants/{tenant}/what-if?{query}"),
        _ => format!("/tenants/{tenant}/what-if"),
    }
}

/// All about one principal and protocol.
pub fn blocker(tenant: TenantId, principal: &str, protocol: Protocol) -> String {
    let query = serde_urlencoded::to_string([("protocol", protocol.name()), ("who", principal)]);
    format!("/tenants/{tenant}/blocker?{}", query.unwrap_or_default())
}

/// What the blockers of a client rest on.
pub fn evidence(tenant: TenantId) -> String {
    format!("/tenants/{tenant}/evidence")
}

/// Where a form asks for the link to consent to Exchange.
pub fn exchange_consent(tenant: TenantId) -> String {
    format!("/connect/exchange/{tenant}")
}

/// The facts that a what-if is judged by.
pub fn snapshot(tenant: TenantId) -> String {
    format!("/tenants/{tenant}/what-if.json")
}

/// The words of the plan that a what-if's address carries. An exclusion of the form comes in two fields.
pub fn changes(params: &ParamsMap) -> Vec<String> {
    let mut words = params.get_all("change").unwrap_or_default();
    if let (Some(who), Some(policy)) = (params.get("who"), params.get("policy"))
        && !who.trim().is_empty()
    {
        words.push(format!("exclude:{}:{policy}", who.trim().to_lowercase()));
    }
    words.retain(|word| !word.is_empty());
    words
}

pub fn user(tenant: TenantId, user: UserId) -> String {
    format!("/tenants/{tenant}/users/{user}")
}

pub fn tenant_events(tenant: TenantId) -> String {
    format!("/tenants/{tenant}/events")
}

/// The sign-in page, and where to go afterwards: a path of this site with its query.
pub fn sign_in(return_to: &str) -> String {
    match serde_urlencoded::to_string([("return_to", return_to)]) {
        Ok(query) if return_to != FLEET => format!("{SIGN_IN}?{query}"),
        _ => SIGN_IN.to_owned(),
    }
}

/// Reads a list's query; words that are not known count as absent. Columns come joined by commas from a link, and repeated
/// from a form.
pub fn list_query(params: &ParamsMap) -> ListQuery {
    let word = |name: &str| params.get(name).unwrap_or_default().trim().to_owned();
    let columns = match params.get_all("column") {
        Some(columns) if !columns.is_empty() => columns.join(","),
        _ => word("columns"),
    };
    ListQuery {
        q: word("q"),
        filter: word("filter"),
        narrow: word("narrow"),
        sort: word("sort"),
        direction: if word("direction") == "descending" { Direction::Descending } else { Direction::Ascending },
        page: word("page").parse().unwrap_or_default(),
        columns,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(params: &[(&str, &str)]) -> ListQuery {
        list_query(&params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_query_survives_the_address() {
        let asked = ListQuery {
            q: "weiß & co".to_owned(),
            filter: "guests".to_owned(),
            narrow: "methods:weak".to_owned(),
            sort: "name".to_owned(),
            direction: Direction::Descending,
            page: 3,
            columns: "kind,roles".to_owned(),
        };
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(&asked.to_query()).unwrap_or_default();
        assert_eq!(list_query(&pairs.into_iter().collect()), asked);
    }

    #[test]
    fn nonsense_counts_as_absent() {
        assert_eq!(query(&[("page", "-1"), ("direction", "sideways"), ("colour", "red")]), ListQuery::default());
    }

    #[test]
    fn columns_of_a_form_are_joined() {
        assert_eq!(query(&[("column", "kind"), ("column", "roles")]).columns, "kind,roles");
    }

    #[test]
    fn an_export_holds_all_pages() {
        let asked = ListQuery { page: 4, filter: "idle".to_owned(), ..ListQuery::default() };
        assert_eq!(Place::Fleet.export(&asked).as_deref(), Some("/tenants.csv?filter=idle"));
    }

    #[test]
    fn sign_in_remembers_the_way_back() {
        assert_eq!(sign_in("/"), "/sign-in");
        assert_eq!(sign_in("/tenants/x?q=a b"), "/sign-in?return_to=%2Ftenants%2Fx%3Fq%3Da+b");
    }
}
