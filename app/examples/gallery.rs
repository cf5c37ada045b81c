//! Serves the pages over the tests' fake backend, to look at them in every state without a database or a Microsoft.
//! Usage: `cargo run -p app --features ssr --example gallery -- [ADDRESS [ROLE]]`

use std::process::ExitCode;

use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use domain::operator::Role;

#[path = "../tests/pages/fake.rs"]
mod fake;
#[path = "../tests/pages/site.rs"]
mod site;

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:4300".to_owned());
    let name = arguments.next().unwrap_or_else(|| "admin".to_owned());
    let Some(role) = Role::ALL.into_iter().find(|role| role.name() == name) else {
        eprintln!("no such role: {name}");
        return ExitCode::FAILURE;
    };
    let pages = site::site(fake::signed_in(role, 2), fake::backend(), fake::now())
        .route("/pkg/tenantry.css", get(|| async { ([(CONTENT_TYPE, "text/css")], stylesheet()) }))
        .route(
            "/pkg/{name}",
            get(|axum::extract::Path(name): axum::extract::Path<String>| file("target/gallery", name)),
        )
        .route(
            "/fonts/{name}",
            get(|axum::extract::Path(name): axum::extract::Path<String>| file("public/fonts", name)),
        );
    let listener = match tokio::net::TcpListener::bind(&address).await {
        Ok(listener) => listener,
        Err(problem) => {
            eprintln!("{address}: {problem}");
            return ExitCode::FAILURE;
        }
    };
    println!("http://{address} as {}", role.label());
    match axum::serve(listener, pages).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

/// As the build makes it: the files of `style/` in the order of their names.
fn stylesheet() -> String {
    let mut paths: Vec<_> =
        std::fs::read_dir("style").into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths.iter().filter_map(|path| std::fs::read_to_string(path).ok()).collect()
}

async fn file(folder: &'static str, name: String) -> Result<impl axum::response::IntoResponse, axum::http::StatusCode> {
    let kind = match name.rsplit('.').next() {
        Some("js") => "text/javascript",
        Some("wasm") => "application/wasm",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    };
    let content = std::fs::read(format!("{folder}/{name}")).map_err(|_| axum::http::StatusCode::NOT_FOUND)?;
    Ok(([(CONTENT_TYPE, kind)], content))
}
