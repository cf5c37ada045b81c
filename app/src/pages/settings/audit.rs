//! `/settings/audit`: who did what, newest first.

use leptos::prelude::*;

use crate::answer::ask;
use crate::api::Dated;
use crate::api::audit::list_audit;
use crate::components::list_controls::{Pager, SearchBox};
use crate::components::loaded::loaded;
use crate::pages::settings::SettingsCrumbs;
use crate::pages::use_list_query;
use crate::text;
use crate::ui::ago::Ago;
use crate::ui::heading::Heading;
use crate::ui::table::{FramedTable, heads};
use crate::urls::Place;

#[component]
pub fn AuditPage() -> impl IntoView {
    let query = use_list_query();
    let log = ask(
        move || query.get(),
        |query| async move {
            let log = list_audit(query.clone()).await?;
            Ok((query, log))
        },
    );
    loaded(log, |(query, Dated { answer: log, now })| {
        let (total, page, pages, page_size, shown) = (log.total, log.page, log.pages(), log.page_size, log.rows.len());
        let said = text::count(total, "entry", "entries");
        let rows: Vec<_> = log
            .rows
            .into_iter()
            .map(|row| {
                view! {
                    <tr>
                        <td>
                            <Ago at=row.at now />
                        </td>
                        <td>
                            {match row.operator {
                                Some(name) => name.into_any(),
                                None => view! { <span class="faint">"the system"</span> }.into_any(),
                            }}
                        </td>
                        <td>
                            <code>{row.action}</code>
                        </td>
                        <td class="wide-only">
                            <span class="clip">{row.tenant_name}</span>
                        </td>
                        <td class="wide-only">
                            <span class="clip" title=row.detail.clone()>
                                {row.detail.clone()}
                            </span>
                        </td>
                    </tr>
                }
            })
            .collect();
        let empty = (shown == 0).then(|| view! { <p class="empty">"Nothing matches."</p> });
        view! {
            <SettingsCrumbs here="Audit log" />
            <header class="page-head">
                <div>
                    <Heading text="Audit log" />
                    <p class="sub">{said}</p>
                </div>
                <SearchBox place=Place::Audit query=query.clone() label="Find in the log" />
            </header>
            <FramedTable
                name="Audit log"
                class="audit"
                heads=heads([("When", ""), ("Who", ""), ("What", ""), ("Client", "wide-only"), ("Detail", "wide-only")])
                rows
                after=empty.map(IntoAny::into_any)
            />
            <Pager place=Place::Audit query total page pages page_size shown order="Newest first" />
        }
    })
}
