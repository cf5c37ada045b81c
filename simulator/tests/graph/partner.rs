//! What the partner sees of its clients, and what technicians may read there.

use chrono::TimeDelta;
use reqwest::StatusCode;
use serde_json::Value;
use simulator::world::Kind;

use crate::reader::Reader;

#[tokio::test]
async fn relationships_are_listed_in_the_partners_tenant_alone() {
    let reader = Reader::new().await;
    let path = "/v1.0/tenantRelationships/delegatedAdminRelationships";
    let all = reader.get(reader.partner(), path).await;
    let (gdap_only, ending) = (reader.tenant(Kind::GdapOnly).await, reader.tenant(Kind::GdapEnding).await);
    let row = |id: uuid::Uuid| {
        all.rows().iter().find(|row| row["customer"]["tenantId"] == id.to_string()).cloned().unwrap_or(Value::Null)
    };
    assert_eq!(row(gdap_only)["status"], "active");
    let ends_at = chrono::DateTime::parse_from_rfc3339(row(ending)["endDateTime"].as_str().unwrap()).unwrap();
    assert!((ends_at.to_utc() - reader.simulator.clock().now()).num_days() < 14);
    assert_eq!(reader.get_at(Kind::CaComplete, path).await.rows().len(), 0);

    reader.simulator.clock().advance(TimeDelta::days(30));
    let later = reader.get(reader.partner(), path).await;
    let expired = later.rows().iter().find(|row| row["customer"]["tenantId"] == ending.to_string()).unwrap();
    assert_eq!(expired["status"], "expired");
}

#[tokio::test]
async fn access_is_assigned_to_the_agents_group() {
    let reader = Reader::new().await;
    let base = "/v1.0/tenantRelationships/delegatedAdminRelationships";
    let all = reader.get(reader.partner(), base).await;
    let id = all.rows()[0]["id"].as_str().unwrap();
    let assigned = reader.get(reader.partner(), &format!("{base}/{id}/accessAssignments")).await;
    assert_eq!(assigned.rows()[0]["status"], "active");
    let group = assigned.rows()[0]["accessContainer"]["accessContainerId"].as_str().unwrap();
    let members = reader.get(reader.partner(), &format!("/v1.0/groups/{group}/members")).await;
    assert_eq!(members.rows().len(), 3);
}

#[tokio::test]
async fn tenants_are_found_by_id_and_by_domain_before_any_consent() {
    let reader = Reader::new().await;
    let (id, domain, name) = reader
        .look(|world| {
            let tenant = world.tenants_of(Kind::GdapOnly).next().unwrap();
            (tenant.id, tenant.default_domain.clone(), tenant.display_name.clone())
        })
        .await;
    let base = "/v1.0/tenantRelationships/findTenantInformationBy";
    for path in [format!("{base}TenantId(tenantId='{id}')"), format!("{base}DomainName(domainName='{domain}')")] {
        let found = reader.get(reader.partner(), &path).await;
        assert_eq!(
            (&found.body["tenantId"], &found.body["displayName"]),
            (&Value::from(id.to_string()), &Value::from(name.as_str()))
        );
    }
    let nobody = reader.get(reader.partner(), &format!("{base}DomainName(domainName='nowhere.example')")).await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
}
