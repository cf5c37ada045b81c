//! `$batch`: each request for itself.

use reqwest::StatusCode;
use serde_json::{Value, json};
use simulator::world::Kind;

use crate::reader::Reader;

fn response<'a>(body: &'a Value, id: &str) -> &'a Value {
    body["responses"].as_array().unwrap().iter().find(|response| response["id"] == id).unwrap()
}

#[tokio::test]
async fn requests_are_answered_each_for_itself_and_dependents_fail_with_theirs() {
    let reader = Reader::new().await;
    let token = reader.token(reader.tenant(Kind::NoP1).await).await;
    let batch = json!({"requests": [
        {"id": "1", "method": "GET", "url": "/users?$top=1&$select=id"},
        {"id": "2", "method": "GET", "url": "/auditLogs/signIns"},
        {"id": "3", "method": "GET", "url": "/organization", "dependsOn": ["2"]},
        {"id": "4", "method": "GET", "url": "/domains", "dependsOn": ["1"]}
    ]});
    let answer = reader.post(&token, "/v1.0/$batch", &batch).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(response(&answer.body, "1")["body"]["value"].as_array().unwrap().len(), 1);
    assert_eq!(response(&answer.body, "2")["status"], 403);
    assert_eq!(response(&answer.body, "3")["status"], 424);
    assert_eq!(response(&answer.body, "4")["status"], 200);
}

#[tokio::test]
async fn a_batch_has_limits() {
    let reader = Reader::new().await;
    let token = reader.token(reader.tenant(Kind::NoP1).await).await;
    let item = |id: usize| json!({"id": id.to_string(), "method": "GET", "url": "/organization"});
    let many: Vec<_> = (0..21).map(item).collect();
    for requests in [json!(many), json!([item(1), item(1)]), json!([])] {
        let refused = reader.post(&token, "/v1.0/$batch", &json!({"requests": requests})).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{requests}");
    }
    let nonsense = reader.post(&token, "/v1.0/$batch", &json!("nonsense")).await;
    assert_eq!(nonsense.status, StatusCode::BAD_REQUEST);
}
