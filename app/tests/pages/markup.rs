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

#[tokio::test]
async fn no_page_bears_an_inline_style_or_handler() {
    for path in every_page() {
        let (_, html) = get(Role::Admin, &path).await;
        assert!(!html.contains(" style=\""), "{path} has a style attribute, which the policy forbids");
        assert!(!html.contains(" onclick="), "{path} has an inline handler");
        assert!(tags(&html, "style").is_empty(), "{path} has a style element");
    }
}

#[tokio::test]
async fn every_page_has_one_heading_and_a_title() {
    for path in every_page() {
        let (status, html) = get(Role::Admin, &path).await;
        assert!(status.is_success(), "{path}: {status}");
        assert_eq!(tags(&html, "h1").len(), 1, "{path}");
        assert!(html.contains(" · Tenantry</title>"), "{path} has no title of its own");
        assert!(html.contains("<main id=\"main\""), "{path}");
    }
}

#[tokio::test]
async fn tables_have_a_caption_and_their_headers_a_scope() {
    for path in every_page() {
        let (_, html) = get(Role::Admin, &path).await;
        assert_eq!(tags(&html, "table").len(), tags(&html, "caption").len(), "{path}");
        for tag in tags(&html, "th") {
            assert!(attribute(tag, "scope").is_some(), "{path}: <{tag}>");
        }
    }
}

#[tokio::test]
async fn fields_and_pictures_have_names() {
    for path in every_page() {
        let (_, html) = get(Role::Admin, &path).await;
        let labelled: Vec<String> = tags(&html, "label").into_iter().filter_map(|tag| attribute(tag, "for")).collect();
        for tag in tags(&html, "input") {
            let kind = attribute(tag, "type").unwrap_or_default();
            let named = attribute(tag, "aria-label").is_some()
                || attribute(tag, "id").is_some_and(|id| labelled.contains(&id))
                || matches!(kind.as_str(), "hidden" | "checkbox" | "radio");
            assert!(named, "{path}: <{tag}>");
        }
        for tag in tags(&html, "svg") {
            let named = attribute(tag, "aria-label").is_some() || attribute(tag, "aria-hidden").is_some();
            assert!(named, "{path}: <{tag}>");
        }
    }
}

#[tokio::test]
async fn ids_are_unique() {
    for path in every_page() {
        let (_, html) = get(Role::Admin, &path).await;
        let mut ids: Vec<&str> =
            html.match_indices(" id=\"").filter_map(|(at, start)| html[at + start.len()..].split('"').next()).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "{path}");
    }
}

#[tokio::test]
async fn links_lead_somewhere_known() {
    for path in every_page() {
        let (_, html) = get(Role::Admin, &path).await;
        for tag in tags(&html, "a") {
            let href = attribute(tag, "href").unwrap_or_default();
            let here = href.starts_with('/') || href.starts_with('#') || href.starts_with("https://login.example/");
            assert!(here, "{path}: <{tag}>");
        }
    }
}
