//! Groups that policies and roles name, and the users in them.

use domain::ids::UserId;
use serde::Deserialize;
use uuid::Uuid;

use super::{filled, type_word};

pub const GROUP_SELECT: &[&str] = &["id", "displayName"];
pub const MEMBER_SELECT: &[&str] = &["id"];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    pub id: Uuid,
    display_name: Option<String>,
}

impl Group {
    pub fn into_name(self) -> Option<String> {
        filled(self.display_name)
    }
}

/// A member of any kind: user, group, device, contact, service principal.
#[derive(Debug, Deserialize)]
pub struct Member {
    id: Uuid,
    #[serde(rename = "@odata.type")]
    odata_type: Option<String>,
}

impl Member {
    /// `None`: not a user. A member of no stated kind counts as a user; an id that is none matches nobody.
    pub fn user_id(&self) -> Option<UserId> {
        matches!(type_word(self.odata_type.as_deref()), "user" | "").then_some(UserId(self.id))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn only_users_count_as_members() {
        let members: Vec<Member> = serde_json::from_str(
            r##"[{"@odata.type":"#microsoft.graph.user","id":"2f6d0b59-2ac5-4b5d-8b6f-0d8f5e6f2b10"},
                {"@odata.type":"#microsoft.graph.group","id":"2f6d0b59-2ac5-4b5d-8b6f-0d8f5e6f2b11"},
                {"@odata.type":"#microsoft.graph.device","id":"2f6d0b59-2ac5-4b5d-8b6f-0d8f5e6f2b12"}]"##,
        )
        .unwrap();
        assert_eq!(members.iter().filter_map(Member::user_id).count(), 1);
    }
}
