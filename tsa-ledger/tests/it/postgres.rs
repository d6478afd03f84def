//! A PostgreSQL server of these tests' own: one for the whole binary, a database for each test.
//!
//! It listens on a socket in a folder of its own, and ends with this process, however that ends:
//! a shell waits for the end of its standard input and then stops it. When it cannot start, the
//! test fails and says why.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// A server.
pub(crate) struct Postgres {
    pub(crate) folder: PathBuf,
    /// Its standard input is open as long as this process lives.
    _keeper: Child,
}

/// Starts the server, tells the process that all is well, and stops it when nobody is left.
const KEEPER: &str = r#"
set -u
# Who interrupts the tests means the tests.
trap '' HUP INT TERM
folder=$1; shift
"$@" "$pg/initdb" --pgdata "$folder/data" --auth trust --username tsa --encoding UTF8 \
    --no-locale --no-sync >"$folder/log" 2>&1 &&
"$@" "$pg/pg_ctl" start --pgdata "$folder/data" --log "$folder/data/log" --wait --timeout 60 \
    --options "-c listen_addresses= -c unix_socket_directories=$folder -c max_connections=300 \
               -c shared_buffers=64MB" >>"$folder/log" 2>&1 &&
echo ready || { echo failed; cat "$folder/log" "$folder/data/log"; }
exec 1>&-
read -r _
"$@" "$pg/pg_ctl" stop --pgdata "$folder/data" --mode immediate >/dev/null 2>&1
rm -rf "$folder"
"#;

impl Postgres {
    /// The one server of this binary.
    pub(crate) fn of_all() -> &'static Self {
        static SERVER: OnceLock<Postgres> = OnceLock::new();
        SERVER.get_or_init(Self::start)
    }

    /// A server of one test's own.
    pub(crate) fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("tsa-pg-").tempdir();
        // From here on the shell removes it.
        let folder = folder.unwrap().keep();
        let owner = as_owner();
        if owner.get_program() == "runuser" {
            let status = Command::new("chown").arg("postgres").arg(&folder).status();
            assert!(status.unwrap().success(), "there is no user postgres");
        }
        let mut command = Command::new("sh");
        command.env("pg", programs());
        command.args(["-c", KEEPER, "sh"]).arg(&folder);
        command.arg(owner.get_program()).args(owner.get_args());
        let mut keeper = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .current_dir("/")
            .spawn()
            .unwrap();
        let mut said = String::new();
        let mut out = keeper.stdout.take().unwrap();
        out.read_to_string(&mut said).unwrap();
        assert_eq!(said.trim(), "ready", "PostgreSQL does not start");
        Self {
            folder,
            _keeper: keeper,
        }
    }

    /// The address of a new, empty database.
    pub(crate) fn database(&self) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("test{}", NEXT.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        self.url(&name)
    }

    /// The address of a database.
    pub(crate) fn url(&self, name: &str) -> String {
        url(name, &self.folder)
    }

    /// Ends every process of the server at once, as a crash does, and starts it again.
    pub(crate) fn restart(&self) {
        self.pg_ctl(&["restart", "--mode", "immediate"]);
    }

    /// Starts or stops it, or whatever `pg_ctl` does.
    pub(crate) fn pg_ctl(&self, arguments: &[&str]) {
        let mut command = as_owner();
        command.arg(programs().join("pg_ctl")).args(arguments);
        command.arg("--pgdata").arg(self.folder.join("data"));
        if arguments != ["promote"] && arguments.first() != Some(&"stop") {
            command.arg("--log").arg(self.folder.join("data/log"));
        }
        command.args(["--wait", "--timeout", "60", "--silent"]);
        let status = command.stdin(Stdio::null()).status();
        assert!(status.unwrap().success(), "pg_ctl {arguments:?}");
    }

    /// What `psql` says to a statement, as the owner of everything.
    pub(crate) fn sql(&self, database: &str, statement: &str) -> String {
        let output = Command::new(programs().join("psql"))
            .arg("--host")
            .arg(&self.folder)
            .args(["--username", "tsa", "--dbname", database])
            .args(["--no-psqlrc", "--tuples-only", "--no-align", "--quiet"])
            .args(["--set", "ON_ERROR_STOP=1", "--command", statement])
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{statement}: {error}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

pub(crate) fn url(database: &str, socket: &Path) -> String {
    format!("postgres:///{database}?host={}&user=tsa", socket.display())
}

/// Runs a program as somebody who may run the server, which refuses to be root.
pub(crate) fn as_owner() -> Command {
    let user = Command::new("id").arg("-u").output().unwrap().stdout;
    let mut command = Command::new(if user == b"0\n" { "runuser" } else { "env" });
    if user == b"0\n" {
        command.args(["-u", "postgres", "--"]);
    }
    command.current_dir("/");
    command
}

/// Where the server's programs are: Debian keeps them apart by version.
pub(crate) fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql");
    let versions = versions.into_iter().flatten().flatten();
    let found = versions
        .map(|version| version.path().join("bin"))
        .filter(|folder| folder.join("initdb").exists())
        .max();
    let in_path = || {
        let paths = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&paths).find(|folder| folder.join("initdb").exists())
    };
    let found = found.or_else(in_path);
    found.expect("PostgreSQL is not installed (Debian: postgresql)")
}
