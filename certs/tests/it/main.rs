//! The committed certificates are the declared ones, and OpenSSL sees in them what we do.
//!
//! Not in scope: what our own verifier says of them; its tests do that.

#[cfg(test)]
mod openssl;
#[cfg(test)]
mod regenerate;
