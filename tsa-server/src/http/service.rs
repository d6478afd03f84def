//! What the service answers from.

use std::net::IpAddr;
use std::sync::Arc;

use hyper::body::Bytes;

use crate::config::Limits;
use crate::trip::Authority;

/// Where a request comes from, carried by it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) IpAddr);

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
}
