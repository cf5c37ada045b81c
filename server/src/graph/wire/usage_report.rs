//! The CSV of `getEmailAppUsageUserDetail`: a byte-order mark, columns found by name, and names that may be concealed.

use chrono::NaiveDate;
use domain::facts::sign_in::MailAppUsage;

use super::Surprise;

/// Reads the report. Rows of deleted accounts are left out.
pub fn read(csv: &[u8]) -> Result<Vec<MailAppUsage>, Surprise> {
    let csv = csv.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(csv);
    let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(csv);
    let headers = reader.headers().map_err(|_| surprise("a usage report that is not CSV"))?.clone();
    let column = |name: &str| {
        headers
            .iter()
            .position(|header| header.trim().eq_ignore_ascii_case(name))
            .ok_or_else(|| Surprise(format!("a usage report without the column \u{201c}{name}\u{201d}")))
    };
    let refreshed = column("Report Refresh Date")?;
    let name = column("User Principal Name")?;
    let deleted = column("Is Deleted")?;
    let activity = column("Last Activity Date")?;
    let (pop, imap, smtp) = (column("POP3 App")?, column("IMAP4 App")?, column("SMTP App")?);
    let period = column("Report Period")?;

    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|_| surprise("a usage report that breaks off or is not CSV"))?;
        let field = |column: usize| record.get(column).unwrap_or_default().trim();
        if field(deleted).eq_ignore_ascii_case("true") {
            continue;
        }
        rows.push(MailAppUsage {
            user_principal_name: field(name).to_lowercase(),
            // A concealed name is a hash; a user principal name always has an @.
            concealed: !field(name).contains('@'),
            last_activity: date(field(activity))?,
            pop3: count(field(pop))?,
            imap4: count(field(imap))?,
            smtp: count(field(smtp))?,
            refreshed: date(field(refreshed))?,
            period_days: field(period)
                .parse()
                .map_err(|_| surprise("a usage report with a period that is no number"))?,
        });
    }
    Ok(rows)
}

fn surprise(what: &str) -> Surprise {
    Surprise(what.to_owned())
}

fn date(text: &str) -> Result<Option<NaiveDate>, Surprise> {
    if text.is_empty() {
        return Ok(None);
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .map(Some)
        .map_err(|_| surprise("a usage report with a date that is none"))
}

/// A number; some reports say yes and no instead.
fn count(text: &str) -> Result<u32, Surprise> {
    match text.to_ascii_lowercase().as_str() {
        "" | "no" | "false" => Ok(0),
        "yes" | "true" => Ok(1),
        number => number.parse().map_err(|_| surprise("a usage report with a count that is no number")),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const HEADER: &str = "Report Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted Date,Last Activity Date,Mail For Mac,Outlook For Mac,Outlook For Windows,Outlook For Mobile,Other For Mobile,Outlook For Web,POP3 App,IMAP4 App,SMTP App,Report Period";

    fn report(rows: &str) -> Vec<u8> {
        format!("\u{feff}{HEADER}\r\n{rows}").into_bytes()
    }

    #[test]
    fn a_report_with_a_byte_order_mark_is_read() {
        let rows = read(&report(
            "2026-11-18,Scan@norte.example,\"Scanner, 2nd floor\",False,,2026-11-17,,,,,,3,,,14,30\r\n\
             2026-11-18,gone@norte.example,Gone,True,2026-11-01,,,,,,,,5,,,30\r\n\
             2026-11-18,old@norte.example,Old,False,,,,,,,,,Yes,2,,30\r\n",
        ))
        .unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(
            (rows[0].user_principal_name.as_str(), rows[0].smtp, rows[0].concealed),
            ("scan@norte.example", 14, false)
        );
        assert_eq!((rows[1].pop3, rows[1].imap4, rows[1].last_activity, rows[1].period_days), (1, 2, None, 30));
    }

    #[test]
    fn a_hash_for_a_name_is_concealed() {
        let rows =
            read(&report("2026-11-18,A5C1E4F09B7D4A3E8F6C2B1D0E9F8A7B,8F6C,False,,,,,,,,,1,0,0,30\r\n")).unwrap();
        assert!(rows[0].concealed);
    }

    #[test]
    fn an_empty_report_has_no_rows() {
        assert_eq!(read(&report("")).unwrap(), []);
    }

    #[test]
    fn what_is_no_report_is_a_surprise() {
        for (csv, part) in [
            (b"<html><body>Sign in</body></html>".to_vec(), "column"),
            (b"".to_vec(), "column"),
            (report("2026-11-18,a@norte.example,A,False"), "breaks off"),
            (report("2026-11-18,a@norte.example,A,False,,,,,,,,,many,0,0,30\r\n"), "count"),
            (report("18/11/26,a@norte.example,A,False,,,,,,,,,1,0,0,30\r\n"), "date"),
        ] {
            let error = read(&csv).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
