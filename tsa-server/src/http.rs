//! The HTTP side: connections in, answers out.
//!
//! HTTP/1.1 with keep-alive and pipelining, and HTTP/2 by prior knowledge, within bounds of count,
//! size and time. Which path means what is in [`routes`]; what a token is, is not known here.

mod answer;
pub mod api;
mod body;
mod client_address;
mod credentials;
mod crl;
pub mod listener;
mod pages;
mod patience;
pub mod routes;
mod service;
mod tsp;

pub use answer::Answer;
pub(crate) use api::shown as api_time;
pub use service::Service;
