//! MFA: the share that is protected, the administrators who are not, and the worst accounts with their reasons.

use chrono::{DateTime, Utc};
use domain::client::MfaPane as Pane_;
use domain::ids::TenantId;
use domain::known::Known;
use domain::verdict::{OpenAdmins, Posture};
use leptos::prelude::*;

use super::{Pane, PaneTable};
use crate::components::dataset::{FreshnessNote, PaneAge};
use crate::components::unknown::UnknownPane;
use crate::components::user_table::UserName;
use crate::components::verdict::{PostureBar, PostureLegend, tone};
use crate::text;
use crate::ui::ago::{Ago, Wording};
use crate::ui::mark::Mark;
use crate::ui::spark::Sparkline;
use crate::urls::{self, TenantList};

#[component]
pub fn MfaPane(tenant: TenantId, pane: Pane_, now: DateTime<Utc>) -> impl IntoView {
    let age = view! { <PaneAge statuses=pane.statuses.clone() now /> }.into_any();
    let mut statuses = pane.statuses.clone();
    let body = match pane.posture {
        Known::Unknown(cause) => {
            // The pane itself says what its datasets' line would say.
            let statuses = std::mem::take(&mut statuses);
            view! { <UnknownPane cause statuses /> }.into_any()
        }
        Known::Known(posture) => {
            let rows = pane.worst.into_iter().map(|row| {
                let (verdict, because) = (row.verdict, row.because.clone());
                let since = row.since;
                view! {
                    <tr>
                        <th scope="row">
                            <UserName tenant row />
                        </th>
                        <td>
                            <span class="clip state" title=format!("{}: {because}", verdict.label())>
                                <Mark tone=tone(verdict) />
                                <span class="visually-hidden">{verdict.label()} ": "</span>
                                <span class="clip">{because.clone()}</span>
                            </span>
                        </td>
                        <td class="num">
                            {since.map(|at| view! { <Ago at now wording=Wording::Bare /> })}
                        </td>
                    </tr>
                }
                .into_any()
            });
            let marked = (pane.marked > 0).then(|| {
                let href = urls::tenant_list_filtered(tenant, TenantList::Mfa, "marked");
                view! {
                    <p class="faint">
                        <a href=href>{text::count(pane.marked.into(), "account is", "accounts are")} " marked apart"</a>
                        ": not among the administrators and rows below."
                    </p>
                }
            });
            view! {
                <div class="headline-row">
                    <Headline posture admins=pane.admins_unprotected />
                    <Sparkline values=pane.trend of="accounts not protected" />
                </div>
                <PostureBar posture />
                <PostureLegend
                    posture
                    href=Box::new(move |verdict| urls::tenant_list_filtered(tenant, TenantList::Mfa, verdict.name()))
                />
                {marked}
                <PaneTable
                    headers=vec![("Not protected", "col-who"), ("Because", ""), ("For", "num col-when")]
                    rows=rows.collect()
                    caption="Accounts that are not protected, the worst first"
                    nothing=nobody_listed(posture)
                />
            }
            .into_any()
        }
    };
    view! {
        <Pane
            list=TenantList::Mfa
            href=urls::tenant_list(tenant, TenantList::Mfa)
            more="All verdicts".to_owned()
            age
        >
            {body}
            <FreshnessNote statuses now />
        </Pane>
    }
    .into_any()
}

/// Why no row is shown. Unknown is never told as protected.
fn nobody_listed(posture: Posture) -> &'static str {
    if posture.unknown > 0 {
        "Nobody is known to be unprotected, and not everybody is known."
    } else if posture.able_to_sign_in() == 0 {
        "Nobody can sign in."
    } else {
        "Every account that can sign in is protected."
    }
}

#[component]
fn Headline(posture: Posture, admins: Known<OpenAdmins>) -> impl IntoView {
    let share = match posture.protected_per_mille() {
        Some(share) => view! {
            {(posture.unknown > 0).then_some("at least ")}
            <strong>{text::percent(share)}</strong>
            " protected"
        }
        .into_any(),
        None if posture.able_to_sign_in() == 0 => "Nobody can sign in".into_any(),
        None => view! { <strong>"Unknown"</strong> " for everybody" }.into_any(),
    };
    let apart = |open: OpenAdmins| (open.marked > 0).then(|| format!(", but for {} marked apart", open.marked));
    let admins = match admins {
        Known::Known(OpenAdmins { unmarked: 0, .. }) if posture.able_to_sign_in() == 0 => ().into_any(),
        Known::Known(open @ OpenAdmins { unmarked: 0, .. }) if open.unknown > 0 => view! {
            " · no administrator is known to be unprotected"
            {apart(open)}
        }
        .into_any(),
        Known::Known(open @ OpenAdmins { unmarked: 0, .. }) => view! {
            " · every administrator is"
            {apart(open)}
        }
        .into_any(),
        Known::Known(open) => {
            let words = match open.unmarked {
                1 => "1 administrator is not".to_owned(),
                count => format!("{count} administrators are not"),
            };
            let apart = (open.marked > 0).then(|| format!(", and {} more marked apart", open.marked));
            view! {
                " · "
                <span class="bad">{words}</span>
                {apart}
            }
            .into_any()
        }
        Known::Unknown(cause) => format!(" · administrators {}", cause.label()).into_any(),
    };
    view! { <p class="headline">{share} {admins}</p> }
}
