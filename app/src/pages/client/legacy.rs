//! Legacy auth: who still uses a protocol that cannot do MFA, and how long that will go on working.

use chrono::{DateTime, Utc};
use domain::client::LegacyPane as Pane_;
use domain::fleet::BlockerCount;
use domain::ids::TenantId;
use domain::known::Known;
use leptos::prelude::*;

use super::{Pane, PaneTable};
use crate::components::blocker::{BlockerName, NOBODY, Probably, days_until_in_words};
use crate::components::dataset::{FreshnessNote, PaneAge};
use crate::components::unknown::UnknownPane;
use crate::text;
use crate::ui::ago::{Ago, Wording};
use crate::urls::{self, TenantList};

#[component]
pub fn LegacyPane(tenant: TenantId, pane: Pane_, now: DateTime<Utc>) -> impl IntoView {
    let mut statuses = pane.statuses.clone();
    let age = view! { <PaneAge statuses=statuses.clone() now /> }.into_any();
    let body = match pane.count {
        Known::Unknown(cause) => {
            // The pane itself says what its datasets' line would say.
            let statuses = std::mem::take(&mut statuses);
            view! { <UnknownPane cause statuses /> }.into_any()
        }
        Known::Known(count) => {
            let rows = pane.worst.into_iter().map(|row| {
                let (protocol, last) = (row.protocol.label(), row.last_seen_at);
                view! {
                    <tr>
                        <th scope="row">
                            <BlockerName tenant row=row.clone() />
                        </th>
                        <td>{protocol}</td>
                        <td>
                            <Probably row />
                        </td>
                        <td class="num">
                            {last.map(|at| view! { <Ago at now wording=Wording::Bare /> })}
                        </td>
                    </tr>
                }
                .into_any()
            });
            view! {
                <Headline count days=pane.days_until_smtp_auth_ends />
                <PaneTable
                    headers=vec![
                        ("Who", "col-who"),
                        ("Protocol", "col-protocol"),
                        ("Probably", ""),
                        ("Last seen", "num col-when"),
                    ]
                    rows=rows.collect()
                    caption="Blockers, the latest first"
                    nothing=NOBODY
                />
            }
            .into_any()
        }
    };
    let refused = format!(
        "Refused in 30 days: {} guessed, {} by policy",
        text::number(pane.sprayed_30_days.into()),
        text::number(pane.blocked_30_days.into())
    );
    let counted = pane.sprayed_30_days + pane.blocked_30_days > 0;
    view! {
        <Pane
            list=TenantList::Legacy
            href=urls::tenant_list(tenant, TenantList::Legacy)
            more="All blockers".to_owned()
            age
        >
            {body}
            {counted.then(|| view! { <p class="pane-foot">{refused}</p> })}
            <FreshnessNote statuses now />
        </Pane>
    }
    .into_any()
}

#[component]
fn Headline(count: BlockerCount, days: i64) -> impl IntoView {
    let at_least = count.from_usage_report_alone.then_some("at least ");
    let deadline = (count.smtp_auth > 0).then(|| {
        view! {
            " · "
            <span class="serious">{format!("{} on SMTP AUTH, {}", count.smtp_auth, days_until_in_words(days))}</span>
        }
    });
    view! {
        <p class="headline">
            {at_least} <strong>{text::number(count.blockers.into())}</strong>
            {if count.blockers == 1 { " blocker" } else { " blockers" }} {deadline}
        </p>
    }
    .into_any()
}
