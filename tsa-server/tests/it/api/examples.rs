//! The examples of `examples/api` do what they say: ask, verify, see a top-up, go on after a cut.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use super::desk::{Client, server};
use crate::interop::desk::{demand, java_class_path, program, python, run};
use crate::server::Server;

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../examples/api")
        .join(name)
}

/// What an example needs: a folder with files, a root, a key.
struct Desk {
    server: Server,
    folder: tempfile::TempDir,
    key: String,
}

impl Desk {
    fn new(credits: u64) -> Self {
        let server = server();
        let key = server.customer("alice", credits);
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.txt", "b.txt", "c.txt"] {
            std::fs::write(folder.path().join(name), name).unwrap();
        }
        std::fs::copy(
            server.data().join("root.pem"),
            folder.path().join("root.pem"),
        )
        .unwrap();
        Self {
            server,
            folder,
            key,
        }
    }

    fn command(&self, name: impl AsRef<Path>, url: &str) -> Command {
        let mut command = program(name.as_ref(), self.folder.path());
        command.env("TSA_URL", url).env("TSA_API_KEY", &self.key);
        command
    }

    fn balance(&self) -> u64 {
        Client::new(&self.server, &self.key).balance()
    }

    /// OpenSSL judges the token beside a file.
    fn must_verify(&self, file: &str) {
        let mut openssl = program("openssl", self.folder.path());
        let token = format!("{file}.tsr");
        let arguments = [
            "ts", "-verify", "-data", file, "-in", &token, "-CAfile", "root.pem",
        ];
        run(openssl.args(arguments)).unwrap();
    }

    /// An address behind which credits are given as soon as somebody was refused for want of them.
    fn top_up_later(&self, credits: u32) -> (String, std::thread::JoinHandle<()>) {
        let (address, refused) = proxy(self.server.address, false);
        let data = self.server.data().to_str().unwrap().to_owned();
        let topped_up = std::thread::spawn(move || {
            refused.recv_timeout(Duration::from_secs(120)).unwrap();
            let credits = credits.to_string();
            let arguments = ["account", "grant", "alice", &credits, "--data", &data];
            assert!(crate::server::run(&arguments).0.success());
        });
        (format!("http://{address}"), topped_up)
    }
}

/// An address behind which the first connection is cut when the request was passed on: the answer
/// is lost, the token is made.
fn cutting(server: SocketAddr) -> SocketAddr {
    proxy(server, true).0
}

/// An address that passes on to the server, and tells of answers with status 402. The first
/// connection may be cut before its answer.
fn proxy(server: SocketAddr, is_cutting: bool) -> (SocketAddr, Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for (number, client) in listener.incoming().enumerate() {
            let Ok(client) = client else {
                return;
            };
            let tell = tell.clone();
            std::thread::spawn(move || pass(client, server, is_cutting && number == 0, &tell));
        }
    });
    (address, told)
}

fn pass(
    mut client: TcpStream,
    server: SocketAddr,
    is_cut: bool,
    tell: &Sender<()>,
) -> std::io::Result<()> {
    let mut server = TcpStream::connect(server)?;
    let (mut requests, mut to_server) = (client.try_clone()?, server.try_clone()?);
    std::thread::spawn(move || std::io::copy(&mut requests, &mut to_server));
    let mut buffer = vec![0; 65_536];
    loop {
        let count = server.read(&mut buffer)?;
        if is_cut || count == 0 {
            return client.shutdown(std::net::Shutdown::Both);
        }
        client.write_all(&buffer[..count])?;
        if buffer.starts_with(b"HTTP/1.1 402 ") {
            // Nobody may be left to hear it.
            let _ = tell.send(());
        }
    }
}

#[test]
fn the_shell_example_stamps_verifies_and_goes_on_after_a_cut() {
    let desk = Desk::new(5);
    for url in [
        desk.server.url(""),
        format!("http://{}", cutting(desk.server.address)),
    ] {
        let mut shell = desk.command(example("stamp.sh"), &url);
        let said = run(shell.args(["a.txt", "root.pem"])).unwrap();
        demand(said, &["Verification: OK", "balance: 4"]).unwrap();
        desk.must_verify("a.txt");
    }
    assert_eq!(desk.balance(), 4);
}

#[test]
fn the_python_example_goes_on_after_a_cut_and_sees_a_top_up() {
    let desk = Desk::new(1);
    let (url, topped_up) = desk.top_up_later(4);
    let mut client = desk.command(python(), &url);
    client.arg(example("stamp.py")).env("CUT_AFTER", "1");
    let said = run(client.args(["a.txt", "b.txt", "c.txt"])).unwrap();
    let words = [
        "waiting: The account has too few credits",
        "top-up seen",
        "sent again: cut for trying out",
        "2 left",
    ];
    demand(said, &words).unwrap();
    topped_up.join().unwrap();
    for file in ["a.txt", "b.txt", "c.txt"] {
        desk.must_verify(file);
    }
    assert_eq!(desk.balance(), 2);
}

#[test]
fn the_java_example_verifies_sees_a_top_up_and_goes_on_after_a_cut() {
    let desk = Desk::new(0);
    let class_path = java_class_path(desk.folder.path());
    let mut compile = program("javac", desk.folder.path());
    compile.args(["-Xlint:all,-path", "-Werror", "-d", ".", "-cp", &class_path]);
    run(compile.arg(example("ApiStamp.java"))).unwrap();
    let (url, topped_up) = desk.top_up_later(3);
    for (url, words) in [
        (url, "waiting for a top-up"),
        (
            format!("http://{}", cutting(desk.server.address)),
            "sent again",
        ),
    ] {
        let mut java = desk.command("java", &url);
        java.args(["-cp", &class_path, "ApiStamp", &url, "a.txt", "root.pem"]);
        demand(run(&mut java).unwrap(), &[words, "verified ", "balance 2"]).unwrap();
        desk.must_verify("a.txt");
    }
    topped_up.join().unwrap();
    assert_eq!(desk.balance(), 2);
}
