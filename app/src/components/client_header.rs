//! The top of every page of a client: where one is, how the client is licensed, enforced and reached, and what is wrong with
//! the connection.

use domain::client::ClientHeader;
use domain::connection::{ConnectionKind, ConnectionState};
use domain::known::Known;
use domain::operator::Permission;
use domain::verdict::Source;
use leptos::prelude::*;

use crate::api::session::Session;
use crate::components::connection::{self, kind_label};
use crate::components::refresh::{RefreshButton, Watch};
use crate::text;
use crate::ui::heading::Heading;
use crate::ui::mark::Tone;
use crate::ui::notice::Notice;
use crate::urls::{self, TenantList};

/// Where among the client's pages one is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientPlace {
    Overview,
    List(TenantList),
    Review,
    WhatIf,
    /// A page below legacy auth, by its title.
    BelowLegacy(String),
}

impl ClientPlace {
    fn label(&self) -> Option<&str> {
        match self {
            Self::Overview => None,
            Self::List(list) => Some(list.label()),
            Self::Review => Some("Review"),
            Self::WhatIf => Some("What if"),
            Self::BelowLegacy(title) => Some(title),
        }
    }
}

impl ClientPlace {
    fn is_below_legacy(&self) -> bool {
        matches!(self, Self::BelowLegacy(_))
    }
}

#[component]
pub fn ClientTop(header: ClientHeader, place: ClientPlace, watch: Watch) -> impl IntoView {
    let trouble = trouble(&header);
    let title = match place.label() {
        Some(label) => format!("{}: {label}", header.name),
        None => header.name.clone(),
    };
    view! {
        <Crumbs header=header.clone() place=place.clone() />
        <header class="page-head">
            <div>
                <Heading text=title />
                <p class="sub">{under_the_name(&header)}</p>
            </div>
            <div class="page-actions">
                <Tabs header=header.clone() place />
                <RefreshButton header watch />
            </div>
        </header>
        {trouble}
    }
    .into_any()
}

/// `Fleet / Fabrikam / Users`, for who may see the fleet.
#[component]
pub fn Crumbs(header: ClientHeader, place: ClientPlace) -> impl IntoView {
    let fleet = Session::take().may(Permission::ListTenants).then(|| {
        view! {
            <li>
                <a href=urls::FLEET>"Fleet"</a>
            </li>
        }
    });
    let here = match place.label() {
        None => view! {
            <li>
                <span aria-current="page">{header.name}</span>
            </li>
        }
        .into_any(),
        Some(label) => view! {
            <li>
                <a href=urls::tenant(header.id)>{header.name}</a>
            </li>
            {place.is_below_legacy().then(|| view! {
                <li>
                    <a href=urls::tenant_list(header.id, TenantList::Legacy)>{TenantList::Legacy.label()}</a>
                </li>
            })}
            <li>
                <span aria-current="page">{label.to_owned()}</span>
            </li>
        }
        .into_any(),
    };
    view! {
        <nav class="crumbs" aria-label="You are here">
            <ol>{fleet} {here}</ol>
        </nav>
    }
    .into_any()
}

#[component]
fn Tabs(header: ClientHeader, place: ClientPlace) -> impl IntoView {
    let tab = |href: String, label: &'static str, here: bool| {
        view! {
            <li>
                <a href=href aria-current=here.then_some("page")>
                    {label}
                </a>
            </li>
        }
    };
    let overview = tab(urls::tenant(header.id), "Overview", place == ClientPlace::Overview);
    let lists = TenantList::ALL
        .map(|each| tab(urls::tenant_list(header.id, each), each.label(), place == ClientPlace::List(each)));
    let review = tab(urls::review(header.id), "Review", place == ClientPlace::Review);
    let what_if = tab(urls::what_if(header.id, &[]), "What if", place == ClientPlace::WhatIf);
    view! {
        <nav class="tabs" aria-label="Client">
            <ul>{overview} {lists} {review} {what_if}</ul>
        </nav>
    }
    .into_any()
}

/// `fabrikam.example · Entra ID P1 · GDAP until 15 Jan 2028 · Conditional Access`.
fn under_the_name(header: &ClientHeader) -> String {
    let mut words: Vec<String> = header.default_domain.iter().cloned().collect();
    if header.is_partner {
        words.push("the partner tenant".to_owned());
    }
    words.push(match &header.licence {
        Known::Known(licence) => licence.clone(),
        Known::Unknown(cause) => format!("licence {}", cause.label()),
    });
    words.push(match header.connection.relationship_ends_at {
        Some(at) => format!("GDAP until {}", text::date(at)),
        None => kind_label(header.connection.kind).to_owned(),
    });
    if let Some(enforced) = enforced_by(&header.enforced_by) {
        words.push(enforced);
    }
    words.join(" · ")
}

/// The sources in force, in words; `None`: none is.
pub fn enforced_by(sources: &[Source]) -> Option<String> {
    let names: Vec<&str> = sources.iter().filter_map(|source| source.way()).collect();
    (!names.is_empty()).then(|| text::list(&names))
}

/// Said at the top when the client cannot be read, or only in part.
fn trouble(header: &ClientHeader) -> Option<AnyView> {
    let connection = &header.connection;
    let told = connection::told(connection, header.now);
    if matches!(told.tone, Tone::Good) || connection.state == ConnectionState::MissingPermissions {
        return None;
    }
    let settings = Session::take().may(Permission::ReadConnections).then(|| {
        view! {
            " "
            <a href=urls::connection(header.id)>"Connection"</a>
        }
    });
    let what_is_shown = matches!(connection.state, ConnectionState::Broken | ConnectionState::Disconnected)
        .then_some(" What you see is what was read before.");
    let via = (connection.kind == ConnectionKind::Delegated && connection.state == ConnectionState::Broken)
        .then_some(" The client is reached through GDAP.");
    Some(
        view! {
            <Notice tone=told.tone>
                <p>{told.sentence} {via} {what_is_shown} {settings}</p>
            </Notice>
        }
        .into_any(),
    )
}
