//! Registration details, sign-ins and the usage report.

use chrono::TimeDelta;
use reqwest::StatusCode;
use simulator::world::Kind;

use crate::reader::{self, Reader};

#[tokio::test]
async fn registration_details_agree_with_each_users_methods() {
    let reader = Reader::new().await;
    let tenant = reader.tenant(Kind::CaExcludedGroup).await;
    let token = reader.token(tenant).await;
    let path = "/v1.0/reports/authenticationMethods/userRegistrationDetails?$top=20";
    let (rows, pages) = reader.all(&token, path).await;
    assert!(pages > 1 || rows.len() <= 20);
    let registered = rows.iter().find(|row| row["isMfaRegistered"] == true).unwrap();
    let methods = format!("/v1.0/users/{}/authentication/methods", registered["id"].as_str().unwrap());
    let listed = reader.ask(&token, &methods, &[]).await;
    assert_eq!(listed.rows().len(), registered["methodsRegistered"].as_array().unwrap().len() + 1, "{}", listed.text);
    let chosen = format!("{path}&$filter=isMfaCapable eq false");
    let (missing, _) = reader.all(&token, &chosen).await;
    assert_eq!(missing.len(), rows.iter().filter(|row| row["isMfaCapable"] == false).count());
    assert!(rows.iter().any(|row| row["isAdmin"] == true));
}

#[tokio::test]
async fn printers_show_in_betas_log_and_people_in_v1s() {
    let reader = Reader::new().await;
    let tenant = reader.tenant(Kind::SmtpPrinters).await;
    let token = reader.token(tenant).await;
    let printers = "/beta/auditLogs/signIns?$filter=signInEventTypes/any(t: t eq 'nonInteractiveUser') \
                    and clientAppUsed eq 'Authenticated SMTP' and status/errorCode eq 0";
    let (legacy, _) = reader.all(&token, printers).await;
    assert!(!legacy.is_empty());
    assert!(legacy.iter().all(|row| row["authenticationRequirement"] == "singleFactorAuthentication"));
    let (people, _) = reader.all(&token, "/v1.0/auditLogs/signIns?$top=10").await;
    assert!(people.iter().all(|row| row["isInteractive"] == true && row.get("authenticationRequirement").is_none()));
    let times: Vec<_> = people.iter().map(|row| row["createdDateTime"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|newer, older| newer >= older), "newest first");
    let refused = reader.ask(&token, "/v1.0/auditLogs/signIns?$filter=startsWith(clientAppUsed,'Auth')", &[]).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::BAD_REQUEST, "Request_UnsupportedQuery"));
}

#[tokio::test]
async fn old_phones_are_in_the_log_by_window() {
    let reader = Reader::new().await;
    let now = reader.simulator.clock().now();
    let (from, to) = (now - TimeDelta::days(30), now);
    let instant = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let path = format!(
        "/beta/auditLogs/signIns?$filter=createdDateTime ge {} and createdDateTime lt {} and clientAppUsed eq \
         'Exchange ActiveSync' and (signInEventTypes/any(t:t eq 'interactiveUser') or \
         signInEventTypes/any(t:t eq 'nonInteractiveUser'))",
        instant(from),
        instant(to)
    );
    let phones = reader.get_at(Kind::OldPhones, &path).await;
    assert!(!phones.rows().is_empty(), "{}", phones.text);
}

#[tokio::test]
async fn the_usage_report_is_a_csv_behind_a_link_that_dies() {
    let reader = Reader::new().await;
    let path = "/v1.0/reports/getEmailAppUsageUserDetail(period='D30')";
    let redirect = reader.get_at(Kind::PopClients, path).await;
    assert_eq!(redirect.status, StatusCode::FOUND);
    let link = redirect.headers["location"].to_str().unwrap().to_owned();
    let csv = reader::answer(reader.http.get(&link)).await;
    assert!(csv.text.starts_with("\u{feff}Report Refresh Date,User Principal Name"));
    assert!(
        csv.text.lines().skip(1).any(|line| line.split(',').nth(12) == Some("Yes")),
        "no POP client:\n{}",
        csv.text
    );
    assert!(csv.text.contains('@'), "names are told");
    reader.simulator.clock().advance(TimeDelta::minutes(6));
    assert_eq!(reader::answer(reader.http.get(&link)).await.status, StatusCode::FORBIDDEN);
    let wrong = reader.get_at(Kind::PopClients, "/v1.0/reports/getEmailAppUsageUserDetail(period='D8')").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn names_are_hidden_where_the_tenant_wants_it() {
    let reader = Reader::new().await;
    let settings = reader.get_at(Kind::GuestsPending, "/v1.0/admin/reportSettings").await;
    assert_eq!(settings.body["displayConcealedNames"], true);
    let redirect = reader.get_at(Kind::GuestsPending, "/v1.0/reports/getEmailAppUsageUserDetail(period='D7')").await;
    let csv = reader::answer(reader.http.get(redirect.headers["location"].to_str().unwrap())).await;
    assert!(csv.text.lines().count() > 1 && !csv.text.contains('@'));
}
