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

    /// Takes and answers JSON: a `Plan`, an `Outcome`.
    pub fn run(&self, plan: &str) -> Result<String, String> {
        let plan: Plan = serde_json::from_str(plan).map_err(|error| error.to_string())?;
        serde_json::to_string(&simulate(&self.0, &plan)).map_err(|error| error.to_string())
    }
}
