//! `tenantry doctor`: looks at a deployment from the inside and says what is wrong and what to do. Changes nothing.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use secrecy::ExposeSecret;
use url::Url;

use super::serve::surroundings;
use crate::config::{self, Config, Flags, MicrosoftSettings, is_public_address};
use crate::graph::entra::Grant;
use crate::graph::{Graph, Resource};
use crate::oidc::Provider;
use crate::services::secrets::{KeyRingSource, Ring, Secrets};
use crate::services::subscriptions::{CHANGES, LIFECYCLE};
use crate::state::{app_credential, graph_settings, key_ring_source};
use crate::store::{Store, StoreError, StoreSettings};
use crate::vault::{KeyRing, KeyRingError, Vault};

const WARN_BEFORE_DAYS: i64 = 30;
const PATIENCE: Duration = Duration::from_secs(20);

/// What was found about one thing.
enum Finding {
    Good(String),
    /// Works, but not for long or not well.
    Warning(String),
    Wrong {
        problem: String,
        remedy: &'static str,
    },
}

use Finding::{Good, Warning, Wrong};

pub async fn run(flags: &Flags) -> anyhow::Result<()> {
    let config = config::load(flags)?;
    let mut wrong = 0;
    let mut tell = |what: &str, finding: Finding| match finding {
        Good(detail) => println!("ok    {what}: {detail}"),
        Warning(detail) => println!("warn  {what}: {detail}"),
        Wrong { problem, remedy } => {
            wrong += 1;
            println!("WRONG {what}: {problem}\n      {remedy}");
        }
    };
    let (store, found) = database(&config).await;
    tell("database", found);
    tell("key ring", key_ring(&config, store).await);
    tell("first administrator", first_administrator(&config));
    tell("directory sync", Good(config.scales().directory.in_words()));
    tell("password sync", Good(config.scales().password.in_words()));
    match config.microsoft() {
        Ok(microsoft) => {
            tell("credential", credential(&microsoft));
            match graph(&microsoft) {
                Ok(graph) => {
                    tell("sign-in service", sign_in(&microsoft, &graph).await);
                    tell("token", token(&microsoft, &graph).await);
                    tell("Graph", reach_graph(&microsoft, &graph).await);
                    tell("notifications", notifications(&config, &graph).await);
                }
                Err(error) => tell("Microsoft", wrong_with(&error, "Mend microsoft.ca_path.")),
            }
        }
        Err(error) => {
            let remedy = "Set these keys in the file, the environment or by flags.";
            tell("app registration", Wrong { problem: error.to_string(), remedy });
        }
    }
    if wrong > 0 {
        anyhow::bail!("{wrong} of these have to be mended");
    }
    println!("All is well.");
    Ok(())
}

/// The store too, where there is one to look into.
async fn database(config: &Config) -> (Option<Store>, Finding) {
    let url = config.database_url();
    let path = url.expose_secret().strip_prefix("sqlite:").and_then(|rest| rest.split('?').next()).map(str::to_owned);
    if let Some(path) = path.filter(|path| !std::path::Path::new(path).exists()) {
        return (None, Warning(format!("{path} is not there yet; the first start makes it")));
    }
    let settings = StoreSettings { url, max_connections: 2 };
    let looked = async {
        let store = Store::connect(&settings).await?;
        let is_migrated = store.is_migrated().await?;
        Ok::<_, StoreError>((store, is_migrated))
    };
    match tokio::time::timeout(PATIENCE, looked).await {
        Ok(Ok((store, true))) => (Some(store), Good(String::from("answers, and is up to date"))),
        Ok(Ok((_, false))) => {
            let words = "is older than this program; the next start, or \"tenantry migrate\", mends it";
            (None, Warning(String::from(words)))
        }
        Ok(Err(error)) => {
            let remedy = "Check database.url, and that the database runs and lets this user in.";
            (None, wrong_with(&error.into(), remedy))
        }
        Err(_) => {
            let remedy = "Check database.url, and that the database can be reached from here.";
            (None, Wrong { problem: String::from("does not answer"), remedy })
        }
    }
}

/// Whether the ring opens what the store holds sealed; without a store, whether it can be read.
async fn key_ring(config: &Config, store: Option<Store>) -> Finding {
    let remedy = "Put the key ring back from its copy. Without it, sealed secrets are lost.";
    let source = key_ring_source(config);
    let Some(store) = store else {
        return match &source {
            KeyRingSource::Text(text) => readable(KeyRing::parse(text.expose_secret())),
            KeyRingSource::File(path) if !path.exists() => not_yet(path),
            KeyRingSource::File(path) => readable(KeyRing::read(path)),
        };
    };
    let ring = match source.read(&store).await {
        Ok(Ring::There(ring)) => ring,
        Ok(Ring::NotYet(path)) => return not_yet(path),
        Err(error) => return wrong_with(&error.into(), remedy),
    };
    let words = format!("{} keys, the current one is {}", ring.ids().count(), ring.current().id());
    let secrets = Secrets::new(store, Arc::new(Vault::new(ring, surroundings().random)));
    match secrets.check().await {
        Ok(()) => Good(format!("{words}; it opens what is sealed")),
        Err(error) => wrong_with(&error.into(), remedy),
    }
}

fn readable(ring: Result<KeyRing, KeyRingError>) -> Finding {
    match ring {
        Ok(ring) => Good(format!("{} keys, the current one is {}", ring.ids().count(), ring.current().id())),
        Err(error) => wrong_with(&error.into(), "Mend the key ring, or put it back from its copy."),
    }
}

fn not_yet(path: &Path) -> Finding {
    Warning(format!("{} is not there yet; the first start makes it", path.display()))
}

fn first_administrator(config: &Config) -> Finding {
    match config.first_administrator() {
        Ok(Some(first)) => Good(format!("of tenant {}", first.tenant)),
        Ok(None) => Warning(String::from("none is configured: nobody can sign in until one is, or was, appointed")),
        Err(error) => Wrong { problem: error.to_string(), remedy: "Set both a tenant, and an object id or app role." },
    }
}

fn credential(microsoft: &MicrosoftSettings) -> Finding {
    let credential = match app_credential(microsoft) {
        Ok(credential) => credential,
        Err(error) => return wrong_with(&error, "Both must be PEM files that this user can read."),
    };
    let now = surroundings().clock.now();
    match credential.ends_at.map(|ends_at| (ends_at, (ends_at - now).num_days())) {
        Some((ends_at, _)) if ends_at <= now => Wrong {
            problem: format!("ended on {}", ends_at.date_naive()),
            remedy: "Add a new secret or certificate to the app registration, and configure it here.",
        },
        Some((ends_at, days)) if days < WARN_BEFORE_DAYS => {
            Warning(format!("ends on {}, in {days} days: make a new one", ends_at.date_naive()))
        }
        Some((ends_at, _)) => Good(format!("good until {}", ends_at.date_naive())),
        None => Warning(String::from("its end is not known; set microsoft.credential_ends_on to be warned")),
    }
}

fn graph(microsoft: &MicrosoftSettings) -> anyhow::Result<Graph> {
    Graph::new(graph_settings(microsoft)?, surroundings()).context("no HTTP client can be made")
}

async fn sign_in(microsoft: &MicrosoftSettings, graph: &Graph) -> Finding {
    let provider = Provider::new(&microsoft.login_url, graph.http().clone(), surroundings().clock);
    match tokio::time::timeout(PATIENCE, provider.metadata()).await {
        Ok(Ok(metadata)) => Good(format!("answers as {}", metadata.issuer)),
        Ok(Err(error)) => wrong_with(&error.into(), "Check microsoft.login_url, the proxy and the firewall."),
        Err(_) => Wrong { problem: String::from("does not answer"), remedy: "Check the proxy and the firewall." },
    }
}

async fn token(microsoft: &MicrosoftSettings, graph: &Graph) -> Finding {
    let Ok(credential) = app_credential(microsoft) else {
        return Warning(String::from("not tried, because the credential cannot be used"));
    };
    let entra = graph.entra();
    let taken =
        entra.take_tokens(microsoft.partner_tenant, &credential, Grant::ClientCredentials, Resource::Graph, None);
    match tokio::time::timeout(PATIENCE, taken).await {
        Ok(Ok(_)) => Good(String::from("the app can prove itself in the partner tenant")),
        Ok(Err(error)) => wrong_with(
            &error.into(),
            "Check microsoft.client_id, the credential and microsoft.partner_tenant, and that the partner tenant has consented.",
        ),
        Err(_) => Wrong { problem: String::from("no answer"), remedy: "Try again in a moment." },
    }
}

/// Nobody may read without a token: a refusal is the right answer.
async fn reach_graph(microsoft: &MicrosoftSettings, graph: &Graph) -> Finding {
    let url = format!("{}/v1.0/organization", microsoft.graph_url.as_str().trim_end_matches('/'));
    let answer = graph.http().get(&url).timeout(PATIENCE).send().await;
    match answer {
        Ok(answer) if answer.status().as_u16() == 401 => Good(format!("{} answers", microsoft.graph_url)),
        Ok(answer) => Wrong {
            problem: format!("{} answers {}, which is not Graph's way", microsoft.graph_url, answer.status()),
            remedy: "Check microsoft.graph_url, and that no proxy answers in its place.",
        },
        Err(error) => wrong_with(&error.without_url().into(), "Check microsoft.graph_url, the proxy and the firewall."),
    }
}

/// Whether the address echoes what Microsoft will ask it. Asked from here: what lies between it and the internet is not seen.
async fn notifications(config: &Config, graph: &Graph) -> Finding {
    let address = match config.notifications_address() {
        Ok(Some(address)) => address,
        Ok(None) => return Good(String::from("switched off; changes are found by asking")),
        Err(problem) => return Wrong { problem: problem.problem, remedy: "Mend notifications.address." },
    };
    let inner = inner_address(&address).await;
    for path in [CHANGES, LIFECYCLE] {
        let token = format!("doctor: a+b & <c> %41 {}", surroundings().random.token());
        let Ok(mut url) = Url::parse(&format!("{address}{path}")) else { continue };
        url.query_pairs_mut().append_pair("validationToken", &token);
        let answer = match graph.http().post(url).timeout(PATIENCE).send().await {
            Ok(answer) => answer,
            Err(error) => {
                let words =
                    format!("{address} does not answer from here: {:#}", anyhow::Error::from(error.without_url()));
                return Warning(format!("{words}; while the server runs, Microsoft has to reach it"));
            }
        };
        let status = answer.status();
        let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let is_text = kind.starts_with("text/plain");
        if status != 200 || !is_text || answer.text().await.ok() != Some(token) {
            return Wrong {
                problem: format!("{address}{path} answers {status}, and not with the word that it was asked"),
                remedy: "See that the proxy passes POST requests to this path on as they are, and that the server runs with this configuration.",
            };
        }
    }
    match inner {
        Some(inner) => Warning(format!(
            "{address} answers as it should from here, where its name leads to {inner}; see that it does from the internet"
        )),
        None => Good(format!("{address} answers as it should, asked from here")),
    }
}

/// An address of one's own network that the name leads to from here.
async fn inner_address(address: &str) -> Option<IpAddr> {
    let url = Url::parse(address).ok()?;
    let found = tokio::net::lookup_host((url.host_str()?, url.port_or_known_default()?)).await.ok()?;
    found.map(|address| address.ip()).find(|address| !is_public_address(*address))
}

fn wrong_with(error: &anyhow::Error, remedy: &'static str) -> Finding {
    Wrong { problem: format!("{error:#}"), remedy }
}
