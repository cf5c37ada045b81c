//! Server functions answer every refusal with 500; browsers, proxies and alarms read the status, so it has to say whose fault
//! it was.

use app::error::Error;
use axum::body::{Body, to_bytes};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use leptos::server_fn::error::SERVER_FN_ERROR_HEADER;

/// A refusal is a sentence.
const LONGEST_REFUSAL: usize = 64 * 1024;

/// Gives a server function's refusal the status of its cause; leaves every other answer as it is.
pub(super) async fn of_refusal(response: Response) -> Response {
    let is_refusal = response.headers().contains_key(SERVER_FN_ERROR_HEADER);
    if !is_refusal || response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, LONGEST_REFUSAL).await else { return parts.status.into_response() };
    if let Ok(error) = serde_json::from_slice::<Error>(&body) {
        parts.status = error.status();
    }
    Response::from_parts(parts, Body::from(body))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn refusal(body: &'static str) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, [(SERVER_FN_ERROR_HEADER, "/api/x")], body).into_response()
    }

    #[tokio::test]
    async fn a_refusal_says_whose_fault_it_was() {
        let response = of_refusal(refusal(r#"{"Invalid":{"field":"tenant","message":"?"}}"#)).await;
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let body = to_bytes(response.into_body(), LONGEST_REFUSAL).await.unwrap();
        assert_eq!(&body[..], br#"{"Invalid":{"field":"tenant","message":"?"}}"#);
        assert_eq!(of_refusal(refusal("\"NotFound\"")).await.status(), StatusCode::NOT_FOUND);
        assert_eq!(of_refusal(refusal("nonsense")).await.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(of_refusal(StatusCode::OK.into_response()).await.status(), StatusCode::OK);
    }
}
