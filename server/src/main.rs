//! The `tenantry` command.

fn main() {}
