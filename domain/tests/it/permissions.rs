//! The permission table as a text that a change of permission visibly changes.

use domain::operator::{Permission, Role};

#[test]
fn roles_and_permissions() {
    let mut table = format!("{:<20}", "");
    for role in Role::ALL {
        table += &format!("{:<16}", format!("{role:?}"));
    }
    for permission in Permission::ALL {
        table = table.trim_end().to_owned() + &format!("\n{:<20}", format!("{permission:?}"));
        for role in Role::ALL {
            table += &format!("{:<16}", if role.may(permission) { "yes" } else { "-" });
        }
    }
    insta::assert_snapshot!(table.trim_end());
}
