//! The API of platform backends, asked as they do.

mod batch;
mod described;
mod desk;
mod endpoints;
mod isolation;
mod webhooks;
