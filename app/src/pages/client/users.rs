//! Users: who can sign in, and whom to look at first.

use chrono::{DateTime, Utc};
use domain::client::{UserCounts, UsersPane as Pane_};
use domain::ids::TenantId;
use domain::known::Known;
use domain::user::UserFilter;
use leptos::prelude::*;

use super::{Pane, PaneTable};
use crate::components::dataset::{FreshnessNote, PaneAge};
use crate::components::unknown::UnknownPane;
use crate::components::user_table::{UserName, last_sign_in};
use crate::text;
use crate::ui::ago::Wording;
use crate::ui::bar::{Segment, StackedBar};
use crate::urls::{self, TenantList};

#[component]
pub fn UsersPane(tenant: TenantId, pane: Pane_, now: DateTime<Utc>) -> impl IntoView {
    let mut statuses = vec![pane.status];
    let age = view! { <PaneAge statuses=statuses.clone() now /> }.into_any();
    let more = match &pane.counts {
        Known::Known(counts) => format!("All {}", text::count(counts.accounts.into(), "account", "accounts")),
        Known::Unknown(_) => "List".to_owned(),
    };
    let body = match pane.counts {
        Known::Unknown(cause) => {
            // The pane itself says what its datasets' line would say.
            let statuses = std::mem::take(&mut statuses);
            view! { <UnknownPane cause statuses /> }.into_any()
        }
        Known::Known(counts) => {
            let rows = pane.look_at_first.into_iter().map(|row| {
                let why: Vec<&str> = row.findings.iter().map(|finding| finding.label()).collect();
                let why = why.join(", ");
                let last = last_sign_in(&row.last_sign_in_at, now, Wording::Bare);
                view! {
                    <tr>
                        <th scope="row">
                            <UserName tenant row />
                        </th>
                        <td>
                            <span class="clip" title=why.clone()>
                                {why.clone()}
                            </span>
                        </td>
                        <td class="num">{last}</td>
                    </tr>
                }
                .into_any()
            });
            view! {
                <Headline counts />
                <Kinds tenant counts />
                <PaneTable
                    headers=vec![("Look at first", "col-who"), ("Why", ""), ("Last sign-in", "num col-when")]
                    rows=rows.collect()
                    caption="Accounts to look at first"
                    nothing="No account stands out: no idle administrator, no licensed account that is blocked, no guest who never came."
                />
            }
            .into_any()
        }
    };
    view! {
        <Pane list=TenantList::Users href=urls::tenant_list(tenant, TenantList::Users) more age>
            {body}
            <FreshnessNote statuses now />
        </Pane>
    }
    .into_any()
}

#[component]
fn Headline(counts: UserCounts) -> impl IntoView {
    let able = counts.accounts.saturating_sub(counts.disabled);
    view! {
        <p class="headline">
            <strong>{text::number(able.into())}</strong>
            {format!(" can sign in, of {}", text::count(counts.accounts.into(), "account", "accounts"))}
        </p>
    }
    .into_any()
}

/// The kinds as a bar and in words.
#[component]
fn Kinds(tenant: TenantId, counts: UserCounts) -> impl IntoView {
    let idle_known = counts.idle.is_some();
    let kinds = [
        (counts.active, if idle_known { "active" } else { "members" }, "fill-ink-1", "swatch-1", None),
        (counts.idle.unwrap_or(0), "idle over 90 days", "fill-ink-2", "swatch-2", Some("idle")),
        (counts.guests, "guests", "fill-ink-3", "swatch-3", Some(UserFilter::Guests.name())),
        (counts.disabled, "disabled", "fill-ink-4", "swatch-4", Some(UserFilter::Disabled.name())),
    ];
    let segments = kinds
        .iter()
        .map(|(value, words, class, ..)| Segment {
            class,
            words: format!("{value} {words}"),
            value: *value,
            hatched: false,
        })
        .collect();
    let legend: Vec<_> = kinds
        .into_iter()
        .filter(|(value, ..)| *value > 0)
        .map(|(value, words, _, swatch, filter)| {
            let href = match filter {
                Some(filter) => urls::tenant_list_filtered(tenant, TenantList::Users, filter),
                None => urls::tenant_list(tenant, TenantList::Users),
            };
            view! {
                <li>
                    <a href=href>
                        <span class=format!("swatch {swatch}") aria-hidden="true"></span>
                        {text::number(value.into())}
                        " "
                        {words}
                    </a>
                </li>
            }
        })
        .collect();
    let unknown = (!idle_known).then(|| view! { <li class="faint">"last sign-ins not known"</li> });
    view! {
        <StackedBar segments />
        <ul class="legend">{legend} {unknown}</ul>
    }
    .into_any()
}
