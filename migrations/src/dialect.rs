//! One schema text for two databases: the few types that differ are placeholders, and tenant tables get row-level security
//! where the database has it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

/// Placeholders, SQLite's type, PostgreSQL's type. Times are RFC 3339 text in SQLite, which sorts as time does because all
/// are UTC; uuids are their 16 bytes.
const TYPES: [(&str, &str, &str); 7] = [
    ("{uuid}", "blob", "uuid"),
    ("{bytes}", "blob", "bytea"),
    ("{time}", "text", "timestamptz"),
    ("{date}", "text", "date"),
    ("{bool}", "boolean", "boolean"),
    ("{json}", "text", "text"),
    ("{serial}", "integer PRIMARY KEY AUTOINCREMENT", "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
];

/// Runs statements separated by semicolons.
pub async fn run(manager: &SchemaManager<'_>, statements: &str) -> Result<(), DbErr> {
    let postgres = manager.get_database_backend() == DbBackend::Postgres;
    let mut sql = String::from(statements);
    for (placeholder, sqlite, postgres_type) in TYPES {
        sql = sql.replace(placeholder, if postgres { postgres_type } else { sqlite });
    }
    manager.get_connection().execute_unprepared(&sql).await?;
    Ok(())
}

/// Hides every row whose `column` is not among the tenants that the transaction names in `tenantry.tenants` (ids joined by
/// commas, or `*` for all). Nothing named, nothing seen. Rows without a tenant are for `*` alone.
pub async fn protect(manager: &SchemaManager<'_>, tables: &[(&str, &str)]) -> Result<(), DbErr> {
    if manager.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    for (table, column) in tables {
        // The sub-selects make PostgreSQL read the setting once a query, not once a row.
        let reached = format!(
            "(SELECT current_setting('tenantry.tenants', true)) = '*' \
             OR {column} = ANY ((SELECT string_to_array(nullif(nullif(current_setting('tenantry.tenants', true), '*'), ''), \
             ',')::uuid[])::uuid[])"
        );
        let sql = format!(
            "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
             ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
             CREATE POLICY scope ON {table} USING ({reached}) WITH CHECK ({reached});"
        );
        manager.get_connection().execute_unprepared(&sql).await?;
    }
    Ok(())
}
