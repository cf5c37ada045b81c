//! A report for people: `--format table`, and one user at length.

use std::fmt::{self, Display, Formatter, Write as _};

use domain::verdict::{Enrolment, Verdict};

use super::report::{PolicyReport, Report, TriedReport, UserReport};

/// Columns: verdict, account, the first reason.
const VERDICT_WIDTH: usize = 20;
const MOST_NAME_WIDTH: usize = 44;

/// The whole report, for a terminal. Names come from outside: control characters are shown as spaces.
pub struct Table<'a>(pub &'a Report);

/// Everything about one user.
pub struct Explained<'a>(pub &'a UserReport);

impl Display for Table<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Report { tenant, users, policies, totals, legacy_clients, missing, tried } = self.0;
        let name = tenant.display_name.as_deref().unwrap_or("A tenant without organization.json");
        let details: Vec<&str> = tenant.default_domain.as_deref().into_iter().chain(tenant.entra_licence).collect();
        let brackets = if details.is_empty() { String::new() } else { format!(" ({})", details.join(", ")) };
        writeln!(f, "{}{}", plain(name), plain(&brackets))?;
        let counted: Vec<String> = Verdict::ALL
            .iter()
            .filter_map(|verdict| Some((verdict, totals.get(verdict.name()).copied().filter(|count| *count > 0)?)))
            .map(|(verdict, count)| format!("{count} {}", verdict.label().to_lowercase()))
            .collect();
        let accounts = if users.len() == 1 { "account" } else { "accounts" };
        writeln!(f, "{} {accounts}{}{}", users.len(), if counted.is_empty() { "" } else { ": " }, counted.join(", "))?;

        heading(f, "Accounts")?;
        let width = users.iter().map(|user| user.user_principal_name.chars().count()).max().unwrap_or(0);
        let width = width.min(MOST_NAME_WIDTH);
        for user in users {
            let name = plain(&user.user_principal_name);
            let reason = user.reasons.first().map(|reason| plain(&reason.text)).unwrap_or_default();
            writeln!(f, "{:VERDICT_WIDTH$} {name:width$}  {reason}", user.verdict.label())?;
        }
        if !policies.is_empty() {
            heading(f, "Conditional Access policies")?;
            policies.iter().try_for_each(|policy| write_policy(f, policy))?;
        }
        if let Some(legacy) = legacy_clients
            && !legacy.is_empty()
        {
            heading(f, "Legacy clients")?;
            for row in legacy {
                let name = plain(&row.user_principal_name);
                writeln!(f, "{:VERDICT_WIDTH$} {name:width$}  {} sign-ins", row.protocol, row.successes)?;
            }
        }
        if let Some(tried) = tried {
            write_tried(f, tried)?;
        }
        if !missing.is_empty() {
            heading(f, "Missing")?;
            for missing in missing {
                writeln!(f, "{}: {}.", missing.dataset, plain(&missing.cause))?;
            }
        }
        Ok(())
    }
}

fn write_tried(f: &mut Formatter<'_>, tried: &TriedReport) -> fmt::Result {
    heading(f, "If this were changed")?;
    tried.changes.iter().try_for_each(|change| writeln!(f, "{}", plain(change)))?;
    writeln!(
        f,
        "{} accounts would change their verdict, {} would be stopped.",
        tried.moved.len(),
        tried.stopped.len()
    )?;
    for moved in &tried.moved {
        let from = moved.from.map(|from| format!("{} -> ", from.label())).unwrap_or_default();
        writeln!(f, "    {}: {from}{}", plain(&moved.user_principal_name), moved.to.label())?;
    }
    for stopped in &tried.stopped {
        writeln!(f, "    {}: {}", plain(&stopped.display_name), plain(&stopped.what))?;
    }
    tried.notes.iter().try_for_each(|note| writeln!(f, "{}", plain(note)))
}

fn heading(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    writeln!(f, "\n{text}\n{}", "-".repeat(text.len()))
}

fn write_policy(f: &mut Formatter<'_>, policy: &PolicyReport) -> fmt::Result {
    let state = match policy.state {
        "enabled" => "on",
        "disabled" => "off",
        "enabledForReportingButNotEnforced" => "report-only",
        _ => "state not understood",
    };
    writeln!(f, "{} [{state}]", plain(&policy.display_name))?;
    writeln!(f, "    {}", plain(&policy.effect))?;
    let verb = if policy.state == "enabled" { "covers" } else { "names" };
    write!(f, "    {}: it {verb} {} accounts", plain(&policy.names), policy.covers)?;
    if policy.may_cover > 0 {
        write!(f, " and perhaps {} more", policy.may_cover)?;
    }
    writeln!(f, ".")?;
    for left_out in &policy.leaves_out {
        writeln!(f, "    Leaves out {} accounts: {}.", left_out.users.len(), plain(&left_out.through))?;
    }
    policy.uncertain.iter().try_for_each(|doubt| writeln!(f, "    Not certain: {}", plain(doubt)))
}

impl Display for Explained<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let user = self.0;
        writeln!(f, "{} <{}>", plain(&user.display_name), plain(&user.user_principal_name))?;
        write!(f, "{}", user.verdict.label())?;
        if let Some(cause) = user.unknown_cause {
            write!(f, " ({})", cause.label())?;
        }
        writeln!(f)?;
        let list = |f: &mut Formatter<'_>, title: &str, lines: &[&str]| {
            if lines.is_empty() {
                return Ok(());
            }
            writeln!(f, "\n{title}")?;
            lines.iter().try_for_each(|line| writeln!(f, "  - {}", plain(line)))
        };
        list(f, "Why", &user.reasons.iter().map(|reason| &*reason.text).collect::<Vec<_>>())?;
        list(
            f,
            "The password alone gets in",
            &user.holes.iter().map(|hole| hole.summary.as_str()).collect::<Vec<_>>(),
        )?;
        let lesser: Vec<_> = user.lesser_holes.iter().map(|hole| hole.summary.as_str()).collect();
        list(f, "The password alone gets in for insiders", &lesser)?;
        list(f, "Not certain", &user.uncertain.iter().map(String::as_str).collect::<Vec<_>>())?;
        let registration = match user.registration {
            Enrolment::Registered if user.phishing_resistant => "a phishing-resistant method is registered",
            Enrolment::Registered => "a usable method is registered",
            Enrolment::NotRegistered => "nothing usable is registered",
            Enrolment::External => "the federated identity provider does MFA",
            Enrolment::Unknown => "what is registered is not known",
        };
        writeln!(f, "\nRegistration: {registration}.")
    }
}

/// Without what could move a terminal's cursor.
fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        // Writing to a string cannot fail.
        let _written = shown.write_char(if c.is_control() { ' ' } else { c });
    }
    shown
}
