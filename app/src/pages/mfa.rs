//! `/tenants/{id}/mfa`: every account with its verdict and the reason.

use leptos::prelude::*;

use crate::answer::ask;
use crate::api::tenants::list_mfa;
use crate::components::list_controls::Column;
use crate::components::loaded::loaded;
use crate::components::refresh::watch;
use crate::components::user_table as table;
use crate::pages::users::UsersView;
use crate::pages::{use_list_query, use_tenant};
use crate::urls::TenantList;

pub const COLUMNS: [Column; 11] = [
    table::VERDICT,
    table::BECAUSE,
    table::METHODS,
    table::SINCE,
    table::LAST_SIGN_IN,
    table::ROLES.extra(),
    table::KIND.extra(),
    table::ADDRESS.extra(),
    table::LICENCES.extra(),
    table::CREATED.extra(),
    table::SYNCED.extra(),
];

#[component]
pub fn MfaPage() -> impl IntoView {
    let (tenant, query) = (use_tenant(), use_list_query());
    let users = ask(
        move || (tenant.get(), query.get()),
        |(tenant, query)| async move {
            let users = list_mfa(tenant?, query.clone()).await?;
            Ok((query, users))
        },
    );
    let watch = watch(tenant, users);
    loaded(users, move |(query, users)| {
        view! { <UsersView list=TenantList::Mfa columns=&COLUMNS query users watch /> }
    })
}
