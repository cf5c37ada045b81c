//! Proves an ID token of Microsoft's identity platform v2.0 ("Access tokens" and "ID token claims reference" in its
//! documentation) and answers whose it is: tenant id and object id, never a name.

use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::TenantId;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use uuid::{Uuid, uuid};

use super::keys::SigningKey;

/// Private accounts (Outlook.com, Xbox) live in this tenant.
const CONSUMERS: Uuid = uuid!("9188040d-6c67-4c5b-b112-36a304b66dad");
/// How far Microsoft's clock and ours may differ.
const SKEW: TimeDelta = TimeDelta::minutes(5);

/// Somebody whom Microsoft vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub tenant: TenantId,
    pub object_id: Uuid,
    /// For display alone.
    pub display_name: String,
    /// For display alone.
    pub user_principal_name: String,
    /// App roles of our registration.
    pub roles: Vec<String>,
}

/// Which proof failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("it is not a signed JWT")]
    Malformed,
    #[error("it is signed with {0}, not RS256")]
    Algorithm(String),
    #[error("it is signed with a key that Microsoft does not publish")]
    UnknownKey,
    #[error("its signature is wrong")]
    Signature,
    #[error("its issuer is not the one of its tenant")]
    Issuer,
    #[error("its key may not sign for its issuer")]
    KeyIssuer,
    #[error("it is meant for another app")]
    Audience,
    #[error("it is no longer, or not yet, valid")]
    Time,
    #[error("it answers another sign-in")]
    Nonce,
    #[error("its tenant id is not a GUID")]
    Tenant,
    #[error("it belongs to a private account")]
    PrivateAccount,
    #[error("it has no object id")]
    ObjectId,
}

/// What the token has to agree with.
pub struct Expected<'a> {
    /// From the metadata; may hold `{tenantid}`.
    pub issuer_template: &'a str,
    pub client_id: Uuid,
    pub nonce: &'a str,
    pub now: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    exp: i64,
    nbf: Option<i64>,
    tid: String,
    oid: Option<String>,
    nonce: Option<String>,
    name: Option<String>,
    preferred_username: Option<String>,
    #[serde(default)]
    roles: Vec<String>,
}

/// The id of the key that is said to have signed.
pub fn key_id(token: &str) -> Result<String, Refusal> {
    let header = jsonwebtoken::decode_header(token).map_err(|_| Refusal::Malformed)?;
    if header.alg != Algorithm::RS256 {
        return Err(Refusal::Algorithm(format!("{:?}", header.alg)));
    }
    header.kid.ok_or(Refusal::UnknownKey)
}

/// All proofs, the signature first.
pub fn prove(token: &str, key: &SigningKey, expected: &Expected<'_>) -> Result<Identity, Refusal> {
    let claims = verify_signature(token, key)?;
    if claims.aud != expected.client_id.to_string() {
        return Err(Refusal::Audience);
    }
    let tenant = Uuid::try_parse(&claims.tid).map_err(|_| Refusal::Tenant)?;
    if claims.iss != expected.issuer_template.replace("{tenantid}", &claims.tid) {
        return Err(Refusal::Issuer);
    }
    if key.issuer.as_ref().is_some_and(|issuer| issuer.replace("{tenantid}", &claims.tid) != claims.iss) {
        return Err(Refusal::KeyIssuer);
    }
    check_time(&claims, expected.now)?;
    if claims.nonce.as_deref() != Some(expected.nonce) {
        return Err(Refusal::Nonce);
    }
    if tenant == CONSUMERS {
        return Err(Refusal::PrivateAccount);
    }
    let object_id = claims.oid.as_deref().and_then(|oid| Uuid::try_parse(oid).ok()).ok_or(Refusal::ObjectId)?;
    let user_principal_name = claims.preferred_username.unwrap_or_default();
    Ok(Identity {
        tenant: TenantId(tenant),
        object_id,
        display_name: claims.name.unwrap_or_else(|| user_principal_name.clone()),
        user_principal_name,
        roles: claims.roles,
    })
}

/// Everything but the signature is checked above, against our own clock.
fn verify_signature(token: &str, key: &SigningKey) -> Result<Claims, Refusal> {
    let key = DecodingKey::from_rsa_components(&key.modulus, &key.exponent).map_err(|_| Refusal::UnknownKey)?;
    let mut validation = Validation::new(Algorithm::RS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    jsonwebtoken::decode::<Claims>(token, &key, &validation).map(|data| data.claims).map_err(|error| {
        match error.kind() {
            jsonwebtoken::errors::ErrorKind::InvalidSignature => Refusal::Signature,
            _ => Refusal::Malformed,
        }
    })
}

fn check_time(claims: &Claims, now: DateTime<Utc>) -> Result<(), Refusal> {
    let ends_at = DateTime::from_timestamp(claims.exp, 0).ok_or(Refusal::Time)?;
    let begins_at = DateTime::from_timestamp(claims.nbf.unwrap_or_default(), 0).ok_or(Refusal::Time)?;
    let is_valid = now < ends_at + SKEW && begins_at - SKEW <= now;
    is_valid.then_some(()).ok_or(Refusal::Time)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use jsonwebtoken::{EncodingKey, Header, encode};
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    const TENANT: &str = "11112222-bbbb-3333-cccc-4444dddd5555";
    const OBJECT: &str = "22223333-cccc-4444-dddd-5555eeee6666";
    const CLIENT: Uuid = uuid!("33334444-dddd-5555-eeee-6666ffff7777");
    const TEMPLATE: &str = "https://login.example/{tenantid}/v2.0";
    const NOW: i64 = 1_790_000_000;
    const PRIVATE_KEY: &[u8] = include_bytes!("../../../simulator/keys/signing-1.pem");
    const MODULUS: &str = "9Nq2Ow_dfw_L_WK4wSTjaldAquDFv95pQI7dpLNAuIru6MrJGuDD_cdgOneynU9O-j5WA_U2wScM3bjUo7VZ5ZXKXdOuoKoRs_Ie\
    yKnWK3rkx6BWruP0uC4yYYABCtaO943iVxdXQeqZZn4YqjEX3pIFJP0SgBdts-W5k3OiCLBft7hcdNmiRTXeXtPOjNiyam2nRz_H\
    whHDVKrN5kCi5r_QNTto7yIlzszM8Q1SuFXoCVAkZDH8iJ9sI_to3O7OLa2itfSXOSjuFz_tPaih3CB_N2Uy_o2roWbOlq-u-rH9\
    IPkvl77gH1wE9fnYJ0nie9qJufako7CVoCBO75BWzQ";
    const OTHER_MODULUS: &str = "sKIxryoqymEh8WDBTX1VJC9hKMqmK5RUTYSebG6Va8T-6OFcQd75mJo3AWmciXeJY_QvfXqQOIoqagTr0AeYGqNKYR7OSkFvSsIO\
    tLTRjMZcWYL98D8Ovh-vMcFaVlHcsKVzf0aHXiolLcS7muCQpyfdxdKtLX0PLRUQLnaUcGG_T68W0ZmQcGwbOvWxJYp2FzmZO5AG\
    B4E-j3oemPpHdbrLUaW1RnwrS6kCaVfOi4NFHauMzQztF8Q4gJqv9PIqsvD-2_DDCrRbE9bE4cGe0HrDSJJzpcQ5ea13l3lSk6sp\
    93n6PBqycC6MfgreKEcnALOd1q74ff_x8VfePrNeUw";

    fn key() -> SigningKey {
        SigningKey { modulus: MODULUS.to_owned(), exponent: String::from("AQAB"), issuer: Some(TEMPLATE.to_owned()) }
    }

    fn token(changes: &Value) -> String {
        let mut claims = json!({
            "iss": TEMPLATE.replace("{tenantid}", TENANT),
            "aud": CLIENT.to_string(),
            "exp": NOW + 3600,
            "nbf": NOW - 10,
            "tid": TENANT,
            "oid": OBJECT,
            "nonce": "n",
            "name": "Ana",
            "preferred_username": "ana@fabrikam.example",
            "roles": ["Admin"],
        });
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(String::from("k"));
        encode(&header, &claims, &EncodingKey::from_rsa_pem(PRIVATE_KEY).unwrap()).unwrap()
    }

    fn prove_with(token: &str, key: &SigningKey) -> Result<Identity, Refusal> {
        let now = DateTime::from_timestamp(NOW, 0).unwrap();
        prove(token, key, &Expected { issuer_template: TEMPLATE, client_id: CLIENT, nonce: "n", now })
    }

    #[test]
    fn a_good_token_names_tenant_and_object() {
        let identity = prove_with(&token(&json!({})), &key()).unwrap();
        assert_eq!(identity.tenant.to_string(), TENANT);
        assert_eq!(identity.object_id.to_string(), OBJECT);
        assert_eq!(identity.roles, ["Admin"]);
    }

    #[rstest]
    #[case::audience(json!({"aud": OBJECT}), Refusal::Audience)]
    #[case::issuer_of_another_tenant(json!({"iss": TEMPLATE.replace("{tenantid}", OBJECT)}), Refusal::Issuer)]
    #[case::issuer_of_another_host(json!({"iss": format!("https://evil.example/{TENANT}/v2.0")}), Refusal::Issuer)]
    #[case::issuer_is_the_template_itself(json!({"iss": TEMPLATE}), Refusal::Issuer)]
    #[case::tenant_is_no_guid(json!({"tid": "{tenantid}", "iss": TEMPLATE}), Refusal::Tenant)]
    #[case::expired(json!({"exp": NOW - 301}), Refusal::Time)]
    #[case::not_yet_valid(json!({"nbf": NOW + 301}), Refusal::Time)]
    #[case::end_that_is_no_time(json!({"exp": i64::MAX}), Refusal::Time)]
    #[case::another_nonce(json!({"nonce": "m"}), Refusal::Nonce)]
    #[case::no_nonce(json!({"nonce": null}), Refusal::Nonce)]
    #[case::no_object_id(json!({"oid": null}), Refusal::ObjectId)]
    #[case::object_id_is_no_guid(json!({"oid": "ana"}), Refusal::ObjectId)]
    #[case::audience_is_a_list(json!({"aud": [CLIENT.to_string(), OBJECT]}), Refusal::Malformed)]
    fn a_claim_that_does_not_agree_is_refused(#[case] changes: Value, #[case] refusal: Refusal) {
        assert_eq!(prove_with(&token(&changes), &key()), Err(refusal));
    }

    #[test]
    fn a_private_account_is_refused() {
        let consumers = CONSUMERS.to_string();
        let token = token(&json!({"tid": consumers, "iss": TEMPLATE.replace("{tenantid}", &consumers)}));
        assert_eq!(prove_with(&token, &key()), Err(Refusal::PrivateAccount));
    }

    #[test]
    fn a_key_signs_for_its_own_issuer_alone() {
        let of_another = SigningKey { issuer: Some(TEMPLATE.replace("{tenantid}", OBJECT)), ..key() };
        assert_eq!(prove_with(&token(&json!({})), &of_another), Err(Refusal::KeyIssuer));
        let of_this = SigningKey { issuer: Some(TEMPLATE.replace("{tenantid}", TENANT)), ..key() };
        assert!(prove_with(&token(&json!({})), &of_this).is_ok());
    }

    #[test]
    fn another_key_and_a_changed_token_are_refused() {
        let other = SigningKey { modulus: OTHER_MODULUS.to_owned(), ..key() };
        assert_eq!(prove_with(&token(&json!({})), &other), Err(Refusal::Signature));
        let (signed, other) = (token(&json!({})), token(&json!({"oid": CLIENT.to_string()})));
        let parts = |token: &str| token.split('.').map(str::to_owned).collect::<Vec<_>>();
        let (signed, other) = (parts(&signed), parts(&other));
        let spliced = [signed[0].as_str(), other[1].as_str(), signed[2].as_str()].join(".");
        assert_eq!(prove_with(&spliced, &key()), Err(Refusal::Signature));
    }

    #[test]
    fn only_rs256_with_a_key_id_is_taken() {
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(String::from("k"));
        let claims = json!({});
        let symmetric = encode(&header, &claims, &EncodingKey::from_secret(MODULUS.as_bytes())).unwrap();
        assert_eq!(key_id(&symmetric), Err(Refusal::Algorithm(String::from("HS256"))));
        assert_eq!(prove_with(&symmetric, &key()), Err(Refusal::Malformed));
        assert_eq!(key_id("eyJhbGciOiJub25lIn0.e30."), Err(Refusal::Malformed));
        assert_eq!(key_id(""), Err(Refusal::Malformed));
    }
}
