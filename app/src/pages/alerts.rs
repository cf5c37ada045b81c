//! `/alerts`: what was told, what lasts, and where it goes.

use chrono::{DateTime, Utc};
use domain::alert::{AlertRow, AlertsView, Channel, ChannelKind, Rule};
use domain::ids::TenantId;
use domain::operator::Permission;
use leptos::form::ActionForm;
use leptos::prelude::*;

use crate::answer::ask;
use crate::api::alerts::{DeleteChannel, SaveChannel, SetSigningSecret, SnoozeAlert, get_alerts};
use crate::api::session::Session;
use crate::components::loaded::loaded;
use crate::forms::{FormError, beside, failure};
use crate::text;
use crate::ui::ago::Ago;
use crate::ui::field::TextField;
use crate::ui::heading::Heading;
use crate::ui::mark::{Mark, Tone};
use crate::ui::table::{FramedTable, heads};
use crate::urls;

/// The writes of this page.
#[derive(Clone, Copy)]
struct Actions {
    save: ServerAction<SaveChannel>,
    delete: ServerAction<DeleteChannel>,
    sign: ServerAction<SetSigningSecret>,
    snooze: ServerAction<SnoozeAlert>,
}

#[component]
pub fn AlertsPage() -> impl IntoView {
    let actions = Actions {
        save: ServerAction::new(),
        delete: ServerAction::new(),
        sign: ServerAction::new(),
        snooze: ServerAction::new(),
    };
    let alerts = ask(|| (), |()| async move { get_alerts().await });
    loaded(alerts, move |alerts| {
        let AlertsView { lasting, lately, channels, clients, may_send_mail, is_signing, now } = alerts;
        let summary = match lasting.len() {
            0 => "Nothing lasts that has to be told.".to_owned(),
            count => format!("{} not over yet", text::count(count as u64, "alert is", "alerts are")),
        };
        let channels =
            channels.map(|channels| view! { <Channels channels clients may_send_mail is_signing actions now /> });
        view! {
            <header class="page-head">
                <div>
                    <Heading text="Alerts" />
                    <p class="sub">{summary}</p>
                </div>
            </header>
            <div class="stack">
                <section class="card" aria-labelledby="lasting">
                    <h2 id="lasting">"Not over yet"</h2>
                    <Rows name="Alerts that last" rows=lasting nothing="None." actions now />
                </section>
                <section class="card" aria-labelledby="lately">
                    <h2 id="lately">"In the last seven days"</h2>
                    <Rows name="Alerts of the last seven days" rows=lately nothing="None." actions now />
                </section>
                {channels}
            </div>
        }
    })
}

#[component]
fn Rows(
    name: &'static str,
    rows: Vec<AlertRow>,
    nothing: &'static str,
    actions: Actions,
    now: DateTime<Utc>,
) -> impl IntoView {
    if rows.is_empty() {
        return view! { <p class="faint">{nothing}</p> }.into_any();
    }
    let may_snooze = Session::take().may(Permission::SnoozeAlerts);
    let rows: Vec<_> = rows.into_iter().map(|row| view! { <Row row may_snooze actions now /> }).collect();
    view! {
        <FramedTable
            name
            class="alerts stacks"
            heads=heads([("What", ""), ("Client", ""), ("About", ""), ("When", "num"), ("", "")])
            rows
        />
    }
    .into_any()
}

#[component]
fn Row(row: AlertRow, may_snooze: bool, actions: Actions, now: DateTime<Utc>) -> impl IntoView {
    let lasts = row.rule.lasts() && row.ended_at.is_none();
    let tone = if lasts { Tone::Bad } else { Tone::Serious };
    let snoozed = row.snoozed_until.filter(|until| *until > now);
    let put_off = snoozed.map(|until| view! { <span class="faint">"put off, comes back " <Ago at=until now /></span> });
    let snooze = (may_snooze && lasts).then(|| {
        let (hours, label) = if snoozed.is_some() { (0, "Wake") } else { (24, "Snooze a day") };
        view! {
            <ActionForm action=actions.snooze>
                <input type="hidden" name="alert" value=row.id.to_string() />
                <input type="hidden" name="hours" value=hours.to_string() />
                <button class="button">{label}</button>
            </ActionForm>
        }
    });
    view! {
        <tr>
            <th scope="row">
                <span class="state">
                    <Mark tone />
                    <a class="clip" href=row.path.clone() title=row.cause.clone()>
                        {row.cause.clone()}
                    </a>
                </span>
            </th>
            <td>
                <a class="clip" href=urls::tenant(row.tenant)>{row.tenant_name.clone()}</a>
            </td>
            <td>
                <span class="clip" title=row.detail.clone()>
                    {row.detail.clone()}
                </span>
                {put_off}
            </td>
            <td class="num"><Ago at=row.happened_at now /></td>
            <td>{snooze}</td>
        </tr>
    }
    .into_any()
}

#[component]
fn Channels(
    channels: Vec<Channel>,
    clients: Vec<(TenantId, String)>,
    may_send_mail: bool,
    is_signing: bool,
    actions: Actions,
    now: DateTime<Utc>,
) -> impl IntoView {
    let name_of = |id: &TenantId| {
        clients
            .iter()
            .find(|(client, _)| client == id)
            .map_or("a client that is gone", |(_, name)| name.as_str())
            .to_owned()
    };
    let list: Vec<_> = channels
        .iter()
        .map(|channel| {
            let rules = match channel.rules.as_slice() {
                [] => "everything".to_owned(),
                rules => rules.iter().map(|rule| rule.label().to_lowercase()).collect::<Vec<_>>().join(", "),
            };
            let whose = match channel.tenants.as_slice() {
                [] => "all clients".to_owned(),
                tenants => tenants.iter().map(name_of).collect::<Vec<_>>().join(", "),
            };
            let quiet = channel.quiet.map(|(from, until)| format!("; quiet from {from} to {until} o'clock UTC"));
            let digest = channel.digest.then_some("; once a day");
            let state = match (&channel.last_error, channel.last_sent_at) {
                (Some(error), _) => view! { <span class="bad">"The last message was not taken: " {error.clone()}</span> }.into_any(),
                (None, Some(at)) => view! { <span class="faint">"last sent " <Ago at now /></span> }.into_any(),
                (None, None) => view! { <span class="faint">"nothing sent yet"</span> }.into_any(),
            };
            let id = channel.id.to_string();
            view! {
                <li>
                    <p>
                        <strong>{channel.name.clone()}</strong>
                        {format!(" · {} to {} · {rules} of {whose}", channel.kind.label(), told_target(channel))} {quiet} {digest}
                    </p>
                    <p>{state}</p>
                    <ActionForm action=actions.delete>
                        <input type="hidden" name="channel" value=id />
                        <button class="button">"Delete"</button>
                    </ActionForm>
                </li>
            }
        })
        .collect();
    let none = channels.is_empty().then(|| view! { <p class="faint">"Alerts are on this page alone."</p> });
    view! {
        <section class="card" aria-labelledby="channels">
            <h2 id="channels">"Where alerts go"</h2>
            {none}
            <ul class="troubles">{list}</ul>
            <FormError failure=failure(actions.delete) />
            <NewChannelForm clients may_send_mail actions />
            <SigningForm is_signing actions />
        </section>
    }
    .into_any()
}

/// A webhook's address may bear a token: only its host is shown.
fn told_target(channel: &Channel) -> String {
    match channel.kind {
        ChannelKind::Email => channel.target.clone(),
        ChannelKind::Webhook => {
            let rest = channel.target.split_once("://").map_or("", |(_, rest)| rest);
            rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned()
        }
    }
}

#[component]
fn NewChannelForm(clients: Vec<(TenantId, String)>, may_send_mail: bool, actions: Actions) -> impl IntoView {
    let refused = failure(actions.save);
    let kinds = ChannelKind::ALL
        .into_iter()
        .filter(|kind| may_send_mail || *kind != ChannelKind::Email)
        .map(|kind| view! { <option value=kind.name()>{kind.label()}</option> })
        .collect::<Vec<_>>();
    let no_mail = (!may_send_mail)
        .then(|| view! { <p class="hint">"Mail needs mail.smtp_url and mail.from in the configuration."</p> });
    let rules = Rule::ALL.map(|rule| {
        view! {
            <label class="check">
                <input type="checkbox" name="channel[rules][]" value=rule.name() />
                {rule.label()}
            </label>
        }
    });
    let clients: Vec<_> =
        clients.into_iter().map(|(id, name)| view! { <option value=id.to_string()>{name}</option> }).collect();
    view! {
        <details>
            <summary>"Add a channel"</summary>
            <ActionForm action=actions.save attr:class="form">
                <TextField name="channel[name]" label="Name" required=true error=beside(refused, "name") />
                <div class="field">
                    <label for="channel-kind">"By"</label>
                    {no_mail}
                    <select id="channel-kind" name="channel[kind]">
                        {kinds}
                    </select>
                </div>
                <TextField
                    name="channel[target]"
                    label="To"
                    hint="An https:// address, or a mail address."
                    required=true
                    error=beside(refused, "target")
                />
                <fieldset class="checks">
                    <legend>"Of what (none chosen: everything)"</legend>
                    {rules}
                </fieldset>
                <div class="field">
                    <label for="channel-tenants">"Of which clients (none chosen: all)"</label>
                    <select id="channel-tenants" name="channel[tenants][]" multiple=true size="6">
                        {clients}
                    </select>
                </div>
                <TextField name="channel[quiet_from]" label="Quiet from (hour, UTC)" error=beside(refused, "quiet_from") />
                <TextField name="channel[quiet_until]" label="Quiet until (hour, UTC)" />
                <label class="check">
                    <input type="checkbox" name="channel[digest]" value="on" />
                    "Once a day, all together, at 7 o'clock UTC"
                </label>
                <FormError failure=refused fields=&["name", "target", "quiet_from"] />
                <p>
                    <button class="button primary">"Add"</button>
                </p>
            </ActionForm>
        </details>
    }
    .into_any()
}

#[component]
fn SigningForm(is_signing: bool, actions: Actions) -> impl IntoView {
    let refused = failure(actions.sign);
    let state = if is_signing {
        "Webhooks are signed: Tenantry-Signature holds the time and the HMAC-SHA-256 of time, point and body."
    } else {
        "Webhooks are not signed yet: whoever knows the address can send to it."
    };
    view! {
        <details>
            <summary>"The secret that signs webhooks"</summary>
            <p class="hint">{state}</p>
            <ActionForm action=actions.sign attr:class="form">
                <TextField name="secret" label="New secret" kind="password" required=true error=beside(refused, "secret") />
                <FormError failure=refused fields=&["secret"] />
                <p>
                    <button class="button">"Set"</button>
                </p>
            </ActionForm>
        </details>
    }
    .into_any()
}
