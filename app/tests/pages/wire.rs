//! Answers arrive as they were sent. Postcard has no names: a type that skips a field would read as something else, and pages
//! would not hydrate.

use std::fmt::Debug;

use app::write_sync;
use codee::binary::PostcardCodec;
use codee::{Decoder, Encoder};
use domain::list::{ListQuery, Page};
use domain::operator::Role;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{HOME, fake};

fn survives<T: Serialize + DeserializeOwned + PartialEq + Debug>(sent: &T) {
    let bytes = <PostcardCodec as Encoder<T>>::encode(sent).unwrap();
    assert_eq!(&<PostcardCodec as Decoder<T>>::decode(&bytes).unwrap(), sent);
}

#[tokio::test]
async fn every_answer_arrives_as_it_was_sent() {
    let caller = fake::signed_in(Role::Admin, HOME).0.unwrap();
    let backend = fake::backend();
    let query = ListQuery { page: 2, sort: "name".to_owned(), ..ListQuery::default() };
    let empty = Page { rows: Vec::new(), total: 0, page: 1, page_size: 50 };
    survives(&query);
    survives(&backend.fleet.list(&caller, &ListQuery::default()).await.unwrap());
    survives(&backend.fleet.list_troubles(&caller).await.unwrap());
    survives(&backend.fleet.list_blockers(&caller, &query).await.unwrap());
    survives(&backend.fleet.search(&caller, "a").await.unwrap());
    for index in [2, 3, 5, 8, 11, 14] {
        let (tenant, tenants) = (fake::tenant_id(index), &backend.tenants);
        survives(&tenants.get(&caller, tenant).await.unwrap());
        survives(&tenants.list_users(&caller, tenant, &query).await.unwrap());
        survives(&tenants.list_mfa(&caller, tenant, &query).await.unwrap());
        survives(&tenants.list_blockers(&caller, tenant, &query).await.unwrap());
        for row in
            tenants.list_blockers(&caller, tenant, &query).await.unwrap().blockers.known().unwrap_or(&empty).rows.iter()
        {
            survives(&tenants.get_blocker(&caller, tenant, &row.principal, row.protocol).await.unwrap());
        }
        survives(&tenants.get_evidence(&caller, tenant).await.unwrap());
        survives(&write_sync(tenants.get_sync(&caller, tenant).await.unwrap(), true));
        survives(&tenants.get_review(&caller, tenant).await.unwrap());
        survives(&tenants.get_plans(&caller, tenant).await.unwrap());
    }
    for index in 0..6 {
        survives(&backend.tenants.get_user(&caller, fake::tenant_id(HOME), fake::user_id(index)).await.unwrap());
    }
    survives(&backend.connections.list(&caller).await.unwrap());
    survives(&backend.connections.get_partner(&caller).await.unwrap());
    survives(&backend.operators.list(&caller).await.unwrap());
    survives(&backend.audit.list(&caller, &query).await.unwrap());
    survives(&backend.alerts.get(&caller).await.unwrap());
    survives(&backend.keys.list(&caller).await.unwrap());
    survives(&app::error::Error::Busy { retry_after_seconds: 7 });
}

#[tokio::test]
async fn a_name_is_text_in_what_the_server_writes() {
    let caller = fake::signed_in(Role::Admin, HOME).0.unwrap();
    let mut view = fake::backend().tenants.get_sync(&caller, fake::tenant_id(2)).await.unwrap();
    view.reports[0].note = String::from("<img src=x onerror=alert(1)>");
    view.reports[0].rows[0].cells[0] = String::from("</td><script>alert(1)</script>");
    let written = write_sync(view, true).body;
    assert!(!written.contains("<script") && !written.contains("<img"), "{written}");
    assert!(written.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{written}");
}
