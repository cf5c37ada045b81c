//! The Graph client against every failure that Microsoft is known for.

mod faults;
mod reading;
