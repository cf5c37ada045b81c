//! Connecting tenants: by consent, through GDAP, with registrations of their own; and everything that Microsoft's redirect
//! can claim.

mod codes;
mod consent;
mod gdap;
mod lifecycle;
mod tokens;
mod upkeep;
