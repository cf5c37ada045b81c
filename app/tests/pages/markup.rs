//! What must be true of every page's markup.

use domain::operator::Role;

use super::outline::attribute;
use super::{every_page, get};

/// Every opening tag of that name.
fn tags<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!("<{name}");
    html.match_indices(&start)
        .filter_map(|(at, _)| html[at + 1..].find('>').map(|end| &html[at + 1..at + 1 + end]))
        .filter(|tag| tag[name.len()..].is_empty() || tag[name.len()..].starts_with(' '))
        .collect()
}

/// One pass over all pages; each rule names what breaks it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_keeps_the_rules_of_markup() {
    let mut broken = Vec::new();
    for path in every_page() {
        let (status, html) = get(Role::Admin, &path).await;
        let rules: [(&str, Vec<String>); 6] = [
            ("is found", if status.is_success() { Vec::new() } else { vec![status.to_string()] }),
            ("has no inline style and no handler", inline(&html)),
            ("has one heading, a title and a main part", frame(&html)),
            ("has captions, and scopes on headers", tables(&html)),
            ("names its fields and pictures", names(&html)),
            ("has ids once and links that lead somewhere", ids_and_links(&html)),
        ];
        broken
            .extend(rules.into_iter().filter(|(_, bad)| !bad.is_empty()).map(|(rule, bad)| (path.clone(), rule, bad)));
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

fn inline(html: &str) -> Vec<String> {
    [" style=\"", "<style", " onclick=", "javascript:"]
        .into_iter()
        .filter(|bad| html.contains(bad))
        .map(str::to_owned)
        .collect()
}

fn frame(html: &str) -> Vec<String> {
    let mut bad = Vec::new();
    if tags(html, "h1").len() != 1 {
        bad.push(format!("{} h1", tags(html, "h1").len()));
    }
    for part in [" · Tenantry</title>", "<main id=\"main\"", "href=\"#main\""] {
        if !html.contains(part) {
            bad.push(format!("no {part}"));
        }
    }
    bad
}

fn tables(html: &str) -> Vec<String> {
    let mut bad: Vec<String> =
        tags(html, "th").into_iter().filter(|tag| attribute(tag, "scope").is_none()).map(str::to_owned).collect();
    if tags(html, "table").len() != tags(html, "caption").len() {
        bad.push("a table without a caption".to_owned());
    }
    bad
}

fn names(html: &str) -> Vec<String> {
    let labelled: Vec<String> = tags(html, "label").into_iter().filter_map(|tag| attribute(tag, "for")).collect();
    let fields = tags(html, "input").into_iter().filter(|tag| {
        let kind = attribute(tag, "type").unwrap_or_default();
        let named = attribute(tag, "aria-label").is_some()
            || attribute(tag, "id").is_some_and(|id| labelled.contains(&id))
            || matches!(kind.as_str(), "hidden" | "checkbox" | "radio");
        !named
    });
    let pictures = tags(html, "svg")
        .into_iter()
        .filter(|tag| attribute(tag, "aria-label").is_none() && attribute(tag, "aria-hidden").is_none());
    fields.chain(pictures).map(str::to_owned).collect()
}

fn ids_and_links(html: &str) -> Vec<String> {
    let mut ids: Vec<&str> =
        html.match_indices(" id=\"").filter_map(|(at, start)| html[at + start.len()..].split('"').next()).collect();
    ids.sort_unstable();
    let twice = ids.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| format!("id {}", pair[0]));
    let lost = tags(html, "a").into_iter().filter(|tag| {
        let href = attribute(tag, "href").unwrap_or_default();
        !["/", "#", "https://login.example/"].into_iter().any(|start| href.starts_with(start))
    });
    twice.chain(lost.map(str::to_owned)).collect()
}
