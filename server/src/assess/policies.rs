//! Conditional Access policies, in one file or one file each.

use std::fs;
use std::path::PathBuf;

use domain::facts::policy::{Conditions, Grant, GrantOperator, Policy, PolicyState};
use domain::known::UnknownCause;
use domain::mfa::Fact;
use serde_json::{Map, Value};

use super::document::{Broken, Document};
use super::folder::Reader;
use crate::graph::wire::policy::conditional_access::ConditionalAccessPolicy;

const DATASET: &str = "conditionalAccessPolicies";

/// A policy that cannot be read is kept as one that nobody understands: it may stop anybody, and counts for nothing.
pub(super) fn read(reader: &mut Reader<'_>) -> Fact<Vec<Policy>> {
    let folder = files(reader);
    if folder.is_none() || reader.folder.join(format!("{DATASET}.json")).exists() {
        return whole(reader, folder.unwrap_or_default());
    }
    one_by_one(reader, folder.unwrap_or_default(), Vec::new(), None)
}

fn files(reader: &Reader<'_>) -> Option<Vec<PathBuf>> {
    let entries = fs::read_dir(reader.folder.join(DATASET)).ok()?;
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json")))
        .collect();
    paths.sort();
    Some(paths)
}

fn whole(reader: &mut Reader<'_>, others: Vec<PathBuf>) -> Fact<Vec<Policy>> {
    let document = match reader.open(DATASET, "json") {
        Ok(document) => document,
        Err(cause) => return Fact::Unknown(cause),
    };
    let (items, broken) = document.readable_items::<Map<String, Value>>();
    let nothing_read = items.is_empty() && !broken.is_empty();
    let mut policies: Vec<Policy> =
        items.into_iter().enumerate().map(|(index, item)| policy(item, &format!("policy {}", index + 1))).collect();
    for (index, Broken(cause)) in broken.into_iter().enumerate() {
        policies.push(unread(format!("{DATASET}.json ({})", index + 1), cause.clone()));
        reader.miss(DATASET, cause);
    }
    if nothing_read {
        return Fact::Unknown(UnknownCause::Failed);
    }
    one_by_one(reader, others, policies, Some(document.read_at))
}

fn one_by_one(
    reader: &mut Reader<'_>,
    paths: Vec<PathBuf>,
    mut policies: Vec<Policy>,
    mut read_at: Option<chrono::DateTime<chrono::Utc>>,
) -> Fact<Vec<Policy>> {
    for path in paths {
        let read = match Document::open(&path) {
            None => continue,
            Some(Err(broken)) => Err(broken),
            Some(Ok(document)) => {
                read_at = read_at.max(Some(document.read_at));
                document.items::<Map<String, Value>>()
            }
        };
        reader.find();
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        match read {
            Ok(items) => policies.extend(items.into_iter().map(|item| policy(item, &name))),
            Err(Broken(cause)) => {
                policies.push(unread(name, cause.clone()));
                reader.miss(DATASET, format!("{DATASET}/{cause}"));
            }
        }
    }
    let mut seen = std::collections::HashSet::new();
    policies.retain(|policy| seen.insert(policy.id.clone()));
    match read_at {
        Some(read_at) => Fact::known(policies, read_at),
        None => {
            reader.miss(DATASET, format!("the folder {DATASET} holds no policy that can be read"));
            Fact::Unknown(UnknownCause::NotYetRead)
        }
    }
}

/// A template that was never a tenant's has no id: it is called by its file.
fn policy(mut item: Map<String, Value>, name: &str) -> Policy {
    let id = item.get("id").and_then(Value::as_str).unwrap_or_default();
    if id.is_empty() {
        item.insert("id".to_owned(), Value::String(name.to_owned()));
    }
    match serde_json::from_value::<ConditionalAccessPolicy>(Value::Object(item)) {
        Ok(policy) => policy.into(),
        Err(error) => unread(name.to_owned(), error.to_string()),
    }
}

fn unread(name: String, cause: String) -> Policy {
    Policy {
        id: name.clone(),
        display_name: name,
        state: PolicyState::NotUnderstood,
        conditions: Conditions {
            client_app_types: vec!["all".to_owned()],
            include_applications: vec!["All".to_owned()],
            include_users: vec!["All".to_owned()],
            ..Conditions::default()
        },
        grant: Some(Grant {
            operator: GrantOperator::Or,
            built_in_controls: vec!["mfa".to_owned()],
            custom_authentication_factors: Vec::new(),
            terms_of_use: Vec::new(),
            authentication_strength: None,
        }),
        has_session_controls: false,
        modified_at: None,
        not_understood: vec![cause],
    }
}
