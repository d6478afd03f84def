//! Certificates and bundles, from outside.

mod support;
