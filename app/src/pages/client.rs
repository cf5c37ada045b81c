//! `/tenants/{id}`: the four panes side by side. Each stands on its own: what is not known in one sinks no other.

mod legacy;
mod mfa;
mod sync;
mod users;

use domain::client::ClientView;
use leptos::prelude::*;

use crate::answer::ask;
use crate::api::tenants::{MarkReviewed, get_tenant};
use crate::components::client_header::{ClientPlace, ClientTop};
use crate::components::loaded::loaded;
use crate::components::refresh::watch;
use crate::components::since_review::{Changes, History, HistoryLegend};
use crate::forms::successes;
use crate::pages::use_tenant;
use crate::urls::TenantList;

#[component]
pub fn ClientPage() -> impl IntoView {
    let tenant = use_tenant();
    let mark = ServerAction::<MarkReviewed>::new();
    let marked = successes(mark);
    let client = ask(move || (tenant.get(), marked.get()), |(tenant, _)| async move { get_tenant(tenant?).await });
    let watch = watch(tenant, client);
    loaded(client, move |client| {
        let ClientView { header, users, mfa, legacy, sync, since } = client;
        let (id, now) = (header.id, header.now);
        let days = since.history.clone();
        view! {
            <ClientTop header=header.clone() place=ClientPlace::Overview watch />
            <div class="panes">
                <users::UsersPane tenant=id pane=users now />
                <mfa::MfaPane tenant=id pane=mfa now />
                <legacy::LegacyPane tenant=id pane=legacy now />
                <sync::SyncPane tenant=id pane=sync now />
            </div>
            <div class="over-time">
                <section class="card" aria-labelledby="ninety-days">
                    <h2 id="ninety-days">"Ninety days"</h2>
                    <History days=days.clone() now />
                    <HistoryLegend days />
                </section>
                <section class="card" aria-labelledby="since-review">
                    <Changes header since mark />
                </section>
            </div>
        }
    })
}

/// A pane's frame: its name, the age of its data, the way to its full list.
#[component]
fn Pane(
    list: TenantList,
    href: String,
    /// Of the link to the list.
    more: String,
    age: AnyView,
    children: Children,
) -> impl IntoView {
    let id = format!("pane-{}", list.name());
    view! {
        <section class=format!("pane pane-{}", list.name()) aria-labelledby=id>
            <header class="pane-head">
                <h2 id=id.clone()>{list.label()}</h2>
                {age}
                <a class="pane-more" href=href>
                    {more}
                </a>
            </header>
            {children()}
        </section>
    }
    .into_any()
}

/// A pane's rows, or the sentence that stands for their absence.
#[component]
fn PaneTable(
    headers: Vec<(&'static str, &'static str)>,
    rows: Vec<AnyView>,
    caption: &'static str,
    nothing: &'static str,
) -> impl IntoView {
    if rows.is_empty() {
        return view! { <p class="pane-nothing">{nothing}</p> }.into_any();
    }
    let headers: Vec<_> = headers
        .into_iter()
        .map(|(label, class)| {
            view! {
                <th scope="col" class=class>
                    {label}
                </th>
            }
        })
        .collect();
    view! {
        <table class="list pane-list">
            <caption class="visually-hidden">{caption}</caption>
            <thead>
                <tr>{headers}</tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}
