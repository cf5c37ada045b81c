//! Ids that Microsoft fixed: apps, suites and roles that policies name, and names for them.

use uuid::{Uuid, uuid};

/// The role of the account that directory sync signs in with.
pub(super) const DIRECTORY_SYNC_ROLE: Uuid = uuid!("d29b2b05-8046-44ba-8758-1e26182fcf32");

pub(super) const EXCHANGE_ONLINE: Uuid = uuid!("00000002-0000-0ff1-ce00-000000000000");

const APPS: [(Uuid, &str, Suite); 20] = [
    (EXCHANGE_ONLINE, "Exchange Online", Suite::Office365),
    (uuid!("00000003-0000-0ff1-ce00-000000000000"), "SharePoint Online", Suite::Office365),
    (uuid!("00000004-0000-0ff1-ce00-000000000000"), "Skype for Business Online", Suite::Office365),
    (uuid!("00000005-0000-0ff1-ce00-000000000000"), "Yammer", Suite::Office365),
    (uuid!("00000006-0000-0ff1-ce00-000000000000"), "Microsoft 365 admin center", Suite::AdminPortals),
    (uuid!("00000007-0000-0ff1-ce00-000000000000"), "Exchange Online Protection", Suite::Office365),
    (uuid!("cc15fd57-2c6c-4117-a88c-83b1d56b4bbe"), "Microsoft Teams services", Suite::Office365),
    (uuid!("1fec8e78-bce4-4aaf-ab1b-5451cc387264"), "Microsoft Teams", Suite::Office365),
    (uuid!("4765445b-32c6-49b0-83e6-1d93765276ca"), "Office 365", Suite::Office365),
    (uuid!("89bee1f7-5e6e-4d8a-9f3d-ecd601259da7"), "Office 365 shell", Suite::Office365),
    (uuid!("09abbdfd-ed23-44ee-a2d9-a627aa1c90f3"), "Microsoft Planner", Suite::Office365),
    (uuid!("c9a559d2-7aab-4f13-a6ed-e7e9c52aec87"), "Microsoft Forms", Suite::Office365),
    (uuid!("c44b4083-3bb0-49c1-b47d-974e53cbdf3c"), "Azure portal", Suite::AdminPortals),
    (uuid!("80ccca67-54bd-44ab-8625-4b79c4dc7775"), "Microsoft Defender portal", Suite::AdminPortals),
    (uuid!("797f4846-ba00-4fd7-ba43-dac1f8f63013"), "Azure Resource Manager", Suite::None),
    (uuid!("00000003-0000-0000-c000-000000000000"), "Microsoft Graph", Suite::None),
    (uuid!("00000002-0000-0000-c000-000000000000"), "Azure AD Graph", Suite::None),
    (uuid!("0000000a-0000-0000-c000-000000000000"), "Microsoft Intune", Suite::None),
    (uuid!("d4ebce55-015a-49b5-a083-c84d1797ae8c"), "Microsoft Intune enrolment", Suite::None),
    (uuid!("372140e0-b3b7-4226-8ef9-d57986796201"), "Windows virtual machine sign-in", Suite::None),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Suite {
    None,
    Office365,
    AdminPortals,
}

/// The name of an app that Microsoft runs; `None` for everything else.
pub(super) fn app_name(id: Uuid) -> Option<&'static str> {
    APPS.iter().find(|(app, ..)| *app == id).map(|(_, name, _)| *name)
}

pub(super) fn is_office365(id: Uuid) -> bool {
    in_suite(id, Suite::Office365)
}

pub(super) fn is_admin_portal(id: Uuid) -> bool {
    in_suite(id, Suite::AdminPortals)
}

fn in_suite(id: Uuid, suite: Suite) -> bool {
    APPS.iter().any(|(app, _, member_of)| *app == id && *member_of == suite)
}
