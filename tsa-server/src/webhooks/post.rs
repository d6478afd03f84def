//! One POST to a webhook: to an address that may be reached, without redirections and proxies.

use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;
use ureq::config::Config;
use ureq::tls::{TlsConfig, TlsProvider};
use ureq::unversioned::transport::DefaultConnector;

use super::target::{Guarded, is_public};

/// How long one attempt may take.
const TIME_MAX: Duration = Duration::from_secs(10);

/// What is posted.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) timestamp: String,
    pub(super) signature: String,
    pub(super) body: String,
}

/// Posts.
#[derive(Debug)]
pub(super) struct Post {
    agent: Agent,
}

impl Post {
    pub(super) fn new(may_reach_private: bool) -> Result<Self, std::io::Error> {
        let tls = TlsConfig::builder().provider(TlsProvider::Rustls).build();
        let config = Config::builder()
            .http_status_as_error(false)
            // Who redirects could lead to where nobody may go.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent(concat!("tsa-server/", env!("CARGO_PKG_VERSION")))
            // A name may lead elsewhere next time: it is looked up for each attempt.
            .max_idle_connections(0)
            .timeout_global(Some(TIME_MAX))
            .tls_config(tls)
            .build();
        let reach: Arc<dyn Fn(std::net::IpAddr) -> bool + Send + Sync> = match may_reach_private {
            true => Arc::new(|_| true),
            false => Arc::new(is_public),
        };
        let agent = Agent::with_parts(config, DefaultConnector::default(), Guarded::new(reach));
        Ok(Self { agent })
    }

    /// Posts once; `Err` says why it was not taken.
    pub(super) fn send(&self, url: &str, message: &Message) -> Result<(), String> {
        let sent = self
            .agent
            .post(url)
            .content_type("application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", &message.timestamp)
            .header("webhook-signature", &message.signature)
            .send(message.body.as_bytes());
        match sent {
            Ok(response) if response.status().is_success() => Ok(()),
            Ok(response) => Err(format!("HTTP {}", response.status().as_u16())),
            Err(error) => Err(error.to_string()),
        }
    }
}
