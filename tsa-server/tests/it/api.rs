//! The API of platform backends, asked as they do.

mod admin;
mod batch;
mod described;
mod desk;
mod endpoints;
mod examples;
mod isolation;
mod webhooks;
