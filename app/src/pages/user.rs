//! `/tenants/{id}/users/{uid}`: the verdict and its reasons in plain words, holes, methods, roles, legacy sign-ins, changes.

use chrono::{DateTime, Utc};
use domain::blocker::BlockerRow;
use domain::facts::registration::PerUserMfa;
use domain::ids::TenantId;
use domain::known::Known;
use domain::matrix::{Matrix, Opening};
use domain::operator::Permission;
use domain::user::{UserView, VerdictChange};
use domain::verdict::{Hole, Judgement, Verdict};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::answer::ask;
use crate::api::session::Session;
use crate::api::tenants::{get_tenant, get_user};
use crate::components::blocker::outcomes_in_words;
use crate::components::loaded::loaded;
use crate::components::refresh::watch;
use crate::components::unknown::{UnknownWord, known_or_cause};
use crate::components::user_table::{last_sign_in, method_in_words};
use crate::components::verdict::{VerdictWord, tone};
use crate::error::Error;
use crate::forms::account_mark::{Actions, MarkCard};
use crate::forms::successes;
use crate::pages::use_tenant;
use crate::ui::ago::{Ago, Wording};
use crate::ui::heading::Heading;
use crate::ui::mark::{Mark, Tone};
use crate::urls::{self, TenantList};

#[component]
pub fn UserPage() -> impl IntoView {
    let tenant = use_tenant();
    let params = use_params_map();
    let user = Memo::new(move |_| params.read().get("uid").unwrap_or_default().parse().map_err(|_| Error::NotFound));
    let actions = Actions { mark: ServerAction::new(), unmark: ServerAction::new() };
    let (marked, unmarked) = (successes(actions.mark), successes(actions.unmark));
    let view = ask(
        move || (tenant.get(), user.get(), marked.get(), unmarked.get()),
        |(tenant, user, ..)| async move {
            let (tenant, user) = (tenant?, user?);
            let view = get_user(tenant, user).await?;
            let name = get_tenant(tenant).await?.header.name;
            Ok((tenant, name, view))
        },
    );
    let _progress = watch(tenant, view);
    loaded(view, move |(tenant, name, view)| view! { <Person tenant tenant_name=name view actions /> })
}

#[component]
fn Person(tenant: TenantId, tenant_name: String, view: UserView, actions: Actions) -> impl IntoView {
    let now = view.now;
    let row = view.row.clone();
    let (judgement, blockers, changes) = (view.judgement.clone(), view.blockers.clone(), view.changes.clone());
    let name = if row.display_name.is_empty() { row.user_principal_name.clone() } else { row.display_name.clone() };
    let may_mark = Session::take().may(Permission::MarkAccounts);
    let fleet = Session::take().may(Permission::ListTenants).then(|| {
        view! {
            <li>
                <a href=urls::FLEET>"Fleet"</a>
            </li>
        }
    });
    view! {
        <nav class="crumbs" aria-label="You are here">
            <ol>
                {fleet} <li>
                    <a href=urls::tenant(tenant)>{tenant_name}</a>
                </li> <li>
                    <a href=urls::tenant_list(tenant, TenantList::Users)>"Users"</a>
                </li> <li>
                    <span aria-current="page">{name.clone()}</span>
                </li>
            </ol>
        </nav>
        <header class="page-head">
            <div>
                <Heading text=name />
                <p class="sub">{under_the_name(&view)}</p>
            </div>
        </header>
        <div class="person">
            <div>
            <section class="card" aria-labelledby="verdict">
                <h2 id="verdict">"MFA"</h2>
                <VerdictInWords judgement since=row.since now />
            </section>
            <section class="card" aria-labelledby="legacy">
                <h2 id="legacy">"Legacy sign-ins"</h2>
                <Blockers blockers now />
            </section>
            <section class="card" aria-labelledby="changes">
                <h2 id="changes">"Changes of the verdict"</h2>
                <Changes changes now />
            </section>
            </div>
            <div>
            <section class="card" aria-labelledby="person-account">
                <h2 id="person-account">"Account"</h2>
                <Account view=view.clone() now />
            </section>
            <section class="card" aria-labelledby="mark">
                <h2 id="mark">"Mark"</h2>
                <MarkCard tenant user=view.row.id mark=view.mark.clone() may=may_mark actions now />
            </section>
            <section class="card" aria-labelledby="methods">
                <h2 id="methods">"Methods"</h2>
                <Methods view=view.clone() now />
            </section>
            </div>
        </div>
    }
    .into_any()
}

fn under_the_name(view: &UserView) -> String {
    let row = &view.row;
    let mut words = vec![row.user_principal_name.clone()];
    words.extend(view.job_title.clone());
    words.extend(view.department.clone());
    words.extend(row.findings.iter().map(|finding| finding.label().to_owned()));
    words.join(" · ")
}

/// The word, then whole sentences: why, where the holes are, what can be done.
#[component]
fn VerdictInWords(judgement: Judgement, since: Option<DateTime<Utc>>, now: DateTime<Utc>) -> impl IntoView {
    let Judgement {
        verdict,
        unknown_cause,
        reasons,
        holes,
        lesser_holes,
        uncertain,
        phishing_resistant,
        locked_out,
        ..
    } = judgement;
    let reasons: Vec<_> = reasons
        .into_iter()
        .map(|reason| {
            let read = reason.read_at.map(|at| view! { ", read " <Ago at now /> });
            view! {
                <li>
                    {reason.text} " "
                    <span class="faint">"(" {reason.dataset.spec().label} {read} ")"</span>
                </li>
            }
        })
        .collect();
    view! {
        <p class="verdict-line">
            <VerdictWord verdict />
            {unknown_cause.map(|cause| view! { ": " <UnknownWord cause /> })}
            {since.map(|at| view! { <span class="faint">" since " <Ago at now wording=Wording::Date /></span> })}
        </p>
        <ul class="reasons">{reasons}</ul>
        <HoleMatrix holes=holes.clone() />
        <Holes title="Ways in on the password alone" class="holes" holes />
        <Holes title="Ways in that need a trusted place or device" class="holes lesser-holes" holes=lesser_holes />
        <Uncertain sentences=uncertain />
        <p class="next-step">{what_can_be_done(verdict, phishing_resistant, locked_out)}</p>
    }
    .into_any()
}

/// Client types by apps: where the password alone gets in, at a glance. The list below says the rest.
#[component]
fn HoleMatrix(holes: Vec<Hole>) -> impl IntoView {
    let matrix = Matrix::new(&holes);
    (!matrix.rows.is_empty()).then(|| {
        let heads: Vec<_> = matrix.apps.iter().map(|app| view! { <th scope="col">{app.clone()}</th> }).collect();
        let rows: Vec<_> = matrix
            .rows
            .into_iter()
            .map(|(client, openings)| {
                let cells: Vec<_> = openings.into_iter().map(opening).collect();
                view! {
                    <tr>
                        <th scope="row">{client}</th>
                        {cells}
                    </tr>
                }
            })
            .collect();
        view! {
            <div class="framed">
                <table class="matrix">
                    <caption class="visually-hidden">"Where the password alone gets in, by client and app"</caption>
                    <thead>
                        <tr>
                            <td></td>
                            {heads}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
    })
}

fn opening(opening: Opening) -> AnyView {
    let (tone, word) = match opening {
        Opening::Open => (Tone::Bad, "open"),
        Opening::Partly => (Tone::Fair, "in part"),
        Opening::Stopped => (Tone::Good, "stopped"),
    };
    view! {
        <td>
            <span class="state">
                <Mark tone />
                {word}
            </span>
        </td>
    }
    .into_any()
}

#[component]
fn Holes(title: &'static str, class: &'static str, holes: Vec<Hole>) -> impl IntoView {
    (!holes.is_empty()).then(|| {
        let items: Vec<_> = holes.into_iter().map(|hole| view! { <li>{hole.summary}</li> }).collect();
        view! {
            <h3>{title}</h3>
            <ul class=class>{items}</ul>
        }
    })
}

/// What could not be read or understood, and so counts for nothing.
#[component]
fn Uncertain(sentences: Vec<String>) -> impl IntoView {
    (!sentences.is_empty()).then(|| {
        let items: Vec<_> = sentences.into_iter().map(|sentence| view! { <li>{sentence}</li> }).collect();
        view! {
            <h3>"Not certain, so not counted as protection"</h3>
            <ul class="reasons">{items}</ul>
        }
    })
}

fn what_can_be_done(verdict: Verdict, phishing_resistant: bool, locked_out: bool) -> &'static str {
    if locked_out {
        return "Have the person register a method that the demanded strength allows, before they are locked out.";
    }
    match verdict {
        Verdict::Protected if phishing_resistant => "Nothing to do: a phishing-resistant method is registered.",
        Verdict::Protected => "Protected. A passkey or a security key would also withstand phishing.",
        Verdict::Partial => "Close the holes above: include what the policy leaves out, or block legacy clients.",
        Verdict::EnrolmentOpen => {
            "Have the person register a method now, or guard registration with a policy: until then whoever signs in first \
             registers theirs."
        }
        Verdict::Unprotected => {
            "Switch on security defaults, or put the account under a Conditional Access policy that demands MFA."
        }
        Verdict::CannotSignIn => "Nothing to do for MFA: nobody gets in with this account.",
        Verdict::Unknown => "Mend what keeps the facts from being read; the verdict follows by itself.",
    }
}

/// A term and what it holds.
fn fact(term: &'static str, holds: impl IntoView + 'static) -> AnyView {
    view! {
        <div>
            <dt>{term}</dt>
            <dd>{holds}</dd>
        </div>
    }
    .into_any()
}

fn or_none(words: &[String], none: &'static str) -> String {
    if words.is_empty() { none.to_owned() } else { words.join(", ") }
}

#[component]
fn Account(view: UserView, now: DateTime<Utc>) -> impl IntoView {
    let row = &view.row;
    let when = |at: Option<DateTime<Utc>>| match at {
        Some(at) => view! { <Ago at now /> }.into_any(),
        None => view! { <span class="faint">"not known"</span> }.into_any(),
    };
    let state = if row.account_enabled { "can sign in" } else { "disabled" };
    let facts = vec![
        fact("State", state),
        fact("Last sign-in", last_sign_in(&row.last_sign_in_at, now, Wording::Sentence)),
        fact("Roles", or_none(&row.roles, "none")),
        fact("Eligible for", or_none(&view.eligible_roles, "no role")),
        fact("Groups in policies", or_none(&view.policy_groups, "none")),
        fact("Licences", or_none(&view.licence_names, "none")),
        fact("Source", if row.synced { "synced from on-premises" } else { "cloud" }),
        fact("Created", when(row.created_at)),
        fact("Password changed", when(view.last_password_change_at)),
    ];
    view! { <dl class="facts">{facts}</dl> }
}

#[component]
fn Methods(view: UserView, now: DateTime<Utc>) -> impl IntoView {
    let per_user = known_or_cause(view.per_user_mfa, |state| match state {
        PerUserMfa::Disabled => "off (normal where policies enforce)",
        PerUserMfa::Enabled => "enabled",
        PerUserMfa::Enforced => "enforced",
    });
    let registered = known_or_cause(view.registration, move |registration| {
        let Some(registration) = registration else {
            return "Microsoft's report does not list this account.".into_any();
        };
        let methods: Vec<_> =
            registration.methods.iter().map(|method| view! { <li>{method_in_words(method)}</li> }).collect();
        let updated = registration.updated_at.map(|at| view! { <p class="faint">"As of " <Ago at now /></p> });
        if methods.is_empty() {
            view! { "nothing" {updated} }.into_any()
        } else {
            view! {
                <ul class="plain">{methods}</ul>
                {updated}
            }
            .into_any()
        }
    });
    view! {
        <dl class="facts">{fact("Registered", registered)} {fact("Per-user MFA", per_user)}</dl>
    }
    .into_any()
}

#[component]
fn Blockers(blockers: Known<Vec<BlockerRow>>, now: DateTime<Utc>) -> impl IntoView {
    let blockers = match blockers {
        Known::Unknown(cause) => return view! { <p><UnknownWord cause /></p> }.into_any(),
        Known::Known(blockers) if blockers.is_empty() => {
            return view! { <p class="faint">"None were seen in what could be read."</p> }.into_any();
        }
        Known::Known(blockers) => blockers,
    };
    let items: Vec<_> = blockers
        .into_iter()
        .map(|row| {
            let from =
                if row.addresses.is_empty() { String::new() } else { format!(" from {}", row.addresses.join(", ")) };
            let guess = row.probably.as_ref().map(|guess| format!(" Probably {}: {}.", guess.what, guess.because));
            view! {
                <li>
                    <strong>{row.protocol.label()}</strong>
                    {format!(": {}{from}.", outcomes_in_words(&row))} {guess}
                    {row.last_seen_at.map(|at| view! { <span class="faint">" Last seen " <Ago at now /></span> })}
                </li>
            }
        })
        .collect();
    view! { <ul class="reasons">{items}</ul> }.into_any()
}

#[component]
fn Changes(changes: Vec<VerdictChange>, now: DateTime<Utc>) -> impl IntoView {
    if changes.is_empty() {
        return view! { <p class="faint">"None since this client is watched."</p> }.into_any();
    }
    let items: Vec<_> = changes
        .into_iter()
        .map(|change| {
            let from = change.from.map(|from| format!("{} → ", from.label()));
            view! {
                <li>
                    <Mark tone=tone(change.to) />
                    " "
                    {from}
                    <strong>{change.to.label()}</strong>
                    " "
                    <Ago at=change.at now />
                    ": "
                    {change.because}
                </li>
            }
        })
        .collect();
    view! { <ul class="reasons">{items}</ul> }.into_any()
}
