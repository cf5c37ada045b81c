//! The keys of the vault: several versions by id, the first of them current. Read from a file or an environment variable
//! whose lines are `ID KEY`, the key being 32 bytes in base64; `#` starts a comment.

use std::fmt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::random::Random;

const KEY_BYTES: usize = 32;

/// One version of the key. Erased from memory when dropped; its debug print shows the id alone.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Key {
    id: String,
    bytes: [u8; KEY_BYTES],
}

impl Key {
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.bytes
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.id)
    }
}

/// Why the key ring cannot be used. Says which line and how to mend it, never what stands there.
#[derive(Debug, thiserror::Error)]
pub enum KeyRingError {
    #[error("the key ring is empty. Make a key with `tenantry keys generate` and put its line there")]
    Empty,
    #[error("line {line} of the key ring is not `ID KEY`. A line looks like `k20261122-4f3a BASE64-OF-32-BYTES`")]
    Line { line: usize },
    #[error("line {line} of the key ring: the key is not 32 bytes in base64. Make one with `tenantry keys generate`")]
    Key { line: usize },
    #[error("line {line} of the key ring: the id {id:?} stands there twice")]
    Twice { line: usize, id: String },
    #[error("the key ring {path:?} could not be read")]
    Read { path: String, source: std::io::Error },
}

/// All keys; the first seals, every one opens.
#[derive(Debug)]
pub struct KeyRing {
    keys: Vec<Key>,
}

impl KeyRing {
    /// A comma ends an entry as a newline does, so that an environment variable can hold several.
    pub fn parse(text: &str) -> Result<Self, KeyRingError> {
        let mut keys: Vec<Key> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line_number = index + 1;
            let without_comment = line.split('#').next().unwrap_or_default();
            for entry in without_comment.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
                let key = parse_line(entry, line_number)?;
                if keys.iter().any(|other| other.id == key.id) {
                    return Err(KeyRingError::Twice { line: line_number, id: key.id.clone() });
                }
                keys.push(key);
            }
        }
        if keys.is_empty() { Err(KeyRingError::Empty) } else { Ok(Self { keys }) }
    }

    pub fn read(path: &Path) -> Result<Self, KeyRingError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| KeyRingError::Read { path: path.display().to_string(), source })?;
        Self::parse(&Zeroizing::new(text))
    }

    /// A new line for the ring: id and key.
    pub fn generate_line(id: &str, random: &Random) -> String {
        let bytes = Zeroizing::new(random.bytes::<KEY_BYTES>());
        format!("{id} {}", STANDARD.encode(*bytes))
    }

    /// An id that says when the key was made and differs from others of that day.
    pub fn new_id(now: DateTime<Utc>, random: &Random) -> String {
        format!("k{}-{:04x}", now.format("%Y%m%d"), u16::from_le_bytes(random.bytes()))
    }

    /// The key that seals.
    #[expect(clippy::indexing_slicing, reason = "a ring is never empty: `parse` refuses it")]
    pub fn current(&self) -> &Key {
        &self.keys[0]
    }

    pub fn get(&self, id: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.id == id)
    }

    /// Ids, the current one first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(Key::id)
    }
}

fn parse_line(line: &str, line_number: usize) -> Result<Key, KeyRingError> {
    let mut words = line.split_whitespace();
    let (Some(id), Some(encoded), None) = (words.next(), words.next(), words.next()) else {
        return Err(KeyRingError::Line { line: line_number });
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if id.len() > 40 || !id.chars().all(plain) {
        return Err(KeyRingError::Line { line: line_number });
    }
    let decoded = Zeroizing::new(STANDARD.decode(encoded).map_err(|_| KeyRingError::Key { line: line_number })?);
    let bytes = decoded.as_slice().try_into().map_err(|_| KeyRingError::Key { line: line_number })?;
    Ok(Key { id: id.to_owned(), bytes })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]
mod tests {
    use super::*;

    fn line(id: &str) -> String {
        KeyRing::generate_line(id, &Random::from_system())
    }

    #[test]
    fn the_first_key_is_current_and_comments_and_commas_are_understood() {
        let text = format!("# made today, by hand\n\n{} # new, current\n{}", line("k2"), line("k1"));
        let ring = KeyRing::parse(&text).unwrap();
        assert_eq!(ring.current().id(), "k2");
        assert_eq!(ring.ids().collect::<Vec<_>>(), ["k2", "k1"]);
        assert_eq!(KeyRing::parse(&format!("{},{}", line("a"), line("b"))).unwrap().ids().count(), 2);
    }

    #[test]
    fn every_mistake_is_named_by_line_and_never_quoted() {
        let cases = [
            (String::new(), "empty"),
            (String::from("# nothing"), "empty"),
            (String::from("k1"), "line 1"),
            (String::from("k1 c2hvcnQ="), "32 bytes"),
            (String::from("k1 !!!CANARY!!!"), "32 bytes"),
            (String::from("k1 a b"), "not `ID KEY`"),
            (format!("{}\n{}", line("k1"), line("k1")), "twice"),
        ];
        for (text, expected) in cases {
            let error = KeyRing::parse(&text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
            assert!(!error.contains("CANARY"), "{error}");
        }
    }

    #[test]
    fn generated_ids_are_accepted_by_the_parser() {
        let random = Random::from_system();
        let id = KeyRing::new_id(DateTime::from_timestamp(1_795_000_000, 0).unwrap(), &random);
        assert!(KeyRing::parse(&KeyRing::generate_line(&id, &random)).is_ok(), "{id}");
    }
}
