//! The per-user MFA state: by `$select` on `users`, which no document names and most tenants answer; else user by user over
//! beta, as many in a run as the budget and Microsoft allow, the longest unread first.

use std::collections::HashMap;

use chrono::TimeDelta;
use domain::dataset::BudgetClass;
use domain::facts::registration::PerUserMfa;
use domain::ids::UserId;

use crate::graph::Query;
use crate::graph::wire::registration::{StrongAuthenticationRequirements, UserMfaState};
use crate::store::Facts;
use crate::sync::context::{Context, Reading};
use crate::sync::fault::Fault;

/// Users asked one by one in a run, one resource unit each.
const MOST_SINGLE: usize = 400;
/// Users still asked in a run that Microsoft has throttled: four minutes of the reports' limit.
const MOST_THROTTLED: usize = 100;
const UNTIL_USERS_ARE_READ: TimeDelta = TimeDelta::minutes(2);
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
    if stored.users_read.is_err() {
        return Err(Fault::Deferred(UNTIL_USERS_ARE_READ));
    }
    let mut states = stored.tenant.per_user_mfa.value().cloned().unwrap_or_default();
    states.retain(|user, _| stored.users.iter().any(|known| known.id == *user));
    let bookmark = context.bookmark().await?;
    let users = in_turn(stored.users.iter().map(|user| user.id).collect(), bookmark.as_deref());
    let mut rest = &users[..];
    let mut class = BudgetClass::Directory;
    let mut last_read = None;
    let mut read_any = false;
    let mut refusal = None;
    while !rest.is_empty() {
        context.go_on()?;
        let (chunk, later) = rest.split_at(rest.len().min(exchange_of(class)));
        let requirements =
            |user: &UserId| Query::beta(format!("users/{user}/authentication/requirements")).class(class);
        let queries: Vec<Query> = chunk.iter().map(requirements).collect();
        let answers = context.graph.batch::<StrongAuthenticationRequirements>(&queries).await?;
        let mut throttled = None;
        for (place, (user, answer)) in chunk.iter().zip(answers).enumerate() {
            match answer {
                Ok(requirements) => {
                    read_any = true;
                    states.extend(requirements.state().map(|state| (*user, state)));
                }
                // Deleted between the two readings.
                Err(error) if error.is_not_found() => {}
                Err(error) if error.status() == Some(429) => {
                    throttled.get_or_insert((place, error));
                }
                Err(error) => refusal = Some(error),
            }
        }
        // Refused one, refused all: what is missing is a permission, not this user.
        if !read_any && let Some(error) = refusal.take() {
            return Err(error.into());
        }
        let Some((place, error)) = throttled else {
            last_read = chunk.last();
            rest = later;
            continue;
        };
        last_read = place.checked_sub(1).map(|place| &chunk[place]).or(last_read);
        let even_slowly = class == BudgetClass::Reports && place == 0;
        if even_slowly && !read_any {
            return Err(error.into());
        }
        if even_slowly {
            break;
        }
        rest = &rest[place..];
        if class == BudgetClass::Directory {
            rest = &rest[..rest.len().min(MOST_THROTTLED)];
            class = BudgetClass::Reports;
        }
    }
    if let Some(error) = refusal {
        return Err(error.into());
    }
    let bookmark = last_read.map(ToString::to_string).or(bookmark);
    Ok(Reading { facts: Facts::PerUserMfa(states.into_iter().collect()), bookmark, unchanged: false })
}

/// No document names the limit of these questions. They are asked as the directory until Microsoft throttles them, then as
/// its authentication methods, whose limit is that of the reports: never more at once than that lets through.
fn exchange_of(class: BudgetClass) -> usize {
    if class == BudgetClass::Reports { 5 } else { 20 }
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
