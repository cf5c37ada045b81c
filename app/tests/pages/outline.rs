//! What a page says, without its markup: headings, text, links with their targets, names of pictures and fields. Snapshots of
//! it change when the words or the order change, and not when a class does.

/// The outline of `<main>`, one line a block.
pub fn outline(html: &str) -> String {
    let start = html.find("<main").unwrap_or(0);
    let end = html.find("</main>").unwrap_or(html.len());
    let mut lines = vec![String::new()];
    let mut rest = &html[start..end];
    let mut link: Option<String> = None;
    while let Some(open) = rest.find('<') {
        push(&mut lines, &unescape(&rest[..open]));
        rest = &rest[open..];
        // Markers for hydration; they may hold a `>`.
        if rest.starts_with("<!--") {
            rest = rest.find("-->").map_or("", |end| &rest[end + 3..]);
            continue;
        }
        let Some(close) = rest.find('>') else { break };
        let tag = &rest[1..close];
        rest = &rest[close + 1..];
        let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        let closing = tag.starts_with('/');
        match (name.as_str(), closing) {
            ("script" | "title", false) => {
                let end = format!("</{name}>");
                rest = rest.find(&end).map_or("", |at| &rest[at + end.len()..]);
            }
            ("h1", false) => line(&mut lines, "# "),
            ("h2", false) => line(&mut lines, "## "),
            ("h3", false) => line(&mut lines, "### "),
            ("li", false) => line(&mut lines, "- "),
            ("tr", false) => line(&mut lines, "| "),
            ("td" | "th", true) => push(&mut lines, " | "),
            (
                "p" | "div" | "section" | "header" | "nav" | "ul" | "ol" | "dl" | "table" | "form" | "fieldset"
                | "label" | "details" | "summary" | "dt" | "h1" | "h2" | "h3",
                _,
            ) => line(&mut lines, ""),
            ("dd", false) => push(&mut lines, ": "),
            ("a", false) => {
                push(&mut lines, "[");
                link = attribute(tag, "href");
            }
            ("a", true) => {
                let target = link.take().unwrap_or_default();
                push(&mut lines, &format!("]({target})"));
            }
            ("svg", false) => {
                if let Some(label) = attribute(tag, "aria-label") {
                    push(&mut lines, &format!("{{{label}}} "));
                }
            }
            ("button", false) => push(&mut lines, " <"),
            ("button", true) => push(&mut lines, "> "),
            ("input", false) if attribute(tag, "type").as_deref() != Some("hidden") => {
                let name = attribute(tag, "aria-label").or_else(|| attribute(tag, "name")).unwrap_or_default();
                push(&mut lines, &format!(" <{name}> "));
            }
            _ => {}
        }
    }
    let lines: Vec<String> = lines
        .iter()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect();
    lines.join("\n")
}

fn line(lines: &mut Vec<String>, start: &str) {
    lines.push(start.to_owned());
}

fn push(lines: &mut [String], text: &str) {
    if let Some(last) = lines.last_mut() {
        last.push_str(text);
    }
}

/// The value of an attribute of a tag.
pub fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let end = tag[start..].find('"')?;
    Some(unescape(&tag[start..start + end]))
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#x27;", "'").replace("&amp;", "&")
}
