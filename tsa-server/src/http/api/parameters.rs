//! The parameters of lists, as the description has them. They are read in [`super::wire`].
#![expect(dead_code, reason = "the fields are there to be described")]

use utoipa::IntoParams;

/// What every list takes.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// From this time on (RFC 3339)
    #[param(format = DateTime, required = false)]
    from: String,
    /// Before this time (RFC 3339)
    #[param(format = DateTime, required = false)]
    to: String,
    /// `next` of the page before
    #[param(pattern = "^[A-Za-z0-9_-]{23}$", required = false)]
    cursor: String,
    /// Entries of a page; 100 without it
    #[param(minimum = 1, maximum = 500, required = false)]
    limit: i32,
}

/// What stamps are looked for by.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Sought {
    /// Digest of the file, in hex, whatever its algorithm
    #[param(pattern = "^([0-9a-fA-F]{2}){16,64}$", required = false)]
    digest: String,
    /// Name that was given with the digest
    #[param(min_length = 1, max_length = 255, required = false)]
    name: String,
}

/// The name of a request or batch.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(super) struct Idempotency {
    /// Names this very request: sent again with the same body, it goes on where it was cut
    #[param(
        rename = "Idempotency-Key",
        pattern = "^[\\t -~]{1,128}$",
        required = false
    )]
    idempotency_key: String,
}
