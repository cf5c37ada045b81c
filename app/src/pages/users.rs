//! `/tenants/{id}/users`: every account.

use domain::client::UserList;
use domain::known::UnknownCause;
use domain::list::ListQuery;
use domain::user::{MethodsKind, UserNarrowing};
use leptos::prelude::*;
use uuid::Uuid;

use crate::answer::ask;
use crate::api::tenants::list_users;
use crate::components::client_header::{ClientPlace, ClientTop};
use crate::components::dataset::FreshnessNote;
use crate::components::list_controls::{
    Column, ColumnChooser, ExportLink, FilterChips, Pager, SearchBox, chosen, narrow_control,
};
use crate::components::loaded::loaded;
use crate::components::refresh::{Watch, watch};
use crate::components::user_table as table;
use crate::components::user_table::UserTable;
use crate::pages::{use_list_query, use_tenant};
use crate::text::capitalised;
use crate::urls::{Place, TenantList};

pub const COLUMNS: [Column; 12] = [
    table::FINDINGS,
    table::KIND,
    table::ROLES.extra(),
    table::VERDICT,
    table::LAST_SIGN_IN,
    table::LICENCES,
    table::CREATED,
    table::ADDRESS.extra(),
    table::SYNCED.extra(),
    table::METHODS.extra(),
    table::BECAUSE.extra(),
    table::SINCE.extra(),
];

#[component]
pub fn UsersPage() -> impl IntoView {
    let (tenant, query) = (use_tenant(), use_list_query());
    let users = ask(
        move || (tenant.get(), query.get()),
        |(tenant, query)| async move {
            let users = list_users(tenant?, query.clone()).await?;
            Ok((query, users))
        },
    );
    let watch = watch(tenant, users);
    loaded(users, move |(query, users)| {
        view! { <UsersView list=TenantList::Users columns=&COLUMNS query users watch /> }
    })
}

/// Shared with the MFA list, which has other columns, chips and another order.
#[component]
pub fn UsersView(
    list: TenantList,
    columns: &'static [Column],
    query: ListQuery,
    users: UserList,
    watch: Watch,
) -> impl IntoView {
    let UserList { header, statuses, chips, roles, users } = users;
    let (tenant, now) = (header.id, header.now);
    let place = Place::Tenant(tenant, list);
    let (total, page, pages, page_size, shown) =
        (users.total, users.page, users.pages(), users.page_size, users.rows.len());
    let caption = format!("{} of {}", list.label(), header.name);
    let empty = (shown == 0).then(|| {
        let narrowed = !query.q.is_empty() || !query.filter.is_empty() || !query.narrow.is_empty();
        view! {
            <div class="empty">
                {if narrowed {
                    view! {
                        <p>"No account matches."</p>
                        <p>
                            <a class="button" href=place.path()>
                                "Show all accounts"
                            </a>
                        </p>
                    }
                        .into_any()
                } else {
                    view! { <p>"No accounts have been read yet."</p> }.into_any()
                }}
            </div>
        }
    });
    let order = if list == TenantList::Mfa { "Worst first" } else { "What to look at first" };
    view! {
        <ClientTop header place=ClientPlace::List(list) watch />
        <div class="controls">
            <FilterChips place query=query.clone() chips total=None />
            <div class="controls-right">
                <SearchBox place query=query.clone() label="Find an account" narrow=Some(narrow_control(&query, "Everybody", narrowings(roles))) />
                <ColumnChooser place query=query.clone() columns />
                <ExportLink place query=query.clone() />
            </div>
        </div>
        <FreshnessNote statuses now />
        <UserTable place query=query.clone() tenant columns=chosen(columns, &query) rows=users.rows now caption />
        {empty}
        <Pager place query total page pages page_size shown order />
    }
    .into_any()
}

/// Roles that somebody holds, kinds of methods, and causes of "unknown".
fn narrowings(roles: Vec<(Uuid, String)>) -> Vec<(&'static str, Vec<(String, String)>)> {
    let roles = roles.into_iter().map(|(id, name)| (UserNarrowing::Role(id).name(), name));
    let methods = MethodsKind::ALL.map(|kind| (UserNarrowing::Methods(kind).name(), kind.label().to_owned()));
    let causes = UnknownCause::ALL.map(|cause| (UserNarrowing::Cause(cause).name(), capitalised(cause.label())));
    vec![("Role", roles.collect()), ("Methods", methods.to_vec()), ("Unknown because", causes.to_vec())]
}
