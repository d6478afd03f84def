//! What the service answers from.

use std::net::IpAddr;
use std::sync::Arc;

use hyper::body::Bytes;

use super::api::Api;
use crate::config::{Limits, Network};
use crate::rate::Rates;
use crate::trip::Authority;

/// Everything that answers requests.
#[derive(Debug)]
pub struct Service {
    /// The authority behind `POST /`.
    pub authority: Arc<Authority>,
    /// Bounds of size and time.
    pub limits: Limits,
    /// The root certificate in PEM.
    pub root_pem: Bytes,
    /// The chain below the root in PEM.
    pub chain_pem: Bytes,
    /// The root certificate of the test authority in PEM, where there is one.
    pub sandbox_root_pem: Option<Bytes>,
    /// The API, where there are accounts.
    pub api: Option<Api>,
    /// Requests of a client address.
    pub addresses: Arc<Rates<IpAddr>>,
    /// Proxies that are believed.
    pub trusted_proxies: Vec<Network>,
}
