//! The one thing that is read out of an X.509 certificate: when it ends (RFC 5280, section 4.1.2.5). Pure.

use chrono::{DateTime, NaiveDateTime, Utc};

const SEQUENCE: u8 = 0x30;
const EXPLICIT_VERSION: u8 = 0xA0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// `notAfter` of a DER certificate; `None` when it is not one.
pub fn not_after(der: &[u8]) -> Option<DateTime<Utc>> {
    let (certificate, _) = expect(der, SEQUENCE)?;
    let (mut fields, _) = expect(certificate, SEQUENCE)?;
    if fields.first() == Some(&EXPLICIT_VERSION) {
        (_, _, fields) = element(fields)?;
    }
    // serialNumber, signature, issuer
    for _ in 0..3 {
        (_, _, fields) = element(fields)?;
    }
    let (validity, _) = expect(fields, SEQUENCE)?;
    let (_, _, end) = element(validity)?;
    let (tag, text, _) = element(end)?;
    time(tag, std::str::from_utf8(text).ok()?)
}

fn time(tag: u8, text: &str) -> Option<DateTime<Utc>> {
    let full = match tag {
        // Two digits of the year: from 50 on the last century's.
        UTC_TIME => format!("{}{text}", if text.get(..2)?.parse::<u8>().ok()? >= 50 { "19" } else { "20" }),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    NaiveDateTime::parse_from_str(&full, "%Y%m%d%H%M%SZ").ok().map(|time| time.and_utc())
}

fn expect(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, content, rest) = element(bytes)?;
    (found == tag).then_some((content, rest))
}

/// Tag, content, and what follows.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let digits = usize::from(first & 0x7F);
        if digits == 0 || digits > 4 || rest.len() < digits {
            return None;
        }
        let (digits, rest) = rest.split_at(digits);
        (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
    };
    (rest.len() >= length).then(|| (tag, &rest[..length], &rest[length..]))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]
mod tests {
    use super::*;

    fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
        let mut bytes = vec![tag];
        if content.len() < 0x80 {
            bytes.push(u8::try_from(content.len()).unwrap());
        } else {
            bytes.extend([
                0x82,
                u8::try_from(content.len() >> 8).unwrap(),
                u8::try_from(content.len() & 0xFF).unwrap(),
            ]);
        }
        bytes.extend_from_slice(content);
        bytes
    }

    fn certificate(tag: u8, end: &str, with_version: bool) -> Vec<u8> {
        let validity = [tlv(UTC_TIME, b"240101000000Z"), tlv(tag, end.as_bytes())].concat();
        let mut fields = if with_version { tlv(EXPLICIT_VERSION, &tlv(2, &[2])) } else { Vec::new() };
        fields.extend(
            [tlv(2, &[1; 16]), tlv(SEQUENCE, &[5, 0]), tlv(SEQUENCE, &[0; 200]), tlv(SEQUENCE, &validity)].concat(),
        );
        tlv(SEQUENCE, &tlv(SEQUENCE, &fields))
    }

    #[test]
    fn both_forms_of_time_are_read() {
        let end = |tag, text| not_after(&certificate(tag, text, true)).map(|time| time.to_rfc3339());
        assert_eq!(end(UTC_TIME, "270331235959Z").unwrap(), "2027-03-31T23:59:59+00:00");
        assert_eq!(end(UTC_TIME, "991231235959Z").unwrap(), "1999-12-31T23:59:59+00:00");
        assert_eq!(end(GENERALIZED_TIME, "20510101000000Z").unwrap(), "2051-01-01T00:00:00+00:00");
        assert!(not_after(&certificate(UTC_TIME, "270331235959Z", false)).is_some());
    }

    #[test]
    fn whatever_is_cut_or_is_no_certificate_has_no_end() {
        let whole = certificate(UTC_TIME, "270331235959Z", true);
        for length in 0..whole.len() {
            assert_eq!(not_after(&whole[..length]), None, "{length}");
        }
        assert_eq!(not_after(b"\x30\x84\xff\xff\xff\xff"), None);
        assert_eq!(not_after(&certificate(4, "270331235959Z", true)), None);
    }
}
