//! `/tenants/{id}/what-if`: what a change of policies would do, judged in the browser. The address is the plan. Writes nothing
//! to Microsoft.

use domain::client::ClientHeader;
use domain::facts::policy::PolicyState;
use domain::ids::TenantId;
use domain::known::Known;
use domain::operator::Permission;
use domain::verdict::{Posture, Verdict};
use domain::what_if::{KeptPlan, Moved, Outcome, PlanView, PolicyChoice, Stopped, Template};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::components::Form;
use leptos_router::hooks::use_query_map;
use wasm_bindgen::JsCast;
use web_sys::HtmlFormElement;

use crate::answer::ask;
use crate::api::session::Session;
use crate::api::tenants::{DeletePlan, KeepPlan, get_plans};
use crate::components::client_header::{ClientPlace, ClientTop};
use crate::components::loaded::loaded;
use crate::components::refresh::watch;
use crate::components::simulation::{Simulated, simulate};
use crate::components::unknown::UnknownWord;
use crate::components::verdict::{PostureBar, few_words, tone};
use crate::forms::{FormError, beside, failure, successes};
use crate::pages::use_tenant;
use crate::text;
use crate::ui::ago::{Ago, Wording};
use crate::ui::mark::Mark;
use crate::urls;

/// Rows of a list that are shown; the figures above count all.
const SHOWN: usize = 200;

#[component]
pub fn WhatIfPage() -> impl IntoView {
    let tenant = use_tenant();
    let params = use_query_map();
    let plan = Memo::new(move |_| urls::changes(&params.read()));
    let keep = ServerAction::<KeepPlan>::new();
    let delete = ServerAction::<DeletePlan>::new();
    let (kept, deleted) = (successes(keep), successes(delete));
    let view =
        ask(move || (tenant.get(), kept.get(), deleted.get()), |(tenant, ..)| async move { get_plans(tenant?).await });
    let watch = watch(tenant, view);
    let simulated = simulate(Signal::derive(move || tenant.get().ok()), plan);
    loaded(view, move |view| {
        let PlanView { header, policies, security_defaults, kept } = view;
        let id = header.id;
        let may_keep = Session::take().may(Permission::KeepPlans);
        view! {
            <ClientTop header=header.clone() place=ClientPlace::WhatIf watch />
            <div class="what-if">
                <section class="card" aria-labelledby="changes">
                    <h2 id="changes">"Try a change"</h2>
                    <p class="faint">"Nothing here is written to Microsoft."</p>
                    {move || view! { <Changes tenant=id plan=plan.get() policies=policies.clone() security_defaults=security_defaults.clone() /> }}
                </section>
                <div>
                    <section class="card" aria-labelledby="outcome" aria-live="polite">
                        <h2 id="outcome">"What would happen"</h2>
                        <noscript>
                            <p>"The rules run in the browser: this page needs JavaScript."</p>
                        </noscript>
                        {move || outcome(id, plan.with(Vec::is_empty), simulated.get())}
                    </section>
                    <section class="card" aria-labelledby="kept">
                        <h2 id="kept">"Kept plans"</h2>
                        <Kept header plans=kept may_keep plan keep delete />
                    </section>
                </div>
            </div>
        }
    })
}

/// A form whose every change is a new address.
#[component]
fn Changes(
    tenant: TenantId,
    plan: Vec<String>,
    policies: Known<Vec<PolicyChoice>>,
    security_defaults: Known<bool>,
) -> impl IntoView {
    let submit = move |event: leptos::ev::Event| {
        let target = event.current_target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok());
        // Without it the button submits.
        if let Some(form) = target {
            let _submitted = form.request_submit();
        }
    };
    let options = |now: &'static str, other: (String, &'static str)| {
        let chosen = plan.contains(&other.0);
        view! {
            <option value="">{format!("as it is ({now})")}</option>
            <option value=other.0 selected=chosen>
                {other.1}
            </option>
        }
    };
    let policy_rows = match policies.clone() {
        Known::Unknown(cause) => view! { <p>"Conditional Access: " <UnknownWord cause /></p> }.into_any(),
        Known::Known(policies) if policies.is_empty() => {
            view! { <p class="faint">"There is no Conditional Access policy."</p> }.into_any()
        }
        Known::Known(policies) => {
            let rows: Vec<_> = policies
                .into_iter()
                .map(|policy| {
                    let (now, word, label) = match policy.state {
                        PolicyState::Enabled => ("on", format!("off:{}", policy.id), "switched off"),
                        PolicyState::ReportOnly => ("report-only", format!("on:{}", policy.id), "switched on"),
                        PolicyState::Disabled | PolicyState::NotUnderstood => {
                            ("off", format!("on:{}", policy.id), "switched on")
                        }
                    };
                    view! {
                        <li>
                            <label>
                                <span>
                                    <strong>{policy.display_name}</strong>
                                    <span class="faint">" " {policy.effect}</span>
                                </span>
                                <select name="change">{options(now, (word, label))}</select>
                            </label>
                        </li>
                    }
                })
                .collect();
            view! { <ul class="try">{rows}</ul> }.into_any()
        }
    };
    let defaults = match security_defaults {
        Known::Unknown(cause) => view! { <p>"Security defaults: " <UnknownWord cause /></p> }.into_any(),
        Known::Known(on) => {
            let (now, word, label) = if on {
                ("on", "defaults:off".to_owned(), "switched off")
            } else {
                ("off", "defaults:on".to_owned(), "switched on")
            };
            view! {
                <ul class="try">
                    <li>
                        <label>
                            <strong>"Security defaults"</strong>
                            <select name="change">{options(now, (word, label))}</select>
                        </label>
                    </li>
                </ul>
            }
            .into_any()
        }
    };
    let templates = Template::ALL.map(|template| {
        let word = format!("add:{}", template.name());
        let checked = plan.contains(&word);
        view! {
            <label class="check">
                <input type="checkbox" name="change" value=word checked=checked />
                {template.label()}
            </label>
        }
    });
    let name_of = |id: &str| {
        let found = policies.known().and_then(|policies| policies.iter().find(|policy| policy.id == id));
        found.map_or_else(|| id.to_owned(), |policy| policy.display_name.clone())
    };
    let exclusions: Vec<_> = plan
        .iter()
        .filter_map(|word| Some((word, word.strip_prefix("exclude:")?.split_once(':')?)))
        .map(|(word, (who, policy))| {
            let without: Vec<String> = plan.iter().filter(|other| *other != word).cloned().collect();
            view! {
                <li>
                    <input type="hidden" name="change" value=word.clone() />
                    {format!("{who} left out of “{}” ", name_of(policy))}
                    <a href=urls::what_if(tenant, &without)>"Take back"</a>
                </li>
            }
        })
        .collect();
    let choices: Vec<_> = policies
        .known()
        .into_iter()
        .flatten()
        .map(|policy| view! { <option value=policy.id.clone()>{policy.display_name.clone()}</option> })
        .collect();
    let exclude = (!choices.is_empty()).then(|| {
        view! {
            <fieldset class="exclude">
                <legend>"Leave an account out"</legend>
                <input type="text" name="who" placeholder="Sign-in name" aria-label="Sign-in name" autocomplete="off" />
                <select name="policy" aria-label="Of the policy">
                    {choices}
                </select>
            </fieldset>
        }
    });
    view! {
        <Form
            method="get"
            action=urls::what_if(tenant, &[])
            attr:class="changes-form"
            on:change=submit
        >
            {policy_rows}
            {defaults}
            <fieldset class="checks">
                <legend>"Add from a template"</legend>
                {templates}
            </fieldset>
            <ul class="reasons">{exclusions}</ul>
            {exclude}
            <p class="actions">
                <button class="button primary">"Try"</button>
                <a class="button" href=urls::what_if(tenant, &[])>
                    "Start again"
                </a>
            </p>
        </Form>
    }
    .into_any()
}

fn outcome(tenant: TenantId, is_empty: bool, simulated: Simulated) -> AnyView {
    match simulated {
        Simulated::Waiting => view! { <p role="status">"Judging every account…"</p> }.into_any(),
        Simulated::Failed(sentence) => view! { <p class="error" role="alert">{sentence}</p> }.into_any(),
        Simulated::Done(outcome) if is_empty => view! {
            <p>"Choose a change on the left. Until then everything is as it is:"</p>
            <PostureBar posture=outcome.before />
            <p class="faint">{posture_words(&outcome.before)}</p>
        }
        .into_any(),
        Simulated::Done(outcome) => told(tenant, *outcome),
    }
}

fn told(tenant: TenantId, outcome: Outcome) -> AnyView {
    let Outcome { before, after, moved, stopped, stopped_accounts, notes } = outcome;
    let gains = moved.iter().filter(|moved| moved.change.to == Verdict::Protected).count();
    let loses = moved.iter().filter(|moved| moved.change.from == Some(Verdict::Protected)).count();
    let summary = match moved.len() {
        0 => "No account changes its verdict.".to_owned(),
        count => format!(
            "{} their verdict: {} protected, {} protection.",
            text::count(count as u64, "account changes", "accounts change"),
            text::count(gains as u64, "becomes", "become"),
            text::count(loses as u64, "loses", "lose"),
        ),
    };
    let stop = match stopped_accounts {
        0 => "Nobody who is known to be at work would be stopped.".to_owned(),
        count => {
            format!("{} would be stopped at something done today.", text::count(count.into(), "account", "accounts"))
        }
    };
    let more =
        |all: usize| (all > SHOWN).then(|| view! { <p class="faint">{format!("The first {SHOWN} of {all}.")}</p> });
    let (moved_total, stopped_total) = (moved.len(), stopped.len());
    let moved_rows: Vec<_> = moved.into_iter().take(SHOWN).map(|moved| moved_row(tenant, moved)).collect();
    let stopped_rows: Vec<_> = stopped.into_iter().take(SHOWN).map(|stopped| stopped_row(tenant, stopped)).collect();
    let notes: Vec<_> = notes.into_iter().map(|note| view! { <li>{note}</li> }).collect();
    view! {
        <p class="verdict-line">
            <strong>{summary}</strong>
            " "
            {stop}
        </p>
        <dl class="facts">
            <div>
                <dt>"Now"</dt>
                <dd>
                    <PostureBar posture=before />
                    <span class="faint">{posture_words(&before)}</span>
                </dd>
            </div>
            <div>
                <dt>"Then"</dt>
                <dd>
                    <PostureBar posture=after />
                    <span class="faint">{posture_words(&after)}</span>
                </dd>
            </div>
        </dl>
        {(!stopped_rows.is_empty())
            .then(|| {
                view! {
                    <h3>"Who would be stopped"</h3>
                    <ul class="changes">{stopped_rows}</ul>
                    {more(stopped_total)}
                }
            })}
        {(!moved_rows.is_empty())
            .then(|| {
                view! {
                    <h3>"Whose verdict changes"</h3>
                    <ul class="changes">{moved_rows}</ul>
                    {more(moved_total)}
                }
            })}
        <ul class="reasons faint">{notes}</ul>
    }
    .into_any()
}

fn posture_words(posture: &Posture) -> String {
    let words: Vec<String> = Verdict::ALL
        .into_iter()
        .filter(|verdict| posture.count(*verdict) > 0)
        .map(|verdict| format!("{} {}", text::number(posture.count(verdict).into()), few_words(verdict)))
        .collect();
    words.join(", ")
}

fn moved_row(tenant: TenantId, moved: Moved) -> AnyView {
    let from = moved.change.from.map(|from| format!("{} → ", from.label()));
    view! {
        <li>
            <Mark tone=tone(moved.change.to) />
            <span class="change-who">
                <a href=urls::user(tenant, moved.user)>{moved.display_name}</a>
            </span>
            <span class="change-what">
                {from} <strong>{moved.change.to.label()}</strong>
                <span class="faint">": " {moved.change.because}</span>
            </span>
        </li>
    }
    .into_any()
}

fn stopped_row(tenant: TenantId, stopped: Stopped) -> AnyView {
    view! {
        <li>
            <Mark tone=tone(Verdict::Partial) />
            <span class="change-who">
                <a href=urls::user(tenant, stopped.user)>{stopped.display_name}</a>
            </span>
            <span class="change-what">{stopped.what}</span>
        </li>
    }
    .into_any()
}

#[component]
fn Kept(
    header: ClientHeader,
    plans: Vec<KeptPlan>,
    may_keep: bool,
    plan: Memo<Vec<String>>,
    keep: ServerAction<KeepPlan>,
    delete: ServerAction<DeletePlan>,
) -> impl IntoView {
    let (tenant, now) = (header.id, header.now);
    let failed = failure(keep);
    let wrong = beside(failed, "name");
    let form = may_keep.then(|| {
        let words = move || {
            plan.get().into_iter().map(|word| view! { <input type="hidden" name="changes[]" value=word /> }).collect::<Vec<_>>()
        };
        view! {
            <ActionForm action=keep attr:class="keep-plan">
                <input type="hidden" name="tenant" value=tenant.to_string() />
                {words}
                <input type="text" name="name" aria-label="Name of the plan" placeholder="Name of the plan" maxlength="80" autocomplete="off" />
                <button class="button" disabled=move || keep.pending().get()>
                    "Keep this plan"
                </button>
            </ActionForm>
            <p class="error" role="alert">{wrong}</p>
            <FormError failure=failed fields=&["name"] />
        }
    });
    let rows: Vec<_> = plans
        .into_iter()
        .map(|kept| {
            let label = format!("Delete {}", kept.name);
            let remove = may_keep.then(|| {
                view! {
                    <ActionForm action=delete>
                        <input type="hidden" name="tenant" value=tenant.to_string() />
                        <input type="hidden" name="plan" value=kept.id.to_string() />
                        <button class="button quiet" aria-label=label>
                            "Delete"
                        </button>
                    </ActionForm>
                }
            });
            view! {
                <li>
                    <span>
                        <a href=urls::what_if(tenant, &kept.changes)>{kept.name.clone()}</a>
                        <span class="faint">" " {kept.author.clone()} ", " <Ago at=kept.kept_at now wording=Wording::Date /></span>
                    </span>
                    {remove}
                </li>
            }
        })
        .collect();
    let list = if rows.is_empty() {
        view! { <p class="faint">"None yet. The address of this page holds the plan too: send it to whoever may see the client."</p> }
            .into_any()
    } else {
        view! { <ul class="kept-plans">{rows}</ul> }.into_any()
    };
    view! {
        {form}
        {list}
    }
    .into_any()
}
