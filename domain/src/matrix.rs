//! Holes as a small matrix: client types by apps.

use crate::mfa::app_title;
use crate::verdict::Hole;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// The password alone gets in.
    Open,
    /// From some platforms or places alone.
    Partly,
    Stopped,
}

/// Rows are the four client types, columns the apps that the holes tell apart; empty without holes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matrix {
    pub apps: Vec<String>,
    pub rows: Vec<(&'static str, Vec<Opening>)>,
}

const CLIENTS: [(&str, &str); 4] = [
    ("browser", "Browsers"),
    ("mobileAppsAndDesktopClients", "Mobile and desktop apps"),
    ("exchangeActiveSync", "Exchange ActiveSync"),
    ("other", "Other legacy clients"),
];

impl Matrix {
    pub fn new(holes: &[Hole]) -> Self {
        if holes.is_empty() {
            return Self::default();
        }
        let mut apps: Vec<&str> = Vec::new();
        for app in holes.iter().flat_map(|hole| &hole.apps) {
            if !apps.contains(&app.as_str()) {
                apps.push(app);
            }
        }
        // A hole of one app leaves the others stopped: they need a column of their own.
        if !apps.contains(&"other") {
            apps.push("other");
        }
        let rows = CLIENTS.map(|(client, label)| {
            let cell = |app: &&str| {
                let met = holes.iter().filter(|hole| {
                    (hole.client_app_types.is_empty() || hole.client_app_types.iter().any(|word| word == client))
                        && (hole.apps.is_empty() || hole.apps.iter().any(|other| other == app))
                });
                let is_whole = |hole: &Hole| hole.platforms.is_empty() && hole.locations.is_empty();
                met.fold(Opening::Stopped, |found, hole| match (found, is_whole(hole)) {
                    (Opening::Open, _) | (_, true) => Opening::Open,
                    (_, false) => Opening::Partly,
                })
            };
            (label, apps.iter().map(cell).collect())
        });
        let apps = match apps.as_slice() {
            ["other"] => vec!["Any app".to_owned()],
            apps => apps.iter().map(|app| app_title(app)).collect(),
        };
        Self { apps, rows: rows.to_vec() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hole(apps: &[&str], clients: &[&str], platforms: &[&str]) -> Hole {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Hole { apps: owned(apps), client_app_types: owned(clients), platforms: owned(platforms), ..Hole::default() }
    }

    #[test]
    fn legacy_clients_are_two_rows_of_one_column() {
        use Opening::{Open, Stopped};
        let matrix = Matrix::new(&[hole(&[], &["exchangeActiveSync", "other"], &[])]);
        assert_eq!(matrix.apps, ["Any app"]);
        let cells: Vec<_> = matrix.rows.iter().map(|(_, cells)| cells[0]).collect();
        assert_eq!(cells, [Stopped, Stopped, Open, Open]);
    }

    #[test]
    fn one_app_stands_beside_the_others() {
        use Opening::{Open, Partly, Stopped};
        let matrix = Matrix::new(&[hole(&["Office365"], &["browser"], &[]), hole(&["Office365"], &[], &["linux"])]);
        assert_eq!(matrix.apps, ["Office 365", "Any other app"]);
        assert_eq!(matrix.rows[0].1, [Open, Stopped]);
        assert_eq!(matrix.rows[1].1, [Partly, Stopped]);
    }

    #[test]
    fn without_holes_there_is_no_matrix() {
        assert_eq!(Matrix::new(&[]), Matrix::default());
    }
}
