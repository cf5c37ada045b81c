//! Rows of users with the columns that were chosen; the users list and the MFA list share it.

use chrono::{DateTime, Utc};
use domain::facts::directory::UserKind;
use domain::facts::registration::{MethodStrength, method_strength};
use domain::ids::TenantId;
use domain::known::Known;
use domain::list::ListQuery;
use domain::user::UserRow;
use leptos::prelude::*;

use crate::components::list_controls::{Column, SortHeader};
use crate::components::unknown::known_or_cause;
use crate::components::verdict::VerdictWord;
use crate::text;
use crate::ui::ago::{Ago, Wording};
use crate::ui::table::FramedTable;
use crate::urls::{self, Place};

pub const VERDICT: Column = Column::new("verdict", "MFA").sorts().on_phones_too();
pub const BECAUSE: Column = Column::new("because", "Because");
pub const SINCE: Column = Column::new("since", "Since").sorts();
pub const METHODS: Column = Column::new("methods", "Methods");
pub const KIND: Column = Column::new("kind", "Kind");
pub const ROLES: Column = Column::new("roles", "Roles");
pub const FINDINGS: Column = Column::new("findings", "Look at");
pub const LICENCES: Column = Column::new("licences", "Licences").sorts().numeric();
pub const LAST_SIGN_IN: Column = Column::new("last_sign_in", "Last sign-in").sorts();
pub const CREATED: Column = Column::new("created", "Created").sorts();
pub const SYNCED: Column = Column::new("synced", "Source");
pub const ADDRESS: Column = Column::new("address", "Sign-in name");

#[component]
pub fn UserTable(
    place: Place,
    query: ListQuery,
    tenant: TenantId,
    columns: Vec<Column>,
    rows: Vec<UserRow>,
    now: DateTime<Utc>,
    caption: String,
) -> impl IntoView {
    let name = Column::new("name", "Name").sorts();
    let headers: Vec<_> =
        columns.iter().map(|column| view! { <SortHeader place query=query.clone() column=*column /> }).collect();
    let rows: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let cells: Vec<_> = columns
                .iter()
                .map(|column| {
                    view! { <td class=column.class()>{cell(*column, &row, now)}</td> }
                })
                .collect();
            view! {
                <tr>
                    <th scope="row">
                        <UserName tenant row=row.clone() />
                    </th>
                    {cells}
                </tr>
            }
        })
        .collect();
    view! {
        <FramedTable
            name=caption
            heads=view! {
                <SortHeader place query=query.clone() column=Column { wide_only: false, ..name } />
                {headers}
            }
            rows
        />
    }
    .into_any()
}

/// The name as a link, with the most telling word beside it.
#[component]
pub fn UserName(tenant: TenantId, row: UserRow) -> impl IntoView {
    let beside = beside(&row);
    let title = format!("{} · {}", row.display_name, row.user_principal_name);
    view! {
        <span class="clip" title=title>
            <a class="row-link" href=urls::user(tenant, row.id)>
                {if row.display_name.is_empty() { row.user_principal_name } else { row.display_name }}
            </a>
            {beside.map(|word| view! { " " <span class="faint">{word}</span> })}
        </span>
    }
    .into_any()
}

fn beside(row: &UserRow) -> Option<String> {
    if let Some(role) = row.roles.first() {
        return Some(role.clone());
    }
    match row.kind {
        _ if !row.account_enabled => Some("disabled".to_owned()),
        UserKind::Guest => Some("guest".to_owned()),
        UserKind::Member => None,
    }
}

fn cell(column: Column, row: &UserRow, now: DateTime<Utc>) -> AnyView {
    let clipped = |text: String| view! { <span class="clip" title=text.clone()>{text.clone()}</span> }.into_any();
    let time = |at: Option<DateTime<Utc>>, absent: &'static str| match at {
        Some(at) => view! { <Ago at now /> }.into_any(),
        None => view! { <span class="faint">{absent}</span> }.into_any(),
    };
    match column.name {
        "verdict" => view! { <VerdictWord verdict=row.verdict /> }.into_any(),
        "because" => clipped(row.because.clone()),
        "since" => time(row.since, "not known"),
        "methods" => known_or_cause(row.methods.clone(), |methods| {
            let words = methods_in_words(&methods);
            view! { <span class="clip" title=words.clone()>{words.clone()}</span> }
        }),
        "kind" => kind(row).into_any(),
        "roles" => clipped(if row.roles.is_empty() { "none".to_owned() } else { row.roles.join(", ") }),
        "findings" => {
            let words: Vec<&str> = row.findings.iter().map(|finding| finding.label()).collect();
            clipped(words.join(", "))
        }
        "licences" => text::number(row.licences.into()).into_any(),
        "last_sign_in" => last_sign_in(&row.last_sign_in_at, now, Wording::Sentence),
        "created" => time(row.created_at, "not known"),
        "synced" => if row.synced { "on-premises" } else { "cloud" }.into_any(),
        "address" => clipped(row.user_principal_name.clone()),
        _ => ().into_any(),
    }
}

fn kind(row: &UserRow) -> &'static str {
    match (row.kind, row.account_enabled) {
        (UserKind::Member, true) => "member",
        (UserKind::Member, false) => "member, disabled",
        (UserKind::Guest, true) => "guest",
        (UserKind::Guest, false) => "guest, disabled",
    }
}

pub fn last_sign_in(at: &Known<Option<DateTime<Utc>>>, now: DateTime<Utc>, wording: Wording) -> AnyView {
    known_or_cause(at.clone(), move |at| match at {
        Some(at) => view! { <Ago at now wording /> }.into_any(),
        None => "never".into_any(),
    })
}

/// `passkey, authenticator app; weak: phone`, or that there is none.
pub fn methods_in_words(methods: &[String]) -> String {
    if methods.is_empty() {
        return "nothing registered".to_owned();
    }
    methods.iter().map(|method| method_in_words(method)).collect::<Vec<_>>().join(", ")
}

/// Microsoft's word in ours; a word that is not known stays as it came.
pub fn method_in_words(method: &str) -> String {
    let words = match method.to_ascii_lowercase().as_str() {
        "fido2securitykey" | "fido2" => "security key",
        "passkeydevicebound" | "passkeydeviceboundauthenticator" | "passkey" => "passkey",
        "windowshelloforbusiness" => "Windows Hello",
        "macossecureenclavekey" => "Mac secure enclave",
        "microsoftauthenticatorpush" => "Authenticator",
        "microsoftauthenticatorpasswordless" => "Authenticator, passwordless",
        "softwareonetimepasscode" => "one-time code",
        "hardwareonetimepasscode" => "hardware token",
        "externalauthmethod" => "third party",
        "mobilephone" | "sms" => "phone",
        "alternatemobilephone" => "second phone",
        "officephone" => "office phone",
        "email" => "e-mail",
        "securityquestion" => "security question",
        "temporaryaccesspass" => "temporary pass",
        _ => return method.to_owned(),
    };
    let flaw = match method_strength(method) {
        MethodStrength::Weak => " (weak)",
        MethodStrength::None => " (no second factor)",
        MethodStrength::Strong | MethodStrength::PhishingResistant => "",
    };
    format!("{words}{flaw}")
}
