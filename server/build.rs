//! Lists the site's files for embedding. A release build carries them inside; any other reads them from disk, so that a
//! changed style sheet needs no rebuild. An empty or missing folder is fine: pages then work without hydration.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-env-changed=TENANTRY_SITE");
    println!("cargo:rerun-if-env-changed=CARGO_TARGET_DIR");
    let site = site_folder()?;
    println!("cargo:rustc-env=SITE_FOLDER={}", site.display());
    let mut files = Vec::new();
    if env::var_os("PROFILE").is_some_and(|profile| profile == "release") {
        fs::create_dir_all(&site)?;
        println!("cargo:rerun-if-changed={}", site.display());
        list(&site, &mut files)?;
        files.sort();
    }
    let mut table = String::from("pub static FILES: &[(&str, &[u8])] = &[\n");
    for file in &files {
        let name = file.strip_prefix(&site).map_err(io::Error::other)?;
        writeln!(table, "    ({:?}, include_bytes!({:?})),", name, file).map_err(io::Error::other)?;
    }
    table.push_str("];\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?);
    fs::write(out.join("site.rs"), table)
}

/// `TENANTRY_SITE`, else `site` in cargo's target folder.
fn site_folder() -> io::Result<PathBuf> {
    let folder = match (env::var_os("TENANTRY_SITE"), env::var_os("CARGO_TARGET_DIR")) {
        (Some(site), _) => PathBuf::from(site),
        (None, Some(target)) => PathBuf::from(target).join("site"),
        (None, None) => PathBuf::from("target/site"),
    };
    // Relative names count from the workspace.
    let workspace = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default().join("..");
    Ok(workspace.canonicalize()?.join(folder))
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            list(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
