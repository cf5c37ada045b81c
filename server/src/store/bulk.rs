//! Many rows at once: upserts that leave unchanged rows alone, and replacements that remove what vanished.

use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, IdenStatic,
    IntoActiveModel, Iterable, ModelTrait, PrimaryKeyToColumn, QueryFilter, QueryTrait, Select, Value,
};

/// SQLite takes 32,766 parameters in a statement, PostgreSQL 65,535.
const PARAMETERS: usize = 32_000;
/// SQLite nests at most 1,000 expressions.
const CONDITIONS: usize = 200;

/// Inserts rows, or updates `facts` of those that are there already and differ. All rows set the same columns. Rows of one
/// call may repeat a key in different chunks, never in one: `rows` must not repeat keys.
pub(super) async fn upsert<E>(
    tx: &DatabaseTransaction,
    rows: impl IntoIterator<Item = E::ActiveModel>,
    facts: &[E::Column],
) -> Result<(), DbErr>
where
    E: EntityTrait,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    for chunk in chunks::<E>(rows) {
        let insert = E::insert_many(chunk).on_conflict(on_conflict::<E>(facts));
        tx.execute(&insert.into_query()).await?;
    }
    Ok(())
}

/// Inserts rows of a table that numbers them itself.
pub(super) async fn insert<E>(
    tx: &DatabaseTransaction,
    rows: impl IntoIterator<Item = E::ActiveModel>,
) -> Result<(), DbErr>
where
    E: EntityTrait,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    for chunk in chunks::<E>(rows) {
        E::insert_many(chunk).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// As many rows as one statement takes, again and again.
fn chunks<E: EntityTrait>(rows: impl IntoIterator<Item = E::ActiveModel>) -> impl Iterator<Item = Vec<E::ActiveModel>> {
    let chunk_rows = PARAMETERS / E::Column::iter().count();
    let mut rows = rows.into_iter();
    std::iter::from_fn(move || {
        Some(rows.by_ref().take(chunk_rows).collect::<Vec<_>>()).filter(|chunk| !chunk.is_empty())
    })
}

/// Makes `rows` the whole of what `existing` selects: new ones are inserted, changed ones updated, vanished ones deleted,
/// and the others not touched. Answers how many rows there are now.
pub(super) async fn replace<E>(
    tx: &DatabaseTransaction,
    existing: Select<E>,
    rows: impl IntoIterator<Item = E::Model>,
) -> Result<u32, DbErr>
where
    E: EntityTrait,
    E::Model: ModelTrait<Entity = E> + IntoActiveModel<E::ActiveModel> + PartialEq + Sync,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    let mut vanished: HashMap<Vec<Value>, E::Model> =
        existing.all(tx).await?.into_iter().map(|model| (key::<E>(&model), model)).collect();
    let mut seen = HashSet::new();
    let mut changed = Vec::new();
    for row in rows {
        let key = key::<E>(&row);
        // Microsoft repeats a row when a page is read while it changes.
        if vanished.remove(&key).as_ref() != Some(&row) && !seen.contains(&key) {
            changed.push(row.into_active_model().reset_all());
        }
        seen.insert(key);
    }
    let keys: Vec<_> = E::PrimaryKey::iter().map(|key| key.into_column().as_str().to_owned()).collect();
    let facts: Vec<_> = E::Column::iter().filter(|column| !keys.iter().any(|key| key == column.as_str())).collect();
    upsert::<E>(tx, changed, &facts).await?;
    let vanished: Vec<_> = vanished.into_keys().filter(|key| !seen.contains(key)).collect();
    for chunk in vanished.chunks(CONDITIONS) {
        let any = chunk.iter().fold(Condition::any(), |any, key| {
            let columns = E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column);
            any.add(columns.zip(key).fold(Condition::all(), |all, (column, value)| all.add(column.eq(value.clone()))))
        });
        E::delete_many().filter(any).exec(tx).await?;
    }
    Ok(u32::try_from(seen.len()).unwrap_or(u32::MAX))
}

fn key<E: EntityTrait>(model: &E::Model) -> Vec<Value>
where
    E::Model: ModelTrait<Entity = E>,
{
    E::PrimaryKey::iter().map(|key| model.get(key.into_column())).collect()
}

/// On the primary key: update `facts` where one of them differs.
fn on_conflict<E: EntityTrait>(facts: &[E::Column]) -> OnConflict {
    let mut on_conflict = OnConflict::columns(E::PrimaryKey::iter());
    if facts.is_empty() {
        return on_conflict.do_nothing().to_owned();
    }
    let table = E::default();
    let differs: Vec<_> = facts
        .iter()
        .map(|column| {
            let column = column.as_str();
            format!("\"{0}\".\"{column}\" IS DISTINCT FROM \"excluded\".\"{column}\"", table.table_name())
        })
        .collect();
    on_conflict.update_columns(facts.iter().copied()).action_and_where(Expr::cust(differs.join(" OR "))).to_owned()
}
