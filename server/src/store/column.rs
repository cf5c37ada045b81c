//! Column types for domain values: a word for an enum, a JSON text for a list that nobody filters by.

use std::fmt::Debug;

use sea_orm::sea_query::{ArrayType, Nullable, ValueType, ValueTypeErr};
use sea_orm::{ColIdx, ColumnType, DbErr, QueryResult, TryFromU64, TryGetError, TryGetable, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a domain type has to be, to be kept in a text column.
pub(crate) trait Stored: Clone + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync {}
impl<T: Clone + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync> Stored for T {}

/// A value as JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JsonText<T>(pub T);

/// An enum without fields, as the word that serde gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word<T>(pub T);

/// The word that serde gives to an enum without fields.
pub(crate) fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        other => unreachable_word(other),
    }
}

/// Reads what `word` wrote.
pub(crate) fn from_word<T: DeserializeOwned>(word: &str) -> Result<T, DbErr> {
    T::deserialize(serde::de::value::StrDeserializer::<serde::de::value::Error>::new(word))
        .map_err(|error| DbErr::Type(format!("{word}: {error}")))
}

/// A type that is no plain enum shows as JSON, so that reading it back fails loudly instead of being guessed.
fn unreachable_word(value: Result<serde_json::Value, serde_json::Error>) -> String {
    value.map_or_else(|error| error.to_string(), |value| value.to_string())
}

/// A word can be part of a key; it is never a number that the database made.
impl<T: Stored> TryFromU64 for Word<T> {
    fn try_from_u64(_: u64) -> Result<Self, DbErr> {
        Err(DbErr::ConvertFromU64("Word"))
    }
}

macro_rules! text_column {
    ($wrapper:ident, $write:expr, $read:expr) => {
        impl<T: Stored> From<$wrapper<T>> for Value {
            fn from(value: $wrapper<T>) -> Self {
                let write: fn(&T) -> String = $write;
                Value::String(Some(write(&value.0)))
            }
        }

        impl<T: Stored> TryGetable for $wrapper<T> {
            fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
                let text = String::try_get_by(row, index)?;
                let read: fn(&str) -> Result<T, DbErr> = $read;
                Ok(Self(read(&text)?))
            }
        }

        impl<T: Stored> ValueType for $wrapper<T> {
            fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
                let read: fn(&str) -> Result<T, DbErr> = $read;
                match value {
                    Value::String(Some(text)) => read(&text).map(Self).map_err(|_| ValueTypeErr),
                    _ => Err(ValueTypeErr),
                }
            }

            fn type_name() -> String {
                stringify!($wrapper).to_owned()
            }

            fn array_type() -> ArrayType {
                ArrayType::String
            }

            fn column_type() -> ColumnType {
                ColumnType::Text
            }
        }

        impl<T: Stored> Nullable for $wrapper<T> {
            fn null() -> Value {
                Value::String(None)
            }
        }
    };
}

text_column!(JsonText, |value| serde_json::to_string(value).unwrap_or_else(|error| error.to_string()), |text| {
    serde_json::from_str(text).map_err(|error| DbErr::Json(error.to_string()))
});
text_column!(Word, |value| word(value), |text| from_word(text));
