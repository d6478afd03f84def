//! Which problems which kind of request can have, for the description.
#![expect(dead_code, reason = "the variants are there to be described")]

use utoipa::IntoResponses;

use super::problem::Problem;

/// Of a request for a list or for the account.
#[derive(IntoResponses)]
pub(super) enum OfGet {
    /// It cannot be read, or fields of it are wrong
    #[response(status = 400, content_type = "application/problem+json")]
    Invalid(#[to_schema] Problem),
    /// The API key is missing or not accepted
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(#[to_schema] Problem),
    /// The API key may not be used for this
    #[response(status = 403, content_type = "application/problem+json")]
    OutOfScope(#[to_schema] Problem),
    /// Too many requests; `Retry-After` says when to come again
    #[response(status = 429, content_type = "application/problem+json")]
    TooFast(#[to_schema] Problem),
    /// The service cannot answer at the moment; nothing was charged
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(#[to_schema] Problem),
}

/// Of a request for one thing.
#[derive(IntoResponses)]
pub(super) enum OfOne {
    /// It cannot be read, or fields of it are wrong
    #[response(status = 400, content_type = "application/problem+json")]
    Invalid(#[to_schema] Problem),
    /// The API key is missing or not accepted
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(#[to_schema] Problem),
    /// The API key may not be used for this
    #[response(status = 403, content_type = "application/problem+json")]
    OutOfScope(#[to_schema] Problem),
    /// The account has nothing of this name
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(#[to_schema] Problem),
    /// Too many requests; `Retry-After` says when to come again
    #[response(status = 429, content_type = "application/problem+json")]
    TooFast(#[to_schema] Problem),
    /// The service cannot answer at the moment; nothing was charged
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(#[to_schema] Problem),
}

/// Of a request with a body.
#[derive(IntoResponses)]
pub(super) enum OfWrite {
    /// It cannot be read, or fields of it are wrong
    #[response(status = 400, content_type = "application/problem+json")]
    Invalid(#[to_schema] Problem),
    /// The API key is missing or not accepted
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(#[to_schema] Problem),
    /// The API key may not be used for this
    #[response(status = 403, content_type = "application/problem+json")]
    OutOfScope(#[to_schema] Problem),
    /// The request was not complete in time
    #[response(status = 408, content_type = "application/problem+json")]
    TooSlow(#[to_schema] Problem),
    /// The body is too long
    #[response(status = 413, content_type = "application/problem+json")]
    TooLong(#[to_schema] Problem),
    /// The body is no JSON
    #[response(status = 415, content_type = "application/problem+json")]
    MediaType(#[to_schema] Problem),
    /// Too many requests; `Retry-After` says when to come again
    #[response(status = 429, content_type = "application/problem+json")]
    TooFast(#[to_schema] Problem),
    /// The service cannot answer at the moment; nothing was charged
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(#[to_schema] Problem),
}

/// Of a request that makes something.
#[derive(IntoResponses)]
pub(super) enum OfCreation {
    /// It cannot be read, or fields of it are wrong
    #[response(status = 400, content_type = "application/problem+json")]
    Invalid(#[to_schema] Problem),
    /// The API key is missing or not accepted
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(#[to_schema] Problem),
    /// The API key may not be used for this
    #[response(status = 403, content_type = "application/problem+json")]
    OutOfScope(#[to_schema] Problem),
    /// The request was not complete in time
    #[response(status = 408, content_type = "application/problem+json")]
    TooSlow(#[to_schema] Problem),
    /// The account has as many of these as it may have
    #[response(status = 409, content_type = "application/problem+json")]
    TooMany(#[to_schema] Problem),
    /// The body is too long
    #[response(status = 413, content_type = "application/problem+json")]
    TooLong(#[to_schema] Problem),
    /// The body is no JSON
    #[response(status = 415, content_type = "application/problem+json")]
    MediaType(#[to_schema] Problem),
    /// Too many requests; `Retry-After` says when to come again
    #[response(status = 429, content_type = "application/problem+json")]
    TooFast(#[to_schema] Problem),
    /// The service cannot answer at the moment; nothing was charged
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(#[to_schema] Problem),
}

/// Of a request for tokens.
#[derive(IntoResponses)]
pub(super) enum OfStamps {
    /// It cannot be read, or fields of it are wrong
    #[response(status = 400, content_type = "application/problem+json")]
    Invalid(#[to_schema] Problem),
    /// The API key is missing or not accepted
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(#[to_schema] Problem),
    /// The account has too few credits; nothing was charged
    #[response(status = 402, content_type = "application/problem+json")]
    NoCredits(#[to_schema] Problem),
    /// The API key may not be used for this
    #[response(status = 403, content_type = "application/problem+json")]
    OutOfScope(#[to_schema] Problem),
    /// The request was not complete in time
    #[response(status = 408, content_type = "application/problem+json")]
    TooSlow(#[to_schema] Problem),
    /// The body is too long
    #[response(status = 413, content_type = "application/problem+json")]
    TooLong(#[to_schema] Problem),
    /// The body is no JSON
    #[response(status = 415, content_type = "application/problem+json")]
    MediaType(#[to_schema] Problem),
    /// The Idempotency-Key belongs to another request
    #[response(status = 422, content_type = "application/problem+json")]
    KeyReused(#[to_schema] Problem),
    /// Too many requests; `Retry-After` says when to come again
    #[response(status = 429, content_type = "application/problem+json")]
    TooFast(#[to_schema] Problem),
    /// The service cannot answer at the moment; nothing was charged
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(#[to_schema] Problem),
}

/// Of a request of the operator.
#[derive(IntoResponses)]
pub(super) enum OfAdmin {
    /// It has parameters
    #[response(status = 400, content_type = "application/problem+json")]
    Invalid(#[to_schema] Problem),
    /// The operator's token is missing or not accepted
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(#[to_schema] Problem),
    /// It comes from another machine, and that is not allowed
    #[response(status = 403, content_type = "application/problem+json")]
    NotFromHere(#[to_schema] Problem),
    /// Something cannot be used; nothing has changed
    #[response(status = 409, content_type = "application/problem+json")]
    Refused(#[to_schema] Problem),
    /// Too many requests; `Retry-After` says when to come again
    #[response(status = 429, content_type = "application/problem+json")]
    TooFast(#[to_schema] Problem),
    /// The operator's token cannot be read; the log says why
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(#[to_schema] Problem),
}
