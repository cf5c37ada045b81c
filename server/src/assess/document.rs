//! One exported file: its text in whatever encoding, and its items with the line and column of what is wrong in them.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// A file that was there.
pub(super) struct Document {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) read_at: DateTime<Utc>,
}

/// Why a file counts for nothing, as a clause that begins with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Broken(pub(super) String);

/// `{"value": […]}`, with the sign that there is more of it.
#[derive(Deserialize)]
struct Collection<'a> {
    #[serde(borrow)]
    value: Vec<&'a RawValue>,
    #[serde(rename = "@odata.nextLink")]
    next_link: Option<String>,
}

impl Document {
    /// `None`: there is no such file.
    pub(super) fn open(path: &Path) -> Option<Result<Self, Broken>> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if !path.is_file() {
            return None;
        }
        Some(Self::read(path, name))
    }

    fn read(path: &Path, name: String) -> Result<Self, Broken> {
        let bytes = fs::read(path).map_err(|error| Broken(format!("{name} cannot be read: {error}")))?;
        let changed = fs::metadata(path).and_then(|metadata| metadata.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
        let text = decode(&bytes).ok_or_else(|| Broken(format!("{name} is neither UTF-8 nor UTF-16 text")))?;
        Ok(Self { name, text, read_at: changed.into() })
    }

    /// The items of a Graph collection, of a bare array, or the one object that the file is. Every one that cannot be read is
    /// told; a collection that says that it goes on elsewhere is not the whole.
    pub(super) fn items<T: DeserializeOwned>(&self) -> Result<Vec<T>, Broken> {
        let (items, broken) = self.readable_items();
        match broken.into_iter().next() {
            None => Ok(items),
            Some(broken) => Err(broken),
        }
    }

    /// What can be read, and what is wrong with the rest.
    pub(super) fn readable_items<T: DeserializeOwned>(&self) -> (Vec<T>, Vec<Broken>) {
        let raw = match self.raw_items() {
            Ok(raw) => raw,
            Err(broken) => return (Vec::new(), vec![broken]),
        };
        let (mut items, mut broken) = (Vec::with_capacity(raw.items.len()), Vec::new());
        for item in raw.items {
            match serde_json::from_str(item.get()) {
                Ok(item) => items.push(item),
                Err(error) => broken.push(self.broken_at(item, &error)),
            }
        }
        if raw.goes_on {
            broken.push(Broken(format!("{} is one page of more: its @odata.nextLink was not followed", self.name)));
        }
        (items, broken)
    }

    /// The one object that the file is, or the only item of its collection.
    pub(super) fn object<T: DeserializeOwned>(&self) -> Result<T, Broken> {
        let mut items = self.items()?;
        match (items.pop(), items.is_empty()) {
            (Some(item), true) => Ok(item),
            (Some(_), false) => Err(Broken(format!("{} holds more than the one object that it should", self.name))),
            (None, _) => Err(Broken(format!("{} is empty", self.name))),
        }
    }

    fn raw_items(&self) -> Result<RawItems<'_>, Broken> {
        let whole: &RawValue = serde_json::from_str(&self.text).map_err(|error| self.broken(&error))?;
        let begins_with = |c| whole.get().starts_with(c);
        if begins_with('[') {
            let items = serde_json::from_str(whole.get()).map_err(|error| self.broken_at(whole, &error))?;
            return Ok(RawItems { items, goes_on: false });
        }
        if !begins_with('{') {
            return Err(Broken(format!("{} is neither an object nor an array", self.name)));
        }
        match serde_json::from_str::<Collection<'_>>(whole.get()) {
            Ok(collection) => Ok(RawItems { items: collection.value, goes_on: collection.next_link.is_some() }),
            // An object of its own.
            Err(_) => Ok(RawItems { items: vec![whole], goes_on: false }),
        }
    }

    fn broken(&self, error: &serde_json::Error) -> Broken {
        Broken(format!("{}, line {}, column {}: {}", self.name, error.line(), error.column(), what(error)))
    }

    /// `part` lies in the text: its own lines are counted on from where it begins.
    fn broken_at(&self, part: &RawValue, error: &serde_json::Error) -> Broken {
        let before = &self.text[..part.get().as_ptr() as usize - self.text.as_ptr() as usize];
        let lines = before.matches('\n').count();
        let column = match error.line() {
            1 => before.len() - before.rfind('\n').map_or(0, |newline| newline + 1) + error.column(),
            _ => error.column(),
        };
        Broken(format!("{}, line {}, column {column}: {}", self.name, lines + error.line().max(1), what(error)))
    }
}

struct RawItems<'a> {
    items: Vec<&'a RawValue>,
    goes_on: bool,
}

/// serde's sentence without the place, which is told before it.
fn what(error: &serde_json::Error) -> String {
    let whole = error.to_string();
    match whole.rfind(" at line ") {
        Some(place) => whole[..place].to_owned(),
        None => whole,
    }
}

/// UTF-8 or UTF-16 of either order, with a byte-order mark or without: JSON and CSV begin with an ASCII character.
fn decode(bytes: &[u8]) -> Option<String> {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let (pairs, rest) = bytes.as_chunks::<2>();
        rest.is_empty().then(|| String::from_utf16(&pairs.iter().copied().map(unit).collect::<Vec<_>>()).ok()).flatten()
    };
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8(rest.to_vec()).ok(),
        [0xFF, 0xFE, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0, second, ..] if *second != 0 => wide(bytes, u16::from_be_bytes),
        [first, 0, ..] if *first != 0 => wide(bytes, u16::from_le_bytes),
        _ => String::from_utf8(bytes.to_vec()).ok(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use rstest::rstest;

    use super::*;

    fn document(text: &str) -> Document {
        Document { name: "x.json".into(), text: text.into(), read_at: DateTime::UNIX_EPOCH }
    }

    fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    #[rstest]
    #[case::plain(b"[\"\xC3\xA9\"]".to_vec())]
    #[case::marked(b"\xEF\xBB\xBF[\"\xC3\xA9\"]".to_vec())]
    #[case::little_endian(utf16("\u{FEFF}[\"é\"]", u16::to_le_bytes))]
    #[case::big_endian(utf16("\u{FEFF}[\"é\"]", u16::to_be_bytes))]
    #[case::little_endian_unmarked(utf16("[\"é\"]", u16::to_le_bytes))]
    #[case::big_endian_unmarked(utf16("[\"é\"]", u16::to_be_bytes))]
    fn every_encoding_is_read(#[case] bytes: Vec<u8>) {
        assert_eq!(decode(&bytes).unwrap(), "[\"é\"]");
    }

    #[test]
    fn what_is_no_text_is_said() {
        assert_eq!(decode(b"\xFF\xFE[\0\""), None);
        assert_eq!(decode(b"\xC3("), None);
    }

    #[rstest]
    #[case(r#"{"@odata.context":"x","value":[1,2]}"#, &[1, 2])]
    #[case("[1,2]", &[1, 2])]
    #[case(r#"{"value":[]}"#, &[])]
    fn both_forms_of_a_list_are_read(#[case] text: &str, #[case] expected: &[i32]) {
        assert_eq!(document(text).items::<i32>().unwrap(), expected);
    }

    #[test]
    fn a_page_of_more_is_not_the_whole() {
        let document = document(r#"{"value":[1],"@odata.nextLink":"https://graph.example/next"}"#);
        let (items, broken) = document.readable_items::<i32>();
        assert_eq!((items, broken.len()), (vec![1], 1));
        assert!(document.items::<i32>().is_err());
    }

    #[rstest]
    #[case("[\n  1,\n  }", "x.json, line 3, column 3: expected value")]
    #[case("[\n  1,\n  true\n]", "x.json, line 3, column 6: invalid type: boolean `true`, expected i32")]
    #[case("", "x.json, line 1, column 0: EOF while parsing a value")]
    #[case("7", "x.json is neither an object nor an array")]
    fn a_mistake_is_told_with_its_place(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(document(text).items::<i32>(), Err(Broken(expected.into())));
    }
}
