//! The per-user MFA state: by `$select` on `users`, which no document names and most tenants answer; else user by user over
//! beta, as many in a run as the budget allows, the longest unread first.

use std::collections::HashMap;

use domain::facts::registration::PerUserMfa;
use domain::ids::UserId;

use crate::graph::Query;
use crate::graph::wire::registration::{StrongAuthenticationRequirements, UserMfaState};
use crate::store::Facts;
use crate::sync::context::{Context, Reading};
use crate::sync::fault::Fault;

/// Users asked one by one in a run: 20 to an exchange, one resource unit each.
const MOST_SINGLE: usize = 400;
const PAGE: u32 = 999;

pub(super) async fn read(context: &Context) -> Result<Reading, Fault> {
    if let Some(states) = all_at_once(context).await? {
        return Ok(Facts::PerUserMfa(states.into_iter().collect()).into());
    }
    one_by_one(context).await
}

/// `None`: this tenant does not answer the property.
async fn all_at_once(context: &Context) -> Result<Option<HashMap<UserId, PerUserMfa>>, Fault> {
    let query = Query::v1("users").select(&["id", "perUserMfaState"]).top(PAGE).cost(2);
    let mut pages = context.graph.pages::<UserMfaState>(query);
    let mut states = HashMap::new();
    loop {
        let page = match pages.next().await {
            Ok(Some(page)) => page,
            Ok(None) => return Ok((!states.is_empty()).then_some(states)),
            Err(error) if matches!(error.status(), Some(400 | 501)) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        context.go_on()?;
        states.extend(page.rows.iter().filter_map(|user| Some((UserId(user.id), user.state()?))));
    }
}

async fn one_by_one(context: &Context) -> Result<Reading, Fault> {
    let stored = context.store.load_facts().await?;
    let mut states = stored.tenant.per_user_mfa.value().cloned().unwrap_or_default();
    states.retain(|user, _| stored.users.iter().any(|known| known.id == *user));
    let users = in_turn(stored.users.iter().map(|user| user.id).collect(), context.bookmark().await?.as_deref());
    let mut read_any = false;
    let mut refusal = None;
    for chunk in users.chunks(20) {
        context.go_on()?;
        let queries: Vec<Query> =
            chunk.iter().map(|user| Query::beta(format!("users/{user}/authentication/requirements"))).collect();
        let answers = context.graph.batch::<StrongAuthenticationRequirements>(&queries).await?;
        for (user, answer) in chunk.iter().zip(answers) {
            match answer {
                Ok(requirements) => {
                    read_any = true;
                    states.extend(requirements.state().map(|state| (*user, state)));
                }
                // Deleted between the two readings.
                Err(error) if error.is_not_found() => {}
                Err(error) => refusal = Some(error),
            }
        }
        // Refused one, refused all: what is missing is a permission, not this user.
        if !read_any && let Some(error) = refusal.take() {
            return Err(error.into());
        }
    }
    if let Some(error) = refusal {
        return Err(error.into());
    }
    let bookmark = users.last().map(ToString::to_string);
    Ok(Reading { facts: Facts::PerUserMfa(states.into_iter().collect()), bookmark, unchanged: false })
}

/// Those whom this run asks: the ones after the last of the run before, and round again.
fn in_turn(mut users: Vec<UserId>, last: Option<&str>) -> Vec<UserId> {
    users.sort_unstable();
    let first =
        last.and_then(|last| last.parse::<UserId>().ok()).map_or(0, |last| users.partition_point(|id| *id <= last));
    users.rotate_left(first);
    users.truncate(MOST_SINGLE);
    users
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn everybody_has_a_turn_before_anybody_has_a_second() {
        let users: Vec<UserId> = (0..1000).map(|number| UserId(Uuid::from_u128(number))).collect();
        let mut bookmark: Option<String> = None;
        let mut asked = Vec::new();
        for _ in 0..5 {
            let run = in_turn(users.clone(), bookmark.as_deref());
            assert_eq!(run.len(), MOST_SINGLE);
            bookmark = run.last().map(ToString::to_string);
            asked.extend(run);
        }
        assert_eq!(asked[..1000], users[..]);
        assert_eq!(asked[1000..], users[..]);
    }

    #[test]
    fn a_small_tenant_is_asked_whole_and_a_bookmark_of_nobody_starts_over() {
        let users: Vec<UserId> = (0..3).map(|number| UserId(Uuid::from_u128(number))).collect();
        assert_eq!(in_turn(users.clone(), Some("nonsense")), users);
        assert_eq!(in_turn(users.clone(), Some(&users[2].to_string())), users);
        assert_eq!(in_turn(Vec::new(), None), []);
    }
}
