//! The rules for the browser, in a worker of their own: loaded when somebody asks "what if", so that no other page pays for
//! them and no page waits while thousands of accounts are judged.

use domain::what_if::{Plan, Snapshot, simulate};
use wasm_bindgen::prelude::wasm_bindgen;

/// A tenant's facts, ready to be tried on.
#[wasm_bindgen]
pub struct Simulation(Snapshot);

#[wasm_bindgen]
impl Simulation {
    /// `snapshot`: JSON of `domain::what_if::Snapshot`.
    #[wasm_bindgen(constructor)]
    pub fn new(snapshot: &str) -> Result<Self, String> {
        serde_json::from_str(snapshot).map(Self).map_err(|error| error.to_string())
    }

    /// Takes a plan's words as a JSON list, and answers JSON of `Outcome`.
    pub fn run(&self, changes: &str) -> Result<String, String> {
        let changes: Vec<String> = serde_json::from_str(changes).map_err(|error| error.to_string())?;
        let plan = Plan::from_words(changes.iter().map(String::as_str));
        serde_json::to_string(&simulate(&self.0, &plan)).map_err(|error| error.to_string())
    }
}
