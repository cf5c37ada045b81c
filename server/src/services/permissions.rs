//! Which permissions the product wants of a tenant, what each is for, and what is missing without it. Derived from the
//! datasets, so that a new dataset asks for its own.

use domain::client::PermissionStatus;
use domain::connection::ConnectionKind;
use domain::dataset::Dataset;

use crate::graph::app_roles::is_granted;

/// Reads the consent itself.
pub(crate) const READ_CONSENT: &str = "Application.Read.All";
/// Names tenants before they consent; of the partner's tenant alone.
const FIND_TENANTS: &str = "CrossTenantInformation.ReadBasic.All";

/// A permission with the ends of "without this …".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub permission: &'static str,
    pub features: Vec<&'static str>,
    /// The connection is whole without it.
    pub optional: bool,
}

/// Least permissions, each once, in the order in which the datasets name them.
pub(crate) fn wanted(is_partner: bool, kind: ConnectionKind) -> Vec<Wanted> {
    let mut all: Vec<Wanted> = Vec::new();
    let mut add = |permission, feature, optional| {
        let Some(wanted) = all.iter_mut().find(|wanted| wanted.permission == permission) else {
            return all.push(Wanted { permission, features: vec![feature], optional });
        };
        wanted.optional &= optional;
        if !wanted.features.contains(&feature) {
            wanted.features.push(feature);
        }
    };
    for dataset in Dataset::ALL {
        // Exchange's is another resource's, with a consent of its own.
        if dataset.is_of_graph() && (is_partner || !dataset.is_the_partners()) {
            add(dataset.spec().permission, dataset.spec().feature, dataset.is_optional());
        }
    }
    // A delegated token says itself what it may do.
    match kind {
        ConnectionKind::AppOnly => add(READ_CONSENT, "the check of what was granted", false),
        ConnectionKind::Delegated => add(READ_CONSENT, "which service principals are Cloud Sync's", true),
    }
    if is_partner {
        add(FIND_TENANTS, "clients' names before they consent", false);
    }
    all
}

/// Everything that is wanted is granted, but for what is optional.
pub(crate) fn is_complete(granted: &[String], is_partner: bool, kind: ConnectionKind) -> bool {
    wanted(is_partner, kind).iter().all(|wanted| wanted.optional || is_granted(granted, wanted.permission))
}

/// One line a permission, as settings show it. `granted: None`: not known.
pub(crate) fn statuses(granted: Option<&[String]>, is_partner: bool, kind: ConnectionKind) -> Vec<PermissionStatus> {
    wanted(is_partner, kind)
        .into_iter()
        .map(|wanted| PermissionStatus {
            permission: wanted.permission.to_owned(),
            granted: granted.map(|granted| is_granted(granted, wanted.permission)),
            features: wanted.features.into_iter().map(str::to_owned).collect(),
            optional: wanted.optional,
        })
        .collect()
}

/// What is missing on screen, as the ends of "without …"; what is optional is not missed. Not knowing what was granted counts as missing the check alone.
pub(crate) fn missing_features(granted: Option<&[String]>, is_partner: bool, kind: ConnectionKind) -> Vec<String> {
    let missing = |wanted: &Wanted| match granted {
        Some(granted) => !wanted.optional && !is_granted(granted, wanted.permission),
        None => wanted.permission == READ_CONSENT,
    };
    wanted(is_partner, kind)
        .into_iter()
        .filter(missing)
        .flat_map(|wanted| wanted.features.into_iter().map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::app_roles::{self, broader};

    #[test]
    fn every_wanted_permission_can_be_named_from_its_id() {
        for wanted in wanted(true, ConnectionKind::AppOnly) {
            assert!(app_roles::is_known(wanted.permission), "{}", wanted.permission);
        }
    }

    #[test]
    fn the_page_on_registering_the_app_names_every_permission() {
        let page = include_str!("../../../docs/app-registration.md");
        for wanted in wanted(true, ConnectionKind::AppOnly) {
            assert!(page.contains(&format!("| `{}` |", wanted.permission)), "{}", wanted.permission);
        }
    }

    #[test]
    fn a_permission_stands_once_with_all_that_it_is_for() {
        let all = wanted(false, ConnectionKind::AppOnly);
        let policies: Vec<_> = all.iter().filter(|wanted| wanted.permission == "Policy.Read.All").collect();
        assert_eq!(policies.len(), 1);
        assert!(policies.iter().all(|wanted| wanted.features.len() > 3), "{policies:?}");
        assert!(!all.iter().any(|wanted| wanted.permission == "DelegatedAdminRelationship.Read.All"));
    }

    #[test]
    fn what_is_optional_is_not_missed() {
        let all = wanted(false, ConnectionKind::AppOnly);
        let names = |optional: bool| -> Vec<String> {
            all.iter().filter(|wanted| wanted.optional == optional).map(|wanted| wanted.permission.to_owned()).collect()
        };
        let optional = [
            "Device.Read.All",
            "OrgContact.Read.All",
            "Synchronization.Read.All",
            "OnPremDirectorySynchronization.Read.All",
        ];
        assert_eq!(names(true), optional);
        assert!(is_complete(&names(false), false, ConnectionKind::AppOnly));
        assert_eq!(missing_features(Some(&names(false)), false, ConnectionKind::AppOnly), [""; 0]);
        let statuses = statuses(Some(&names(false)), false, ConnectionKind::AppOnly);
        assert!(statuses.iter().all(|status| status.granted == Some(!status.optional)), "{statuses:?}");
    }

    #[test]
    fn nothing_granted_is_not_complete_and_a_broader_grant_counts() {
        assert!(!is_complete(&[], false, ConnectionKind::AppOnly));
        let names: Vec<String> =
            wanted(false, ConnectionKind::AppOnly).iter().map(|wanted| wanted.permission.to_owned()).collect();
        assert!(is_complete(&names, false, ConnectionKind::AppOnly));
        let broad: Vec<String> = names
            .iter()
            .filter(|name| !broader(name).contains(&"Directory.Read.All"))
            .cloned()
            .chain([String::from("Directory.Read.All")])
            .collect();
        assert!(is_complete(&broad, false, ConnectionKind::AppOnly));
        let unknown = statuses(None, false, ConnectionKind::AppOnly);
        assert!(unknown.iter().all(|status| status.granted.is_none()));
    }
}
