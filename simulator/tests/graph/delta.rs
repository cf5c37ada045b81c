//! `/users/delta`: a first round, changes, removals, tokens that die.

use chrono::TimeDelta;
use reqwest::StatusCode;
use serde_json::{Value, json};
use simulator::world::Kind;
use uuid::Uuid;

use crate::reader::{Answer, Reader};

struct Round {
    rows: Vec<Value>,
    link: String,
}

async fn round(reader: &Reader, tenant: Uuid, from: &str) -> Round {
    let (mut rows, mut next) = (Vec::new(), from.to_owned());
    loop {
        let page: Answer = reader.get(tenant, &next).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        rows.extend(page.rows().iter().cloned());
        match (page.body["@odata.nextLink"].as_str(), page.body["@odata.deltaLink"].as_str()) {
            (Some(link), None) => next = link.into(),
            (None, Some(link)) => return Round { rows, link: link.into() },
            _ => panic!("one link is expected: {}", page.text),
        }
    }
}

const START: &str = "/v1.0/users/delta?$select=displayName,accountEnabled";

#[tokio::test]
async fn changes_and_removals_are_told_once() {
    let reader = Reader::with(simulator::Options { users_per_tenant: 500, ..simulator::Options::default() }).await;
    let tenant = reader.tenant(Kind::SecurityDefaults).await;
    let first = round(&reader, tenant, START).await;
    let count = reader.look(|world| world.tenants[&tenant].directory.user_count()).await;
    assert!(count > 200, "more than one page is needed, {count} users");
    assert_eq!(first.rows.len(), count);

    let nothing = round(&reader, tenant, &first.link).await;
    assert!(nothing.rows.is_empty());

    let ids: Vec<Uuid> =
        reader.look(|world| world.tenants[&tenant].directory.users().map(|user| user.id).take(4).collect()).await;
    let now = reader.simulator.clock().now();
    reader
        .change(|world| {
            let directory = &mut world.tenants.get_mut(&tenant).unwrap().directory;
            directory.update_user(ids[0], |user| user.account_enabled = !user.account_enabled);
            directory.update_user(ids[1], |user| user.activity.last_sign_in = Some(now));
            directory.delete_user(ids[2], now, false);
            directory.delete_user(ids[3], now, true);
        })
        .await;
    let second = round(&reader, tenant, &nothing.link).await;
    assert_eq!(second.rows.len(), 3, "sign-in activity is not tracked: {:?}", second.rows);
    let row = |id: Uuid| second.rows.iter().find(|row| row["id"] == id.to_string()).unwrap();
    assert!(row(ids[0])["accountEnabled"].is_boolean());
    assert!(row(ids[0]).get("displayName").is_none(), "what did not change is left out");
    assert_eq!(row(ids[2])["@removed"], json!({"reason": "changed"}));
    assert_eq!(row(ids[3])["@removed"], json!({"reason": "deleted"}));
    assert!(round(&reader, tenant, &second.link).await.rows.is_empty());
}

#[tokio::test]
async fn a_token_older_than_seven_days_sends_back_to_the_start() {
    let reader = Reader::new().await;
    let tenant = reader.tenant(Kind::SecurityDefaults).await;
    let first = round(&reader, tenant, START).await;
    reader.simulator.clock().advance(TimeDelta::days(6));
    assert!(round(&reader, tenant, &first.link).await.rows.is_empty());
    reader.simulator.clock().advance(TimeDelta::days(2));
    let gone = reader.get(tenant, &first.link).await;
    assert_eq!(gone.status, StatusCode::GONE);
    let restart = gone.headers["location"].to_str().unwrap();
    assert!(!round(&reader, tenant, restart).await.rows.is_empty());
}

#[tokio::test]
async fn latest_starts_from_now_and_strangers_tokens_are_unknown() {
    let reader = Reader::new().await;
    let (mine, other) = (reader.tenant(Kind::SecurityDefaults).await, reader.tenant(Kind::NoP1).await);
    let latest = round(&reader, mine, &format!("{START}&$deltatoken=latest")).await;
    assert!(latest.rows.is_empty());
    let stolen = reader.get(other, &latest.link).await;
    assert_eq!((stolen.status, stolen.code()), (StatusCode::BAD_REQUEST, "syncStateNotFound"));
    let top = reader.get(mine, &format!("{START}&$top=5")).await;
    assert_eq!(top.status, StatusCode::BAD_REQUEST);
}
