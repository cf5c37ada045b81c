//! A private PostgreSQL cluster for one run of the tests: the first test that needs it starts it, and it stops when the run is
//! over. It listens on a socket in its own folder and on nothing else.

use std::fs::File;
use std::os::unix::process::parent_id;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where the cluster listens.
pub struct Cluster {
    socket: PathBuf,
}

impl Cluster {
    /// The run's cluster, or a sentence about what is missing.
    pub fn get() -> Result<Self, String> {
        let run = parent_id();
        let folder = std::env::temp_dir().join(format!("tenantry-it-postgres-{run}"));
        let lock = File::create(folder.with_extension("lock")).map_err(|error| format!("no lock file: {error}"))?;
        // Tests run in processes of their own: one of them starts the cluster, the others wait.
        lock.lock().map_err(|error| format!("the lock file cannot be locked: {error}"))?;
        if !folder.join("started").exists() {
            start(&folder, run)?;
        }
        Ok(Self { socket: folder })
    }

    /// As the application's role, which is no superuser: row-level security binds it.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://tenantry@localhost/{database}?host={}", self.socket.display())
    }

    pub fn superuser_url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.socket.display())
    }
}

fn start(folder: &Path, run: u32) -> Result<(), String> {
    let programs = programs()?;
    let program = |name: &str| programs.join(name).display().to_string();
    let data = folder.join("data").display().to_string();
    let log = folder.join("log").display().to_string();
    let folder = folder.display().to_string();
    unprivileged(&["rm", "-rf", &folder])?;
    unprivileged(&["mkdir", &folder])?;
    let initdb = program("initdb");
    unprivileged(&[&initdb, "-D", &data, "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C"])?;
    let options = format!(
        "-k {folder} -c listen_addresses= -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
         -c max_connections=400"
    );
    unprivileged(&[&program("pg_ctl"), "-D", &data, "-l", &log, "-o", &options, "-w", "start"])?;
    stop_after(run, &folder, &program("pg_ctl"), &data)?;
    let role = "CREATE ROLE tenantry LOGIN NOSUPERUSER NOBYPASSRLS";
    unprivileged(&[&program("psql"), "-h", &folder, "-U", "postgres", "-qc", role])?;
    unprivileged(&["touch", &format!("{folder}/started")])
}

/// Leaves somebody behind who stops the cluster when the run is over, however it ends.
fn stop_after(run: u32, folder: &str, pg_ctl: &str, data: &str) -> Result<(), String> {
    let mut stop = as_unprivileged()?;
    stop.extend([pg_ctl, "-D", data, "-m", "immediate", "stop"].map(String::from));
    let script =
        format!("while kill -0 {run} 2>/dev/null; do sleep 1; done; {}; rm -rf {folder} {folder}.lock", stop.join(" "));
    let mut watch = Command::new("sh");
    watch.args(["-c", &script]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    watch.spawn().map(drop).map_err(|error| format!("the cluster's end cannot be arranged: {error}"))
}

/// The folder with initdb and its kin.
fn programs() -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).collect::<Vec<_>>();
    let packaged = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<_> = packaged.map(|version| version.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
    on_path
        .into_iter()
        .chain(folders)
        .find_map(|folder| Some(folder.join("initdb").canonicalize().ok()?.parent()?.to_owned()))
        .ok_or_else(|| String::from("PostgreSQL is missing: no initdb on PATH or under /usr/lib/postgresql"))
}

/// PostgreSQL refuses to run as root: the words that change the user, none when that is not needed.
fn as_unprivileged() -> Result<Vec<String>, String> {
    let id = |words: &[&str]| Command::new("id").args(words).output().map_err(|error| format!("id: {error}"));
    if id(&["-u"])?.stdout.trim_ascii() != b"0" {
        return Ok(Vec::new());
    }
    if !id(&["-u", "postgres"])?.status.success() {
        return Err(String::from(
            "PostgreSQL refuses to run as root, and there is no user called postgres to run it as",
        ));
    }
    Ok(["runuser", "-u", "postgres", "--"].map(String::from).to_vec())
}

/// What a started server inherits must be a file: a pipe would never end.
fn unprivileged(words: &[&str]) -> Result<(), String> {
    let output = std::env::temp_dir().join(format!("tenantry-it-postgres-{}.out", std::process::id()));
    let mut all = as_unprivileged()?;
    all.extend(words.iter().copied().map(String::from));
    let run = || -> std::io::Result<_> {
        let file = File::create(&output)?;
        let mut command = Command::new(&all[0]);
        command.args(&all[1..]).current_dir("/").stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let status = command.status()?;
        let said = std::fs::read_to_string(&output)?;
        std::fs::remove_file(&output)?;
        Ok((status, said))
    };
    match run() {
        Ok((status, _)) if status.success() => Ok(()),
        Ok((_, said)) => Err(format!("{} failed: {said}", words.join(" "))),
        Err(error) => Err(format!("{} cannot run: {error}", words.join(" "))),
    }
}
