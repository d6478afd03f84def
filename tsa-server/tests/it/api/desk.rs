//! A server with accounts, and requests to its API.

use std::io::BufRead;
use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::{Method, Request};

use crate::server::{PATIENCE, Server};

/// A first start whose webhooks may lead to this machine.
pub(super) fn server() -> Server {
    server_with(|config| config)
}

/// With a configuration that differs.
pub(super) fn server_with(change: impl Fn(String) -> String) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tsa-data");
    let (status, _, said) = crate::server::run(&["init", "--data", data.to_str().unwrap()]);
    assert!(status.success(), "{said}");
    let path = data.join("tsa.toml");
    let config = std::fs::read_to_string(&path).unwrap();
    let config = config
        .replace("private_targets = false", "private_targets = true")
        .replace("retry_seconds = 5", "retry_seconds = 1");
    std::fs::write(&path, change(config)).unwrap();
    Server::start_in(&data, &[]).in_folder(folder)
}

/// Somebody with a key.
pub(super) struct Client {
    agent: Agent,
    base: String,
    key: String,
}

/// An answer, as far as these tests look at it.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The problem that it is: status and type without what all types begin with.
    pub(super) fn problem(&self) -> (u16, String) {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{self:?}"
        );
        let problem = self.json();
        assert_eq!(problem["status"], self.status);
        let kind = problem["type"].as_str().unwrap();
        let kind = kind.strip_prefix("urn:tsa:problem:").unwrap();
        (self.status, kind.to_owned())
    }

    pub(super) fn ok(self) -> Value {
        assert!(self.status < 300, "{self:?}");
        self.json()
    }

    /// The lines of a stream.
    pub(super) fn lines(&self) -> Vec<Value> {
        let lines = self.body.lines();
        lines
            .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
            .collect()
    }
}

impl Client {
    pub(super) fn new(server: &Server, key: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .proxy(None)
            .timeout_global(Some(PATIENCE + Duration::from_secs(60)))
            .build();
        Self {
            agent: config.into(),
            base: server.url(""),
            key: key.to_owned(),
        }
    }

    /// A request as it is said.
    pub(super) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).unwrap())
            .uri(format!("{}{path}", self.base));
        if !headers.iter().any(|(name, _)| *name == "authorization") && !self.key.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.key));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = self.agent.run(request.body(body).unwrap()).unwrap();
        let headers = response.headers().iter();
        Answer {
            status: response.status().as_u16(),
            headers: headers
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
                .collect(),
            body: response
                .body_mut()
                .with_config()
                .limit(1 << 30)
                .read_to_vec()
                .unwrap(),
        }
    }

    pub(super) fn get(&self, path: &str) -> Answer {
        self.send("GET", &format!("/api/v1/{path}"), &[], b"")
    }

    pub(super) fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", &format!("/api/v1/{path}"), &[], b"")
    }

    pub(super) fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_with(path, &[], body)
    }

    pub(super) fn post_with(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let json = [("content-type", "application/json")];
        let headers = [&json, headers].concat();
        let body = body.to_string();
        self.send(
            "POST",
            &format!("/api/v1/{path}"),
            &headers,
            body.as_bytes(),
        )
    }

    pub(super) fn balance(&self) -> u64 {
        self.get("account").ok()["balance"].as_u64().unwrap()
    }
}

/// A digest of nothing that exists.
pub(super) fn digest(number: u64) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, &number.to_be_bytes());
    base16ct::lower::encode_string(digest.as_ref())
}

/// A request for tokens of some digests.
pub(super) fn order(numbers: impl IntoIterator<Item = u64>) -> Value {
    let digests = numbers
        .into_iter()
        .map(|number| json!({ "digest": digest(number), "name": format!("file {number}") }));
    json!({ "digests": digests.collect::<Vec<_>>() })
}
