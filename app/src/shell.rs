//! The document around the app: head, assets, and the policy for what the page may load. Server only.

use http::header::{CONTENT_SECURITY_POLICY, COOKIE, HeaderValue};
use http::request::Parts;
use leptos::config::LeptosOptions;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_meta::MetaTags;

use crate::api::preferences::{THEME_COOKIE, Theme};
use crate::app::App;

/// Addresses of what the page loads, named by their content where the build hashes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assets {
    pub stylesheet: String,
    pub script: String,
    pub wasm: String,
    /// The worker that judges what-ifs.
    pub what_if: String,
}

impl Assets {
    /// File names under `/pkg`, as the site's manifest lists them.
    pub fn in_pkg(css: &str, js: &str, wasm: &str, what_if: &str) -> Self {
        Self {
            stylesheet: format!("/pkg/{css}"),
            script: format!("/pkg/{js}"),
            wasm: format!("/pkg/{wasm}"),
            what_if: format!("/pkg/{what_if}"),
        }
    }

    /// The names that `cargo leptos watch` gives them.
    pub fn of(options: &LeptosOptions) -> Self {
        let (pkg, name) = (&options.site_pkg_dir, &options.output_name);
        Self {
            stylesheet: format!("/{pkg}/{name}.css"),
            script: format!("/{pkg}/{name}.js"),
            wasm: format!("/{pkg}/{name}.wasm"),
            what_if: format!("/{pkg}/what-if-worker.js"),
        }
    }
}

/// What a page may load: our own files, and inline scripts that bear this answer's nonce (they carry the page's data).
pub fn content_security_policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; \
         font-src 'self'; connect-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
}

/// The whole document. Needs the context that `leptos_axum` provides.
pub fn shell(assets: Assets) -> impl IntoView {
    let nonce = use_nonce();
    if let (Some(nonce), Some(response)) = (&nonce, use_context::<ResponseOptions>())
        && let Ok(policy) = HeaderValue::from_str(&content_security_policy(nonce))
    {
        response.insert_header(CONTENT_SECURITY_POLICY, policy);
    }
    let theme = chosen_theme().attribute();
    let script = format!(
        "import init,{{hydrate}} from {:?};init({{module_or_path:{:?}}}).then(hydrate)",
        assets.script, assets.wasm
    );
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme data-what-if=assets.what_if>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="referrer" content="same-origin" />
                <link rel="stylesheet" href=assets.stylesheet />
                <link
                    rel="preload"
                    href="/fonts/inter-latin.woff2"
                    r#as="font"
                    r#type="font/woff2"
                    crossorigin="anonymous"
                />
                <link rel="icon" href="/favicon.svg" r#type="image/svg+xml" />
                <link rel="modulepreload" href=assets.script />
                <link rel="preload" href=assets.wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous" />
                <MetaTags />
                <script type="module" nonce=nonce>
                    {script}
                </script>
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

fn chosen_theme() -> Theme {
    use_context::<Parts>()
        .and_then(|parts| {
            let cookies = parts.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
            cookies.flat_map(|cookies| cookies.split(';')).find_map(|cookie| {
                let (name, value) = cookie.trim().split_once('=')?;
                (name == THEME_COOKIE).then(|| Theme::from_name(value))
            })
        })
        .unwrap_or_default()
}
