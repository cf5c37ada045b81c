//! `/tenants/{id}/evidence`: what the blockers of a client rest on, each source with what it found, its age and its limits.

use chrono::{DateTime, Utc};
use domain::blocker::{EvidenceView, MailboxRow};
use domain::dataset::{Dataset, DatasetStatus, Outcome};
use domain::facts::device::{Devices, OldDevice, SystemAge};
use domain::facts::exchange::ExchangeOrganization;
use domain::ids::TenantId;
use domain::known::Known;
use domain::operator::Permission;
use leptos::prelude::*;

use crate::answer::ask;
use crate::api::session::Session;
use crate::api::tenants::get_evidence;
use crate::components::client_header::{ClientPlace, Crumbs};
use crate::components::dataset::Freshness;
use crate::components::loaded::loaded;
use crate::pages::use_tenant;
use crate::text;
use crate::ui::ago::Ago;
use crate::ui::heading::Heading;
use crate::ui::mark::{Mark, Tone};
use crate::ui::table::{FramedTable, heads};
use crate::urls::{self, TenantList};

/// Devices that the page names at once.
const DEVICES: usize = 50;

#[component]
pub fn EvidencePage() -> impl IntoView {
    let tenant = use_tenant();
    let view = ask(move || tenant.get(), |tenant| async move { get_evidence(tenant?).await });
    loaded(view, move |view| {
        let (header, now) = (view.header.clone(), view.header.now);
        let sources: Vec<_> = view.statuses.iter().map(|status| source(&view, status, now)).collect();
        let off = (!view.reads_exchange).then(|| {
            view! {
                <tr>
                    <th scope="row">"Exchange settings"</th>
                    <td>
                        <span class="state">
                            <Mark tone=Tone::Quiet />
                            "Switched off"
                        </span>
                    </td>
                    <td></td>
                    <td class="wrap">
                        "microsoft.exchange_settings is off in this deployment. Whether a mailbox keeps SMTP AUTH on by its own setting \
                         is not known."
                    </td>
                </tr>
            }
        });
        let title = format!("{}: Evidence", header.name);
        view! {
            <Crumbs header=header.clone() place=ClientPlace::BelowLegacy("Evidence".to_owned()) />
            <header class="page-head">
                <div>
                    <Heading text=title />
                    <p class="sub">"What the blockers rest on, and what it cannot tell"</p>
                </div>
                <div class="page-actions">
                    <a class="button" href=urls::tenant_list(header.id, TenantList::Legacy)>
                        "All blockers"
                    </a>
                </div>
            </header>
            <div class="sections">
                <section aria-labelledby="sources">
                    <h2 id="sources">"Sources"</h2>
                    <FramedTable
                        name="Sources"
                        class="sources stacks"
                        heads=heads([("Source", ""), ("State", ""), ("Read", "num"), ("What it tells, and what not", "")])
                        rows=(sources, off).into_any()
                    />
                </section>
                <Exchange view=view.clone() />
                <OldDevices devices=view.devices now />
            </div>
        }
    })
}

/// One source: what it tells, how old it is, and what it cannot tell.
fn source(view: &EvidenceView, status: &DatasetStatus, now: DateTime<Utc>) -> AnyView {
    let freshness = Freshness::of(status, now);
    let limits: Vec<String> = match status.dataset {
        Dataset::LegacySignIns => {
            let mut limits = vec![match view.since() {
                Some(since) => format!("Entra's sign-in log since {}, interactive and not.", text::day(since)),
                None => "Entra's sign-in log, interactive and not; it needs Entra ID P1.".to_owned(),
            }];
            if let Some(log) = view.log {
                limits.push(match log.password_grants {
                    true => "Apps that hand a password over (ROPC) are asked for too.".to_owned(),
                    false => {
                        "Whether apps hand a password over (ROPC) is not known: Microsoft refuses the question here."
                            .to_owned()
                    }
                });
            }
            limits
                .push("Microsoft delivers some sign-ins hours late; whole days are read again once a day.".to_owned());
            limits
        }
        Dataset::MailAppUsage => {
            let names = match view.names_are_concealed {
                Known::Known(true) => {
                    "Names are concealed in this tenant: accounts cannot be told. An administrator of the client can show them \
                     under Settings, Org settings, Reports."
                }
                _ => "It tells POP, IMAP and SMTP alone, two days late, and not whether by password.",
            };
            vec!["The mail-app usage report; it needs no licence.".to_owned(), names.to_owned()]
        }
        Dataset::ExchangeSettings => vec![
            "Exchange's own endpoint, of which Microsoft promises nothing: it says what is allowed, not what is used."
                .to_owned(),
        ],
        _ => vec!["The directory's devices; which versions are too old, no document of Microsoft's lists.".to_owned()],
    };
    let trouble = match (status.outcome, &status.cause) {
        (Some(Outcome::Done) | None, _) => None,
        (Some(Outcome::NotLicensed), _) => Some("This client holds no licence for it.".to_owned()),
        (Some(_), Some(cause)) => Some(format!("{} {} ({})", cause.meaning, cause.next_step, cause.code)),
        (Some(_), None) => Some("It could not be read.".to_owned()),
    };
    view! {
        <tr>
            <th scope="row">{status.dataset.spec().label}</th>
            <td>
                <span class="state">
                    <Mark tone=freshness.tone() />
                    <span class="clip">{freshness.label()}</span>
                </span>
            </td>
            <td class="num">{status.read_at.map(|at| view! { <Ago at now /> })}</td>
            <td class="wrap">
                {trouble.map(|trouble| view! { <p>{trouble}</p> })} <p class="faint">{limits.join(" ")}</p>
            </td>
        </tr>
    }
    .into_any()
}

/// What Exchange lets in.
#[component]
fn Exchange(view: EvidenceView) -> impl IntoView {
    if !view.reads_exchange {
        return ().into_any();
    }
    let (tenant, now) = (view.header.id, view.header.now);
    let body = match view.organization {
        Known::Unknown(cause) => view! {
            <p>{format!("What Exchange lets in is not known: its settings are {}.", cause.label())}</p>
            <AskForConsent tenant />
        }
        .into_any(),
        Known::Known(organization) => view! {
            <OrganizationLine organization />
            <Mailboxes tenant rows=view.mailboxes more=view.more_mailboxes now />
        }
        .into_any(),
    };
    view! {
        <section aria-labelledby="exchange">
            <h2 id="exchange">"What Exchange lets in"</h2>
            {body}
        </section>
    }
    .into_any()
}

#[component]
fn AskForConsent(tenant: TenantId) -> impl IntoView {
    Session::take().may(Permission::ManageConnections).then(|| {
        view! {
            <p class="faint">
                "An administrator of the client consents to Exchange apart from everything else, and assigns the role Global \
                 Reader to the app, so that it can read and change nothing."
            </p>
            <form method="post" action=urls::exchange_consent(tenant)>
                <p>
                    <button class="button">"Make a consent link for Exchange"</button>
                </p>
            </form>
        }
    })
}

#[component]
fn OrganizationLine(organization: ExchangeOrganization) -> impl IntoView {
    let (tone, smtp) = match organization.smtp_auth_disabled {
        Some(true) => (Tone::Good, "SMTP AUTH is off for the organisation; a mailbox's own setting goes before that."),
        Some(false) => {
            (Tone::Serious, "SMTP AUTH is on for the organisation, and for every mailbox that does not say otherwise.")
        }
        None => (Tone::Quiet, "Exchange does not say whether SMTP AUTH is on for the organisation."),
    };
    let modern = match organization.modern_authentication {
        Some(true) => "Modern authentication is on for Outlook.",
        Some(false) => "Modern authentication is off for Outlook: it asks for passwords alone until it is switched on.",
        None => "Whether modern authentication is on for Outlook is not told.",
    };
    view! {
        <p>
            <Mark tone />
            " "
            {smtp}
        </p>
        <p>{modern}</p>
        <p class="faint">{text::count(organization.mailboxes.into(), "mailbox was looked at", "mailboxes were looked at")}</p>
    }
    .into_any()
}

#[component]
fn Mailboxes(tenant: TenantId, rows: Vec<MailboxRow>, more: u32, now: DateTime<Utc>) -> impl IntoView {
    if rows.is_empty() {
        return view! { <p>"No mailbox has SMTP AUTH on by its own setting."</p> }.into_any();
    }
    let rows: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let name = match row.user_id {
                Some(user) => view! { <a href=urls::user(tenant, user)>{row.address}</a> }.into_any(),
                None => row.address.into_any(),
            };
            let seen = match row.last_seen_at {
                Some(at) => view! { <Ago at now /> }.into_any(),
                None => view! { <span class="faint">"not seen sending: it can be switched off"</span> }.into_any(),
            };
            view! {
                <tr>
                    <th scope="row">{name}</th>
                    <td>{seen}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <FramedTable
            name="Mailboxes with SMTP AUTH on by their own setting"
            narrow=true
            heads=heads([("On by the mailbox's own setting", ""), ("Last seen sending", "")])
            rows
        />
        {(more > 0).then(|| view! { <p class="faint">{format!("and {more} more")}</p> })}
    }
    .into_any()
}

/// Entra calls a phone's system by the phone.
fn system(device: &OldDevice) -> &str {
    match device.age {
        SystemAge::OldIos => "iOS",
        SystemAge::OldMac => "macOS",
        SystemAge::OldWindows => &device.system,
    }
}

#[component]
fn OldDevices(devices: Known<Devices>, now: DateTime<Utc>) -> impl IntoView {
    let body = match devices {
        Known::Unknown(cause) => {
            view! { <p>{format!("Whether devices are too old is not known: they are {}.", cause.label())}</p> }
                .into_any()
        }
        Known::Known(devices) => {
            let Devices { looked_at, not_told, old, more } = devices;
            let looked = format!(
                "{} looked at, {} too old.",
                text::count(looked_at.into(), "device", "devices"),
                text::number(old.len() as u64 + u64::from(more)),
            );
            let silent = (not_told > 0)
                .then(|| format!(" Of {} the version is not told.", text::count(not_told.into(), "device", "devices")));
            let unnamed = old.len().saturating_sub(DEVICES) + more as usize;
            let rows: Vec<_> = old
                .into_iter()
                .take(DEVICES)
                .map(|device| {
                    let seen = match device.last_seen_at {
                        Some(at) => view! { <Ago at now /> }.into_any(),
                        None => view! { <span class="faint">"not known"</span> }.into_any(),
                    };
                    view! {
                        <tr>
                            <th scope="row">{device.name.clone()}</th>
                            <td>{format!("{} {}", system(&device), device.version)}</td>
                            <td>{seen}</td>
                            <td class="wrap">{device.age.sentence()}</td>
                        </tr>
                    }
                })
                .collect();
            let table = (!rows.is_empty()).then(|| {
                view! {
                    <FramedTable
                        name="Devices that are too old"
                        class="old-devices stacks"
                        heads=heads([("Device", ""), ("System", ""), ("Last seen", ""), ("Why", "")])
                        rows
                    />
                }
            });
            view! {
                <p>{looked} {silent}</p>
                {table}
                {(unnamed > 0).then(|| view! { <p class="faint">{format!("and {unnamed} more")}</p> })}
            }
            .into_any()
        }
    };
    view! {
        <section aria-labelledby="devices">
            <h2 id="devices">"Devices too old for modern authentication"</h2>
            {body}
        </section>
    }
    .into_any()
}
