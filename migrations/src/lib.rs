//! Schema changes, forward only, for SQLite and PostgreSQL.
