//! `/broken`: every broken thing of the fleet, one line a cause, who has to act first.

use chrono::{DateTime, Utc};
use domain::cause::Actor;
use domain::trouble::{Affected, Area, FleetTroubles, TroubleGroup};
use leptos::prelude::*;

use crate::answer::ask;
use crate::api::fleet::list_troubles;
use crate::components::loaded::loaded;
use crate::text;
use crate::ui::ago::{Ago, Wording};
use crate::ui::heading::Heading;
use crate::ui::mark::{Mark, Tone};
use crate::urls::{self, TenantList};

/// Clients that a line names at once; the others are one click away.
const NAMED: usize = 4;

#[component]
pub fn BrokenPage() -> impl IntoView {
    let troubles = ask(|| (), |()| async move { list_troubles().await });
    loaded(troubles, move |troubles| {
        let FleetTroubles { groups, tenants, sound, now } = troubles;
        let summary = format!(
            "{} of {} have nothing broken · {}",
            text::number(sound.into()),
            text::count(tenants.into(), "client", "clients"),
            text::count(groups.len() as u64, "cause", "causes"),
        );
        let parts = [
            (Actor::Administrator, "For an administrator of Tenantry"),
            (Actor::Technician, "For a technician"),
            (Actor::ClientAdministrator, "For an administrator of the client"),
            (Actor::Nobody, "Passes by itself"),
        ]
        .map(|(actor, title)| {
            let mine: Vec<_> = groups.iter().filter(|group| group.actor == actor).cloned().collect();
            (!mine.is_empty()).then(|| view! { <Part title groups=mine now /> })
        });
        let nothing = groups.is_empty().then(|| view! { <p class="empty">"Nothing is broken that is known."</p> });
        view! {
            <header class="page-head">
                <div>
                    <Heading text="What is broken" />
                    <p class="sub">{summary}</p>
                </div>
            </header>
            <div class="stack">{parts.into_iter().collect::<Vec<_>>()} {nothing}</div>
        }
    })
}

#[component]
fn Part(title: &'static str, groups: Vec<TroubleGroup>, now: DateTime<Utc>) -> impl IntoView {
    let groups: Vec<_> = groups.into_iter().map(|group| view! { <Group group now /> }).collect();
    view! {
        <section class="card" aria-label=title>
            <h2>{title}</h2>
            <ul class="troubles">{groups}</ul>
        </section>
    }
    .into_any()
}

#[component]
fn Group(group: TroubleGroup, now: DateTime<Utc>) -> impl IntoView {
    let TroubleGroup { area, code, meaning, next_step, actor, since, affected, tenants } = group;
    let tone = match (actor, area) {
        (Actor::Nobody, _) => Tone::Quiet,
        (_, Area::Connection) => Tone::Bad,
        (_, Area::Reading | Area::DirectorySync) => Tone::Serious,
    };
    let since = since.map(|at| view! { " · for " <Ago at now wording=Wording::Bare /> });
    // Our own words for a cause say what its sentence says.
    let code = code.chars().any(|letter| letter.is_ascii_uppercase()).then(|| format!("{code} · "));
    let unnamed = (tenants as usize).saturating_sub(affected.len());
    let mut named: Vec<_> = affected.into_iter().map(|each| view! { <Client area affected=each now /> }).collect();
    let rest = if named.len() > NAMED { named.split_off(NAMED) } else { Vec::new() };
    let more = (!rest.is_empty()).then(|| {
        let count = rest.len() + unnamed;
        let unnamed = (unnamed > 0).then(|| view! { <li class="faint">{format!("and {unnamed} more")}</li> });
        view! {
            <details>
                <summary>{format!("{count} more")}</summary>
                <ul class="plain">{rest} {unnamed}</ul>
            </details>
        }
    });
    view! {
        <li>
            <p>
                <Mark tone />
                " "
                <strong>{meaning}</strong>
                " "
                {next_step}
            </p>
            <p class="faint">
                {area.label()} " · " {code} {text::count(tenants.into(), "client", "clients")} {since}
            </p>
            <ul class="plain">{named}</ul>
            {more}
        </li>
    }
    .into_any()
}

#[component]
fn Client(area: Area, affected: Affected, now: DateTime<Utc>) -> impl IntoView {
    let Affected { tenant, name, what, since, failures } = affected;
    let href = match area {
        Area::Connection => urls::connection(tenant),
        Area::Reading | Area::DirectorySync => urls::tenant_list(tenant, TenantList::Sync),
    };
    let what = (!what.is_empty()).then(|| format!(": {}", what.join(", ")));
    let often = (failures > 1).then(|| format!(", {failures} times in a row"));
    let since = since.map(|at| view! { " for " <Ago at now wording=Wording::Bare /> });
    view! {
        <li>
            <a href=href>{name}</a>
            <span class="faint">{what} {since} {often}</span>
        </li>
    }
    .into_any()
}
