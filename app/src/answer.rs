//! What a page has asked of the server: a resource whose answer travels in the page, and by server function afterwards. Both
//! times as postcard: readers of JSON are several times larger in the wasm. Postcard has no names, so that no type in an answer may
//! skip fields, be untagged or be tagged within.

use codee::binary::PostcardCodec;
use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Error;

pub type Answer<T> = Resource<Result<T, Error>, PostcardCodec>;

/// Asks whenever `source` changes.
pub fn ask<S, T, F>(
    source: impl Fn() -> S + Send + Sync + 'static,
    fetcher: impl Fn(S) -> F + Send + Sync + 'static,
) -> Answer<T>
where
    S: PartialEq + Clone + Send + Sync + 'static,
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    F: Future<Output = Result<T, Error>> + Send + 'static,
{
    Resource::new_with_options(source, fetcher, false)
}
