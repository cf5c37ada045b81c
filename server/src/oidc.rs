//! Sign-in with Microsoft Entra (OpenID Connect: authorization code, PKCE, state, nonce) for accounts of any organisation.
//! Answers who somebody is; whether they may come in is for `services::operators` to say.

use std::sync::Arc;

use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, CsrfToken, ExtraTokenFields, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, RequestTokenError, Scope, StandardRevocableToken, StandardTokenResponse, TokenUrl,
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

use crate::clock::Clock;
use crate::graph::credential::{AppCredential, CredentialError, Proof};
use crate::random::Random;

mod attempt;
mod fetch;
mod id_token;
mod keys;
mod provider;

pub use attempt::{Attempt, is_same};
pub use id_token::{Identity, Refusal};
pub use provider::Provider;

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    #[error("Microsoft's sign-in service could not be reached")]
    Unreachable(#[source] fetch::FetchError),
    #[error("Microsoft's sign-in service answered something that cannot be used: {0}")]
    Malformed(String),
    /// The token endpoint's own words.
    #[error("Microsoft refused the sign-in: {error}: {description}")]
    Refused { error: String, description: String },
    #[error("the ID token was refused")]
    Token(#[from] Refusal),
    #[error("the app's credential cannot be used")]
    Credential(#[from] CredentialError),
}

#[derive(Clone)]
pub struct OidcSettings {
    pub login_url: Url,
    pub client_id: Uuid,
    pub credential: AppCredential,
    /// Registered at Microsoft as type "web".
    pub redirect_uri: String,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Oidc {
    settings: Arc<OidcSettings>,
    http: reqwest::Client,
    provider: Arc<Provider>,
    clock: Clock,
    random: Random,
}

/// What the token endpoint adds to OAuth's answer.
#[derive(Deserialize, Serialize)]
struct IdTokenField {
    id_token: Option<String>,
}

/// oauth2 asks for it; the token stays out.
impl std::fmt::Debug for IdTokenField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IdTokenField").finish_non_exhaustive()
    }
}

impl ExtraTokenFields for IdTokenField {}

type TokenAnswer = StandardTokenResponse<IdTokenField, BasicTokenType>;
type EntraClient = oauth2::Client<
    BasicErrorResponse,
    TokenAnswer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
>;

impl Oidc {
    /// `http` must not follow redirects: the token endpoint never sends one.
    pub fn new(settings: OidcSettings, http: reqwest::Client, clock: Clock, random: Random) -> Self {
        let provider = Arc::new(Provider::new(&settings.login_url, http.clone(), clock.clone()));
        Self { settings: Arc::new(settings), http, provider, clock, random }
    }

    pub fn provider(&self) -> &Provider {
        &self.provider
    }

    /// Where to send the browser. `choose_account` makes Microsoft ask, even when somebody is signed in there.
    ///
    /// # Errors
    /// When Microsoft's metadata cannot be read.
    pub async fn begin(&self, attempt: &Attempt, choose_account: bool) -> Result<Url, OidcError> {
        let metadata = self.provider.metadata().await?;
        let client = self.client().set_auth_uri(
            AuthUrl::new(metadata.authorization_endpoint.clone()).map_err(|e| OidcError::Malformed(e.to_string()))?,
        );
        let verifier = PkceCodeVerifier::new(attempt.pkce_verifier());
        let mut request = client
            .authorize_url(|| CsrfToken::new(attempt.state()))
            .add_scope(Scope::new(String::from("openid")))
            .add_scope(Scope::new(String::from("profile")))
            .add_extra_param("response_mode", "query")
            .add_extra_param("nonce", attempt.nonce())
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        if let Ok(redirect) = RedirectUrl::new(self.settings.redirect_uri.clone()) {
            request = request.set_redirect_uri(std::borrow::Cow::Owned(redirect));
        }
        if choose_account {
            request = request.add_extra_param("prompt", "select_account");
        }
        Ok(request.url().0)
    }

    /// Redeems the code and proves the ID token. The caller has compared `state` before.
    ///
    /// # Errors
    /// Says which proof failed.
    pub async fn finish(&self, attempt: &Attempt, code: String) -> Result<Identity, OidcError> {
        let metadata = self.provider.metadata().await?;
        let id_token = self.redeem(&metadata.token_endpoint, attempt, code).await?;
        let expected = id_token::Expected {
            issuer_template: &metadata.issuer,
            client_id: self.settings.client_id,
            nonce: &attempt.nonce(),
            now: self.clock.now(),
        };
        let kid = id_token::key_id(&id_token)?;
        let key = self.provider.key(&kid).await?.ok_or(Refusal::UnknownKey)?;
        Ok(id_token::prove(&id_token, &key, &expected)?)
    }

    async fn redeem(&self, token_endpoint: &str, attempt: &Attempt, code: String) -> Result<String, OidcError> {
        let malformed = |e: oauth2::url::ParseError| OidcError::Malformed(e.to_string());
        let mut client = self
            .client()
            .set_auth_type(AuthType::RequestBody)
            .set_token_uri(TokenUrl::new(token_endpoint.to_owned()).map_err(malformed)?)
            .set_redirect_uri(RedirectUrl::new(self.settings.redirect_uri.clone()).map_err(malformed)?);
        let assertion = match &self.settings.credential.proof {
            Proof::Secret(secret) => {
                client = client.set_client_secret(oauth2::ClientSecret::new(secret.expose_secret().to_owned()));
                None
            }
            Proof::Certificate(certificate) => {
                let client_id = self.settings.client_id.to_string();
                let now = self.clock.now();
                Some(certificate.assertion(&client_id, token_endpoint, now, &self.random)?)
            }
        };
        let mut request = client
            .exchange_code(AuthorizationCode::new(code))
            .set_pkce_verifier(PkceCodeVerifier::new(attempt.pkce_verifier()));
        if let Some(assertion) = &assertion {
            request = request
                .add_extra_param("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
                .add_extra_param("client_assertion", assertion.expose_secret());
        }
        let http = self.http.clone();
        let exchange = |request: oauth2::HttpRequest| fetch::exchange(http.clone(), request);
        let answer = request.request_async(&exchange).await.map_err(|error| match error {
            RequestTokenError::ServerResponse(refused) => OidcError::Refused {
                error: refused.error().to_string(),
                description: refused.error_description().cloned().unwrap_or_default(),
            },
            RequestTokenError::Request(error) => OidcError::Unreachable(error),
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
                OidcError::Malformed(String::from("the token endpoint's answer is not what OAuth prescribes"))
            }
        })?;
        answer
            .extra_fields()
            .id_token
            .clone()
            .ok_or_else(|| OidcError::Malformed(String::from("no ID token came back")))
    }

    fn client(&self) -> EntraClient {
        EntraClient::new(ClientId::new(self.settings.client_id.to_string()))
    }
}
