//! A running `tsa-server` with a folder of its own, and the few ways to talk to it.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use tsa_core::{Integer, MessageImprint, TimeStampReq, TimeStampResp, oid};

use super::postgres::Postgres;

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_tsa-server");

/// How long anything may take before a test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A running server; killed when dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) child: Child,
    folder: Option<tempfile::TempDir>,
    data: PathBuf,
    database: Option<String>,
}

/// What the ledger is kept by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// The address of a database of a test's own, where it is not a file in the data folder.
    pub(crate) fn database(self) -> Option<String> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some(Postgres::of_all().database()),
        }
    }
}

/// Makes a test of each function for each of them.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(
                #[test]
                fn $name() {
                    super::$name(crate::server::Engine::Sqlite);
                }
            )+
        }
        mod on_postgres {
            $(
                #[test]
                fn $name() {
                    super::$name(crate::server::Engine::Postgres);
                }
            )+
        }
    };
}
pub(crate) use on_both;

impl Server {
    /// A first start in an empty folder.
    pub(crate) fn start() -> Self {
        Self::start_on(Engine::Sqlite)
    }

    /// The same, with an empty database of this kind.
    pub(crate) fn start_on(engine: Engine) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("tsa-data");
        let mut server = Self::start_with(&data, engine.database().as_deref());
        server.folder = Some(folder);
        server
    }

    /// A start with a folder and a database that outlive the server.
    pub(crate) fn start_with(data: &Path, database: Option<&str>) -> Self {
        let arguments = database.map(|url| ["--database", url]);
        let mut server = Self::start_in(data, arguments.as_ref().map_or(&[], |it| &it[..]));
        server.database = database.map(str::to_owned);
        server
    }

    /// A start with a folder that outlives the server.
    pub(crate) fn start_in(data: &Path, arguments: &[&str]) -> Self {
        let mut command = command(data, arguments);
        command.stderr(Stdio::null());
        Self::start_by(command, data)
    }

    /// A start by a command that says more.
    pub(crate) fn start_by(mut command: Command, data: &Path) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        let address = loop {
            let mut line = String::new();
            assert!(
                lines.read_line(&mut line).unwrap() > 0,
                "the server ended: {said}"
            );
            said.push_str(&line);
            if let Some(rest) = line.strip_prefix("Serving RFC 3161 time stamps on http://") {
                break rest.trim_end().trim_end_matches('/').parse().unwrap();
            }
        };
        // Somebody must read on, or a full pipe would stop the server.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Self {
            address,
            child,
            folder: None,
            data: data.to_owned(),
            database: None,
        }
    }

    /// Runs the program to its end, beside the server and with its data.
    pub(crate) fn run(&self, arguments: &[&str]) -> (ExitStatus, String, String) {
        let mut all = arguments.to_vec();
        all.extend(["--data", self.data.to_str().unwrap()]);
        if let Some(database) = &self.database {
            all.extend(["--database", database]);
        }
        run(&all)
    }

    /// Everything in the ledger adds up.
    pub(crate) fn must_be_sound(&self) {
        let (status, said, error) = self.run(&["audit"]);
        assert!(status.success(), "{said}{error}");
    }

    /// Gives the account that pays for these tests more than they can spend.
    pub(crate) fn with_plenty_of_credits(self) -> Self {
        let (status, _, said) = self.run(&["account", "grant", "demo", "1000000000"]);
        assert!(status.success(), "{said}");
        self
    }

    /// Keeps the folder that its data are in as long as it runs.
    pub(crate) fn in_folder(mut self, folder: tempfile::TempDir) -> Self {
        self.folder = Some(folder);
        self
    }

    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// kill -9.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, without waiting.
    pub(crate) fn terminate(&self) {
        self.signal("TERM");
    }

    /// A signal, without waiting.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Resident memory, in KiB.
    pub(crate) fn resident_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }

    pub(crate) fn connect(&self) -> Connection {
        Connection::new(self.address)
    }

    /// Posts a request on a connection of its own.
    pub(crate) fn post(&self, body: &[u8]) -> Reply {
        self.connect().post("/", body)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program with this data folder, on a port of the system's choice unless one is named.
pub(crate) fn command(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(["serve", "--data"]).arg(data).args(arguments);
    if !arguments.contains(&"--listen") {
        command.args(["--listen", "127.0.0.1:0"]);
    }
    command
        .env_remove("RUST_LOG")
        .env_remove("TSA_DATA")
        .env_remove("TSA_CONFIG")
        .env_remove("TSA_DATABASE_URL");
    command
}

/// Runs the program to its end.
pub(crate) fn run(arguments: &[&str]) -> (ExitStatus, String, String) {
    let output = Command::new(PROGRAM).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status, text(output.stdout), text(output.stderr))
}

/// An answer, as far as these tests look at it.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The body as a response of RFC 3161, which must be DER.
    pub(crate) fn response(&self) -> TimeStampResp<'_> {
        assert_eq!(
            self.header("content-type"),
            Some("application/timestamp-reply"),
            "{self:?}"
        );
        TimeStampResp::from_der(&self.body).unwrap()
    }
}

/// A connection on which bytes are written by hand: no client library stands between.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    pub(crate) fn new(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream: BufReader::new(stream),
        }
    }

    /// Gives up on a peer that takes nothing.
    pub(crate) fn set_write_timeout(&mut self) {
        let stream = self.stream.get_mut();
        stream
            .set_write_timeout(Some(Duration::from_secs(20)))
            .unwrap();
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.get_mut().write_all(bytes)
    }

    pub(crate) fn post(&mut self, path: &str, body: &[u8]) -> Reply {
        self.try_post(path, body).unwrap()
    }

    pub(crate) fn get(&mut self, path: &str) -> Reply {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: tsa\r\n\r\n").as_bytes())
            .unwrap();
        self.receive().unwrap()
    }

    pub(crate) fn try_post(&mut self, path: &str, body: &[u8]) -> std::io::Result<Reply> {
        let mut request = post_head(path, body.len()).into_bytes();
        request.extend_from_slice(body);
        self.send(&request)?;
        self.receive()
    }

    pub(crate) fn receive(&mut self) -> std::io::Result<Reply> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let status = line
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        let status = status.ok_or(std::io::ErrorKind::InvalidData)?;
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line)? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
        let mut reply = Reply {
            status,
            headers,
            body: Vec::new(),
        };
        let length = reply
            .header("content-length")
            .and_then(|value| value.parse().ok());
        reply.body = vec![0; length.unwrap_or(0)];
        self.stream.read_exact(&mut reply.body)?;
        Ok(reply)
    }

    /// Whether the server has closed its side.
    pub(crate) fn is_closed(&mut self) -> bool {
        matches!(self.stream.fill_buf(), Ok([]) | Err(_))
    }
}

pub(crate) fn post_head(path: &str, length: usize) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: tsa\r\nContent-Type: application/timestamp-query\r\n\
         Content-Length: {length}\r\n\r\n"
    )
}

/// A request that is granted, different for every nonce.
pub(crate) fn good_request(nonce: u64) -> TimeStampReq {
    let imprint = MessageImprint::new(oid::SHA_256, vec![0x5a; 32]);
    TimeStampReq::new(imprint)
        .with_cert_req(true)
        .with_nonce(Integer::from(nonce))
}

/// Writes a configuration that signs with keys and certificates of the test PKI.
pub(crate) fn write_config(data: &Path, key: &str, chain: &[&str], root: &str, more: &str) {
    fs::create_dir_all(data).unwrap();
    let certs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../certs");
    let read = |name: &str| fs::read_to_string(certs.join(name)).unwrap();
    let key_path = data.join("key.pem");
    fs::write(&key_path, read(&format!("keys/{key}.pem"))).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(&key_path, mode).unwrap();
    let chain: String = chain
        .iter()
        .map(|name| read(&format!("{name}.pem")))
        .collect();
    fs::write(data.join("chain.pem"), chain).unwrap();
    fs::write(data.join("root.pem"), read(&format!("{root}.pem"))).unwrap();
    let signer = "[[signer]]\npolicy = \"1.3.6.1.4.1.32473.1\"\nkey = \"key.pem\"\n\
                  certificates = \"chain.pem\"\nroot = \"root.pem\"\n";
    let account = "anonymous_account = \"demo\"";
    fs::write(
        data.join("tsa.toml"),
        format!("{account}\n{more}\n{signer}"),
    )
    .unwrap();
}

/// A tenth of the full count, or all of it when `TSA_SOAK=1`.
pub(crate) fn rounds(full: usize) -> usize {
    match std::env::var("TSA_SOAK").as_deref() {
        Ok("1") => full,
        _ => full.div_ceil(10),
    }
}

/// The seed of random tests: `TSA_SEED`, or a fixed one.
pub(crate) fn seed() -> u64 {
    std::env::var("TSA_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(3161)
}

/// A small generator (xorshift64*), enough to vary tests and repeatable by its seed.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(2).wrapping_add(1))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % bound
    }
}
