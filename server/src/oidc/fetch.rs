//! HTTP to Microsoft's sign-in service: small answers, within a time.

use std::time::Duration;

use futures::StreamExt;
use serde::de::DeserializeOwned;

/// Longest answer that sign-in reads, in bytes.
const ANSWER_LIMIT: usize = 1 << 20;
const TIMEOUT: Duration = Duration::from_secs(15);

#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("the request failed")]
    Http(#[source] reqwest::Error),
    #[error("HTTP status {0}")]
    Status(u16),
    #[error("the answer is larger than {ANSWER_LIMIT} bytes")]
    TooLarge,
    #[error("the answer is not the JSON that was expected")]
    Json(#[source] serde_json::Error),
    #[error("the answer is not HTTP")]
    Answer(#[source] http::Error),
}

/// One exchange as the OAuth library wants it.
pub async fn exchange(
    client: reqwest::Client,
    request: oauth2::HttpRequest,
) -> Result<oauth2::HttpResponse, FetchError> {
    let mut request = reqwest::Request::try_from(request).map_err(FetchError::Http)?;
    *request.timeout_mut() = Some(TIMEOUT);
    let response = client.execute(request).await.map_err(without_url)?;
    let mut answer = http::Response::builder().status(response.status());
    for (name, value) in response.headers() {
        answer = answer.header(name, value);
    }
    answer.body(read(response).await?).map_err(FetchError::Answer)
}

/// A JSON document.
pub async fn get_json<T: DeserializeOwned>(client: &reqwest::Client, url: &str) -> Result<T, FetchError> {
    let response = client.get(url).timeout(TIMEOUT).send().await.map_err(without_url)?;
    if !response.status().is_success() {
        return Err(FetchError::Status(response.status().as_u16()));
    }
    serde_json::from_slice(&read(response).await?).map_err(FetchError::Json)
}

async fn read(response: reqwest::Response) -> Result<Vec<u8>, FetchError> {
    let mut body = Vec::new();
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(without_url)?;
        if body.len() + chunk.len() > ANSWER_LIMIT {
            return Err(FetchError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn without_url(error: reqwest::Error) -> FetchError {
    FetchError::Http(error.without_url())
}
