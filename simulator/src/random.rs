//! The simulator's only source of randomness: seeded, so that a run can be repeated.

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::rngs::StdRng;
use rand::{Rng, RngCore, SeedableRng};
use uuid::Uuid;

/// A shared seeded generator; clones draw from one sequence.
#[derive(Clone, Debug)]
pub struct Random {
    generator: Arc<Mutex<StdRng>>,
}

impl Random {
    pub fn seeded(seed: u64) -> Self {
        Self { generator: Arc::new(Mutex::new(StdRng::seed_from_u64(seed))) }
    }

    fn draw<T>(&self, take: impl FnOnce(&mut StdRng) -> T) -> T {
        take(&mut self.generator.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A random (version 4) GUID.
    pub fn uuid(&self) -> Uuid {
        let mut bytes = [0; 16];
        self.draw(|generator| generator.fill_bytes(&mut bytes));
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    /// Base64url text of so many random bytes.
    pub fn text(&self, bytes: usize) -> String {
        let mut buffer = vec![0; bytes];
        self.draw(|generator| generator.fill_bytes(&mut buffer));
        URL_SAFE_NO_PAD.encode(buffer)
    }

    /// A whole number in `from..=to`.
    pub fn between(&self, from: i64, to: i64) -> i64 {
        self.draw(|generator| generator.random_range(from..=to))
    }

    /// True in so many cases of one (0.0 never, 1.0 always).
    pub fn chance(&self, rate: f64) -> bool {
        rate > 0.0 && self.draw(|generator| generator.random_bool(rate.min(1.0)))
    }
}
