//! Ninety days of a client as a picture, and what changed since the viewer's last review.

use chrono::{DateTime, NaiveDate, Utc};
use domain::client::ClientHeader;
use domain::ids::TenantId;
use domain::operator::Permission;
use domain::review::{AccountChange, HISTORY, PostureOfDay, SinceReview};
use domain::verdict::Verdict;
use leptos::form::ActionForm;
use leptos::prelude::*;

use crate::api::session::Session;
use crate::api::tenants::MarkReviewed;
use crate::components::verdict::{IN_BARS, few_words, fill, tone};
use crate::forms::{FormError, failure};
use crate::text;
use crate::ui::ago::{Ago, Wording};
use crate::ui::mark::Mark;
use crate::urls;

/// The picture: one column a day, everybody who can sign in, best at the bottom.
#[component]
pub fn History(days: Vec<PostureOfDay>, now: DateTime<Utc>) -> impl IntoView {
    let (Some(first), Some(last)) = (days.first().copied(), days.last().copied()) else {
        return view! { <p class="faint">"No day has been counted yet."</p> }.into_any();
    };
    let open = |day: PostureOfDay| day.posture.open();
    let label = format!(
        "Accounts by verdict over {} days: {} not protected at first, {} today",
        (last.day - first.day).num_days() + 1,
        open(first),
        open(last),
    );
    let today = now.date_naive();
    let width = HISTORY.num_days();
    let columns: Vec<_> = days
        .iter()
        .enumerate()
        .map(|(index, day)| {
            let until = days.get(index + 1).map_or(today.succ_opt().unwrap_or(today), |next| next.day);
            column(day, until, today, width)
        })
        .collect();
    view! {
        <figure class="history">
            <svg viewBox=format!("0 0 {width} 100") preserveAspectRatio="none" role="img" aria-label=label>
                <title>{label.clone()}</title>
                {columns}
            </svg>
            <figcaption class="faint">
                <span>{text::day(today - HISTORY)}</span>
                <span>"today"</span>
            </figcaption>
        </figure>
    }
    .into_any()
}

fn column(day: &PostureOfDay, until: NaiveDate, today: NaiveDate, width: i64) -> Vec<AnyView> {
    let able = u64::from(day.posture.able_to_sign_in());
    let x = width - 1 - (today - day.day).num_days();
    let days = (until - day.day).num_days().max(1);
    let mut below = 0;
    IN_BARS
        .into_iter()
        .filter(|verdict| day.posture.count(*verdict) > 0)
        .map(|verdict| {
            let accounts = u64::from(day.posture.count(verdict));
            below += accounts;
            let (top, height) = (text::share(able - below.min(able), able, 100), text::share(accounts, able, 100));
            view! { <rect class=fill(verdict) x=x y=top width=days height=height /> }.into_any()
        })
        .collect()
}

/// The list, the newest first, and the button that empties it.
#[component]
pub fn Changes(header: ClientHeader, since: SinceReview, mark: ServerAction<MarkReviewed>) -> impl IntoView {
    let SinceReview { reviewed_at, changes, changes_total, .. } = since;
    let (tenant, now) = (header.id, header.now);
    let heading = match reviewed_at {
        Some(at) => view! { "Since your last review, " <Ago at now wording=Wording::Date /> }.into_any(),
        None => "In the last 30 days (you have not reviewed this client yet)".into_any(),
    };
    let shown = changes.len() as u64;
    let rows: Vec<_> = changes.into_iter().map(|change| row(tenant, change, now)).collect();
    let body = if rows.is_empty() {
        view! { <p class="pane-nothing">"No account's verdict has changed."</p> }.into_any()
    } else {
        view! { <ul class="changes">{rows}</ul> }.into_any()
    };
    let rest = (changes_total > shown).then(
        || view! { <p class="faint">{format!("{} of {}, the newest first.", shown, text::number(changes_total))}</p> },
    );
    let form = Session::take().may(Permission::ReviewTenant).then(|| {
        view! {
            <ActionForm action=mark>
                <input type="hidden" name="tenant" value=tenant.to_string() />
                <button class="button" disabled=move || mark.pending().get()>
                    "Mark as reviewed"
                </button>
            </ActionForm>
            <FormError failure=failure(mark) />
        }
    });
    view! {
        <div class="changes-head">
            <h2 id="since-review">{heading}</h2>
            {form}
        </div>
        {body}
        {rest}
    }
    .into_any()
}

fn row(tenant: TenantId, changed: AccountChange, now: DateTime<Utc>) -> AnyView {
    let AccountChange { user, display_name, is_admin, change } = changed;
    let who = match display_name {
        Some(name) => view! { <a href=urls::user(tenant, user)>{name}</a> }.into_any(),
        None => view! { <span class="faint">"an account that is gone"</span> }.into_any(),
    };
    let from = change.from.map(|from| format!("{} → ", from.label()));
    let worse = change.from.is_some_and(|from| loses_protection(from, change.to));
    view! {
        <li>
            <Mark tone=tone(change.to) />
            <span class="change-who">{who} {is_admin.then(|| view! { <span class="tag">"admin"</span> })}</span>
            <span class="change-what">
                {from} <strong class:bad=worse>{change.to.label()}</strong>
                <span class="faint">": " {change.because}</span>
            </span>
            <span class="change-when faint"><Ago at=change.at now /></span>
        </li>
    }
    .into_any()
}

fn loses_protection(from: Verdict, to: Verdict) -> bool {
    from == Verdict::Protected && matches!(to, Verdict::Partial | Verdict::EnrolmentOpen | Verdict::Unprotected)
}

/// The picture's colours in words.
#[component]
pub fn HistoryLegend(days: Vec<PostureOfDay>) -> impl IntoView {
    let seen = |verdict: &Verdict| days.iter().any(|day| day.posture.count(*verdict) > 0);
    let items: Vec<_> = IN_BARS
        .into_iter()
        .filter(seen)
        .map(|verdict| {
            view! {
                <li class="state">
                    <Mark tone=tone(verdict) />
                    {few_words(verdict)}
                </li>
            }
        })
        .collect();
    view! { <ul class="legend">{items}</ul> }
}
