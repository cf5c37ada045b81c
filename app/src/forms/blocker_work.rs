//! Says where the work on a blocker stands.

use chrono::{DateTime, NaiveDate, Utc};
use domain::blocker::{BlockerRow, BlockerWork, WorkState};
use domain::ids::TenantId;
use leptos::form::ActionForm;
use leptos::prelude::*;

use crate::api::tenants::SetBlockerWork;
use crate::components::blocker::WorkWord;
use crate::forms::{FormError, beside, failure};
use crate::text;
use crate::ui::ago::{Ago, Wording};
use crate::ui::field::TextField;

/// What was said last, and the form to say something else for who may.
#[component]
pub fn WorkCard(
    tenant: TenantId,
    row: BlockerRow,
    may: bool,
    action: ServerAction<SetBlockerWork>,
    now: DateTime<Utc>,
) -> impl IntoView {
    let told = match row.work.clone() {
        None => view! { <p class="faint">"Nobody has taken it up yet."</p> }.into_any(),
        Some(work) => view! { <Told work now /> }.into_any(),
    };
    view! {
        {told}
        {may.then(|| view! { <WorkForm tenant row action /> })}
    }
    .into_any()
}

#[component]
fn Told(work: BlockerWork, now: DateTime<Utc>) -> impl IntoView {
    let until = work.accepted_until.map(|until| format!(" until {}", text::day(until)));
    let owner = if work.owner.is_empty() { "nobody".to_owned() } else { work.owner.clone() };
    let due = work.due.map(|due| format!(", due {}", text::day(due))).unwrap_or_default();
    let reopened = work.reopened.clone().map(|because| view! { <p class="serious">"Open again: " {because}</p> });
    let notes: Vec<_> = work.notes.lines().map(|line| view! { <p>{line.to_owned()}</p> }).collect();
    view! {
        <p>
            <WorkWord work=Some(work.clone()) now />
            {until}
            {format!(" · {owner}{due} ")}
            <span class="faint">"(" {work.author.clone()} ", " <Ago at=work.changed_at now wording=Wording::Date /> ")"</span>
        </p>
        {reopened}
        {notes}
    }
    .into_any()
}

#[component]
fn WorkForm(tenant: TenantId, row: BlockerRow, action: ServerAction<SetBlockerWork>) -> impl IntoView {
    let refused = failure(action);
    let now_in = row.state();
    let states = WorkState::ALL
        .map(|state| view! { <option value=state.name() selected=state == now_in>{state.label()}</option> });
    let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let said = |work: &BlockerWork| (work.owner.clone(), day(work.due), day(work.accepted_until), work.notes.clone());
    let (owner, due, until, notes) = row.work.as_ref().map(said).unwrap_or_default();
    let notes_problem = beside(refused, "notes");
    view! {
        <ActionForm action attr:class="form">
            <input type="hidden" name="tenant" value=tenant.to_string() />
            <input type="hidden" name="blocker" value=format!("{}:{}", row.protocol.name(), row.principal) />
            <div class="field">
                <label for="work-state">"The work is"</label>
                <select id="work-state" name="state">
                    {states}
                </select>
            </div>
            <TextField name="owner" label="Owner" value=owner error=beside(refused, "owner") />
            <TextField
                name="due"
                label="Due"
                kind="date"
                value=due
                error=beside(refused, "due")
            />
            <TextField
                name="accepted_until"
                label="Accepted until"
                kind="date"
                hint="Of an exception alone, with its reason in the notes."
                value=until
                error=beside(refused, "accepted_until")
            />
            <div class="field">
                <label for="work-notes">"Notes"</label>
                <textarea id="work-notes" name="notes" rows="4" aria-describedby="work-notes-error">
                    {notes}
                </textarea>
                <p class="error" id="work-notes-error" role="alert">
                    {move || notes_problem.get()}
                </p>
            </div>
            <FormError failure=refused fields=&["owner", "due", "accepted_until", "notes"] />
            <p>
                <button class="button" disabled=move || action.pending().get()>
                    "Save"
                </button>
            </p>
        </ActionForm>
    }
}
