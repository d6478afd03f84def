//! Three nodes behind a plain balancer are one service, whatever happens to any of them and to
//! their database: every reply that a client got is in the record once and was paid once.

use std::collections::HashMap;
use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::postgres::Postgres;
use super::server::{Connection, PATIENCE, Server, good_request, rounds, write_config};

const NODES: usize = 3;
const CLIENTS: u64 = 12;

/// haproxy, in front of some servers; killed when dropped.
struct Balancer {
    address: SocketAddr,
    child: Child,
}

impl Balancer {
    fn start(folder: &Path, servers: &[Server]) -> Self {
        // Between here and its start somebody else may take the port: then the test fails.
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        let mut config = format!(
            "defaults\n  mode http\n  timeout connect 2s\n  timeout client 60s\n  \
             timeout server 60s\nfrontend tsa\n  bind {address}\n  default_backend nodes\n\
             backend nodes\n  balance roundrobin\n  option httpchk GET /healthz\n"
        );
        for (index, server) in servers.iter().enumerate() {
            let line = format!(
                "  server node{index} {} check inter 100ms\n",
                server.address
            );
            config.push_str(&line);
        }
        let path = folder.join("haproxy.cfg");
        fs::write(&path, config).unwrap();
        drop(free);
        let child = Command::new("haproxy")
            .arg("-db")
            .arg("-f")
            .arg(&path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("haproxy is not installed (Debian: haproxy)");
        let mut balancer = Self { address, child };
        balancer.wait_until_ready();
        balancer
    }

    fn wait_until_ready(&mut self) {
        for _ in 0..PATIENCE.as_millis() / 50 {
            if TcpStream::connect(self.address).is_ok() {
                return;
            }
            assert!(self.child.try_wait().unwrap().is_none(), "haproxy ended");
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("haproxy does not listen");
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A request, and what it was answered in the end.
struct Granted {
    body: Vec<u8>,
    reply: Vec<u8>,
    serial: String,
}

/// Sends requests until it is over; each of them until it has its token.
fn insist(
    address: SocketAddr,
    client: u64,
    is_over: &AtomicBool,
    granted: &AtomicU64,
) -> (Vec<Granted>, u64) {
    let (mut all, mut failures) = (Vec::new(), 0);
    let mut connection = None;
    for number in 0.. {
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        let body = good_request((1 << 63) | (client << 32) | number);
        let body = body.to_der().unwrap();
        loop {
            let mut own: Connection = match connection.take() {
                Some(own) => own,
                None => Connection::new(address),
            };
            let Ok(reply) = own.try_post("/", &body) else {
                failures += 1;
                continue;
            };
            // 503 is the balancer's, and systemFailure the node's.
            if reply.status == 200 && reply.response().time_stamp_token.is_some() {
                let serial = reply.header("tsa-serial").unwrap().to_owned();
                let reply = reply.body;
                all.push(Granted {
                    body,
                    reply,
                    serial,
                });
                connection = Some(own);
                granted.fetch_add(1, Ordering::Relaxed);
                break;
            }
            failures += 1;
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    (all, failures)
}

/// Nodes on one database, all of them signing as one authority.
struct Service {
    folder: tempfile::TempDir,
    database: String,
    nodes: Vec<Server>,
}

impl Service {
    fn start(postgres: &Postgres) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = postgres.database();
        let mut service = Self {
            folder,
            database,
            nodes: Vec::new(),
        };
        for index in 0..NODES {
            let data = service.data(index);
            write_config(&data, "tsa-p256", &["tsa-p256", "intermediate"], "root", "");
            let database = Some(service.database.as_str());
            service.nodes.push(Server::start_with(&data, database));
        }
        service
    }

    /// Starts a node that was killed, where the balancer looks for it.
    fn restart(&mut self, index: usize) {
        let address = self.nodes[index].address.to_string();
        let arguments = ["--database", &self.database, "--listen", &address];
        self.nodes[index] = Server::start_in(&self.data(index), &arguments);
    }

    fn data(&self, index: usize) -> std::path::PathBuf {
        self.folder.path().join(format!("node{index}"))
    }

    fn any(&self) -> &Server {
        &self.nodes[0]
    }
}

#[test]
fn one_service_of_three_nodes_outlives_a_node_and_its_database() {
    let postgres = Postgres::start();
    let mut service = Service::start(&postgres);
    let (status, _, said) = service
        .any()
        .run(&["account", "grant", "demo", "1000000000"]);
    assert!(status.success(), "{said}");
    let before = service.any().balance("demo");
    let balancer = Balancer::start(service.folder.path(), &service.nodes);
    let (is_over, granted) = (AtomicBool::new(false), AtomicU64::new(0));
    let more = |tokens: u64| {
        let wanted = granted.load(Ordering::Relaxed) + tokens;
        while granted.load(Ordering::Relaxed) < wanted {
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    let count = rounds(20);
    let (all, failures) = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let (is_over, granted) = (&is_over, &granted);
                let address = balancer.address;
                scope.spawn(move || insist(address, client, is_over, granted))
            })
            .collect();
        for round in 0..count {
            more(300);
            service.nodes[round % NODES].kill();
            more(300);
            postgres.restart();
            more(300);
            service.restart(round % NODES);
        }
        is_over.store(true, Ordering::Relaxed);
        let mut all = Vec::new();
        let mut failures = 0;
        for client in clients {
            let (granted, failed) = client.join().unwrap();
            all.extend(granted);
            failures += failed;
        }
        (all, failures)
    });
    let mut serials: HashMap<&str, usize> = HashMap::new();
    for granted in &all {
        *serials.entry(&granted.serial).or_default() += 1;
    }
    assert_eq!(serials.len(), all.len(), "a serial number came twice");
    // Asked again at a node of one's own choice, each has the same token, and nothing is paid.
    for node in &mut service.nodes {
        node.kill();
    }
    let last = Server::start_with(&service.data(0), Some(&service.database));
    let mut connection = last.connect();
    for granted in &all {
        let again = connection.post("/", &granted.body);
        assert!(again.body == granted.reply, "another token");
    }
    assert_eq!(last.balance("demo"), before - all.len() as u64);
    last.must_be_sound();
    println!(
        "soak: three-nodes {count} times a node was killed and PostgreSQL restarted; {} requests, \
         one token and one credit each; {failures} answers were none",
        all.len()
    );
}
