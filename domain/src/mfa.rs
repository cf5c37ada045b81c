//! The MFA verdict: facts in, verdicts with reasons out. A user is judged as somebody would test the account who has the
//! password, an unmanaged device and an ordinary network. What is not proved is never called protected.

pub mod facts;
