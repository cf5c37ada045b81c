//! `serviceProvisioningXmlError.errorDetail`: XML whose form is not documented. Its readable text is taken where it is found;
//! what is not understood stays readable and never fails.

/// Longer than any sentence a service says.
const LONGEST: usize = 400;

/// What a service said: its code (may be empty) and a sentence (may be empty).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    pub code: String,
    pub message: String,
}

/// Reads the code and the description wherever they stand. Without a description all text between the tags counts, and what
/// is no XML is taken as it is.
pub fn read(detail: &str) -> Detail {
    let (mut code, mut descriptions, mut everything) = (String::new(), Vec::new(), Vec::new());
    for (element, text) in texts(detail) {
        let text = tidy(&unescaped(text));
        if text.is_empty() {
            continue;
        }
        match local_name(element).to_ascii_lowercase().as_str() {
            "errorcode" if code.is_empty() => code.clone_from(&text),
            "errorcode" => {}
            "errordescription" if !descriptions.contains(&text) => descriptions.push(text.clone()),
            "errordescription" => {}
            _ => everything.push(text.clone()),
        }
    }
    let said = if descriptions.is_empty() { everything } else { descriptions };
    Detail { code: shortened(&code, 60), message: shortened(&said.join(" "), LONGEST) }
}

/// Every piece of text with the name of the tag before it; empty outside of all tags.
fn texts(mut rest: &str) -> Vec<(&str, &str)> {
    let (mut found, mut element) = (Vec::new(), "");
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix("<![CDATA[") {
            let (text, after) = inside.split_once("]]>").unwrap_or((inside, ""));
            found.push((element, text));
            rest = after;
        } else if let Some(inside) = rest.strip_prefix('<') {
            let Some((tag, after)) = inside.split_once('>') else {
                // No tag after all.
                found.push((element, rest));
                break;
            };
            element = if tag.starts_with(['/', '?', '!']) || tag.ends_with('/') {
                ""
            } else {
                tag.split_whitespace().next().unwrap_or_default()
            };
            rest = after;
        } else {
            let end = rest.find('<').unwrap_or(rest.len());
            let (text, after) = rest.split_at(end);
            found.push((element, text));
            rest = after;
        }
    }
    found
}

/// Without the prefix of a namespace.
fn local_name(element: &str) -> &str {
    element.rsplit(':').next().unwrap_or(element)
}

fn unescaped(text: &str) -> String {
    // The ampersand last, or what it hides would be read twice.
    let plain = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#39;", "'"), ("&amp;", "&")];
    plain.iter().fold(text.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}

/// On one line.
fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn shortened(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::as_known(
        "<ServiceInstance><ObjectErrors><ErrorRecord><ErrorCode>ExB0A4D9</ErrorCode><ErrorDescription>The proxy address\n  \"SMTP:ana@norte.example\" is &lt;used&gt; &amp;amp; taken.</ErrorDescription></ErrorRecord></ObjectErrors></ServiceInstance>",
        "ExB0A4D9",
        "The proxy address \"SMTP:ana@norte.example\" is <used> &amp; taken."
    )]
    #[case::prefixes_attributes_and_cdata(
        "<?xml version=\"1.0\"?><e:errorRecord xmlns:e=\"urn:x\"><e:errorCode a='1'>X1</e:errorCode><e:errorDescription><![CDATA[No <licence> left.]]></e:errorDescription></e:errorRecord>",
        "X1",
        "No <licence> left."
    )]
    #[case::two_records_say_it_once(
        "<r><ErrorCode>A</ErrorCode><ErrorDescription>One.</ErrorDescription><ErrorCode>B</ErrorCode><ErrorDescription>One.</ErrorDescription><ErrorDescription>Two.</ErrorDescription></r>",
        "A",
        "One. Two."
    )]
    #[case::another_form("<Fault><Reason>Mailbox is gone</Reason><Hint>ask</Hint></Fault>", "", "Mailbox is gone ask")]
    #[case::a_code_alone("<r><ErrorCode>Z9</ErrorCode></r>", "Z9", "")]
    #[case::no_xml("Something went wrong: 5 < 6", "", "Something went wrong: 5 < 6")]
    #[case::cut_off("<r><ErrorDescription>The proxy addr", "", "The proxy addr")]
    #[case::nothing("", "", "")]
    #[case::tags_alone("<r><s/></r>", "", "")]
    fn what_a_service_said_is_read_in_whatever_form(#[case] detail: &str, #[case] code: &str, #[case] message: &str) {
        assert_eq!(read(detail), Detail { code: code.into(), message: message.into() });
    }

    #[test]
    fn a_flood_is_cut_between_letters() {
        let flood = format!("<ErrorDescription>{}</ErrorDescription>", "ä".repeat(5_000));
        assert_eq!(read(&flood).message.chars().count(), LONGEST + 1);
    }
}
