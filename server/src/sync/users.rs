//! The users, by delta: everything at first, and whenever Microsoft has forgotten the last reading; changes otherwise. Never
//! asks for a property that needs a licence.

use std::collections::{BTreeMap, BTreeSet};

use domain::facts::directory::{User, UserPatch};
use domain::ids::UserId;

use crate::graph::Query;
use crate::graph::delta::Step;
use crate::graph::wire::user::{DeltaUser, USER_SELECT};
use crate::store::Facts;
use crate::store::UsersChange;
use crate::sync::context::{Context, Reading};
use crate::sync::fault::Fault;

pub(super) async fn read(context: &Context) -> Result<Reading, Fault> {
    let reading = read_from(context, context.bookmark().await?).await?;
    if let Facts::Users(UsersChange::Delta { changed, .. }) = &reading.facts {
        // A change of a user whom nobody told us of: the last reading has lost somebody.
        let nameless: Vec<UserId> =
            changed.iter().filter(|patch| patch.user_principal_name.is_none()).map(|patch| patch.id).collect();
        if context.store.has_unknown_users(&nameless).await? {
            tracing::warn!("a change concerns a user who is not known here; all users are read again");
            return read_from(context, None).await;
        }
    }
    Ok(reading)
}

async fn read_from(context: &Context, bookmark: Option<String>) -> Result<Reading, Fault> {
    let mut delta = context.graph.delta::<DeltaUser>(Query::v1("users/delta").select(USER_SELECT), bookmark);
    let mut changed: BTreeMap<UserId, Vec<UserPatch>> = BTreeMap::new();
    let mut removed = BTreeSet::new();
    while let Some(step) = delta.next().await? {
        context.go_on()?;
        match step {
            Step::Restarted => {
                changed.clear();
                removed.clear();
            }
            Step::Page { changed: rows, removed: gone } => {
                for row in rows {
                    let patch = UserPatch::from(row);
                    // An object may come again: the last word counts, a return from the bin included.
                    removed.remove(&patch.id);
                    changed.entry(patch.id).or_default().push(patch);
                }
                for gone in gone {
                    let id = gone.id.parse().map_err(|_| Fault::surprise("a removed user whose id is none"))?;
                    changed.remove(&id);
                    removed.insert(id);
                }
            }
        }
    }
    let bookmark = delta.link().map(str::to_owned);
    if bookmark.is_none() {
        return Err(Fault::surprise("users without a link to their next changes"));
    }
    let unchanged = !delta.is_full() && changed.is_empty() && removed.is_empty();
    let change = if delta.is_full() {
        let users: Option<Vec<User>> = changed.into_values().map(whole).collect();
        let users = users.ok_or_else(|| Fault::surprise("a user without a user principal name"))?;
        if users.is_empty() {
            return Err(Fault::surprise("a tenant without a single user"));
        }
        UsersChange::Full(users)
    } else {
        let changed = changed.into_values().flatten().collect();
        UsersChange::Delta { changed, removed: removed.into_iter().collect() }
    };
    Ok(Reading { facts: Facts::Users(change), bookmark, unchanged })
}

/// One user out of everything that was told of it, in order; `None` when nothing of it says the user principal name.
fn whole(patches: Vec<UserPatch>) -> Option<User> {
    let mut user = patches.iter().find(|patch| patch.user_principal_name.is_some())?.clone().into_user()?;
    for patch in patches {
        patch.apply_to(&mut user);
    }
    Some(user)
}
