//! What is wrong with something that was typed.

/// The field's name, and a sentence that says how to mend it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadField {
    pub field: &'static str,
    pub message: &'static str,
}
