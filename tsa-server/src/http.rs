//! The HTTP side: connections in, answers out.
//!
//! HTTP/1.1 with keep-alive and pipelining, and HTTP/2 by prior knowledge, within bounds of count,
//! size and time. Which path means what is in [`service`]; what a token is, is not known here.

mod body;
pub mod listener;
mod pages;
pub mod service;
mod tsp;

pub use service::Service;
