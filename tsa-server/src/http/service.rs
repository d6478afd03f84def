//! What the service answers from.

use std::net::IpAddr;
use std::sync::Arc;

use super::api::{Admin, Api};
use crate::ca::keeper::Keeper;
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
    /// The API, where there are accounts.
    pub api: Option<Api>,
    /// What the operator may ask.
    pub admin: Admin,
    /// The CRL of the development CA.
    pub crl: Arc<Keeper>,
    /// Requests of a client address.
    pub addresses: Arc<Rates<IpAddr>>,
    /// Proxies that are believed.
    pub trusted_proxies: Vec<Network>,
}
