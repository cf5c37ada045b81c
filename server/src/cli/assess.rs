//! `tenantry assess`: an audit of exported Graph JSON, without a connection and without a database.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use domain::verdict::Verdict;
use domain::what_if::Plan;

use crate::assess::{Explained, Report, Table, UserReport, read_folder};

#[derive(Args)]
pub struct Options {
    /// The folder with the exported files
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// How the answer is printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Explain one account at length
    #[arg(long, value_name = "UPN")]
    user: Option<String>,
    /// Say what a change would do: on:POLICY, off:POLICY (by id), defaults:on, defaults:off, add:mfa_for_all,
    /// add:block_legacy, exclude:UPN:POLICY; may be given several times
    #[arg(long = "try", value_name = "CHANGE", value_parser = change)]
    changes: Vec<String>,
    /// End with 1 when an account has this verdict; may be given several times, or with commas
    #[arg(long, value_name = "VERDICT", value_delimiter = ',', value_parser = verdict)]
    fail_on: Vec<Verdict>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
}

/// 2: the folder or the account cannot be used. 1: `--fail-on` found what it looks for.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let export = match read_folder(&options.folder) {
        Ok(export) => export,
        Err(unusable) => {
            eprintln!("tenantry: {unusable}");
            return Ok(ExitCode::from(2));
        }
    };
    let mut report = Report::new(&export);
    if !options.changes.is_empty() {
        report.try_plan(&export, &Plan::from_words(options.changes.iter().map(String::as_str)));
    }
    if let Some(name) = &options.user {
        report.users.retain(|user| user.user_principal_name.eq_ignore_ascii_case(name) || is_id(user, name));
        if report.users.is_empty() {
            eprintln!("tenantry: no account of users.json is called {name}");
            return Ok(ExitCode::from(2));
        }
    }
    let printed = match options.format {
        Format::Json => serde_json::to_string_pretty(&report)?,
        Format::Table if options.user.is_some() => {
            report.users.iter().map(|user| Explained(user).to_string()).collect::<Vec<_>>().join("\n")
        }
        Format::Table => Table(&report).to_string(),
    };
    match writeln!(io::stdout().lock(), "{}", printed.trim_end()) {
        // Whoever read it has read enough (`| head`).
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        written => written?,
    }
    let found = report.users.iter().any(|user| options.fail_on.contains(&user.verdict));
    Ok(if found { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn is_id(user: &UserReport, id: &str) -> bool {
    user.id.to_string().eq_ignore_ascii_case(id)
}

fn change(word: &str) -> Result<String, String> {
    if Plan::from_words([word]).is_empty() {
        return Err("not a change, such as add:block_legacy or off:POLICY".to_owned());
    }
    Ok(word.to_owned())
}

fn verdict(word: &str) -> Result<Verdict, String> {
    let names: Vec<_> = Verdict::ALL.iter().map(|verdict| verdict.name()).collect();
    Verdict::ALL
        .into_iter()
        .find(|verdict| verdict.name() == word)
        .ok_or_else(|| format!("one of {}", names.join(", ")))
}
