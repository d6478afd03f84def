//! `GET stamps`: the account's tokens, found and given again.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use hyper::header::ACCEPT;
use serde::Serialize;
use tsa_core::TimeStampResp;
use tsa_ledger::record::Search;
use tsa_ledger::{StoredToken, UnixMicros};
use utoipa::ToSchema;

use super::Inner;
use super::cursor::{self, List};
use super::guard::Caller;
use super::order::check_name;
use super::problem::Problem;
use super::stamp::Stamp;
use super::wire::{Json, Parameters, typed};

const REPLY: &str = "application/timestamp-reply";

/// A page of the account's tokens
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Stamps {
    /// Tokens, the earliest first; without their bytes
    stamps: Vec<Stamp>,
    /// Where the next page begins; absent on the last
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next: Option<String>,
}

/// Tokens of the account that asks
#[utoipa::path(get, path = "/api/v1/stamps", operation_id = "find_stamps",
    tag = "stamps",
    params(super::parameters::Sought, super::parameters::Page),
    responses((status = 200, description = "A page of tokens", body = Stamps),
        super::problems::OfGet))]
pub(super) async fn stamps(
    State(api): State<Arc<Inner>>,
    Extension(Caller(holder)): Extension<Caller>,
    request: Request,
) -> Result<Response, Problem> {
    let mut parameters = Parameters::of(request.uri());
    let limit = parameters.take_limit();
    let after = parameters.take("cursor", |text| cursor::read(List::Stamps, text));
    let search = Search {
        digest: parameters.take("digest", read_digest),
        name: parameters.take("name", |text| check_name(text).map(|()| text.to_owned())),
        from: parameters.take_time("from"),
        to: parameters.take_time("to"),
        after: after.map(|[time, leaf]| (UnixMicros(time), leaf.unsigned_abs())),
        limit,
    };
    parameters.end()?;
    let found = api.ledger.tokens(holder.account, &search).await?;
    let is_full = found.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    let next = found.last().filter(|_| is_full).map(|last| {
        let leaf = i64::try_from(last.leaf).unwrap_or(i64::MAX);
        cursor::write(List::Stamps, [last.gen_time.0, leaf])
    });
    let stamp =
        |stored: StoredToken| Stamp::without_token(&stored.token, stored.name, holder.is_sandbox);
    let stamps = found.into_iter().map(stamp).collect::<Result<_, _>>()?;
    Ok(Json(StatusCode::OK, Stamps { stamps, next }).into_response())
}

/// A token of the account that asks
///
/// With `.tsr` behind the serial number, or `Accept: application/timestamp-reply`, it is given as
/// the response of RFC 3161 that programs expect in a `.tsr` file, else as JSON, as with `.json`.
#[utoipa::path(get, path = "/api/v1/stamps/{serial}", operation_id = "stamp",
    tag = "stamps",
    params(("serial" = String, Path, description = "Serial number, in hex, with or without \
        `.tsr` or `.json`", pattern = r"^[0-9a-f]{2,40}(\.(tsr|json))?$")),
    responses((status = 200, description = "The token",
            content((Stamp = "application/json"), (String = "application/timestamp-reply"))),
        super::problems::OfOne))]
pub(super) async fn stamp(
    State(api): State<Arc<Inner>>,
    Extension(Caller(holder)): Extension<Caller>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    Parameters::of(request.uri()).end()?;
    let accept = request.headers().get(ACCEPT);
    let accepts_reply = accept.is_some_and(|accept| accept.as_bytes() == REPLY.as_bytes());
    let (serial, as_reply) = match name.split_once('.') {
        None => (name.as_str(), accepts_reply),
        Some((serial, "json")) => (serial, false),
        Some((serial, "tsr")) => (serial, true),
        Some(_) => return Err(Problem::not_found()),
    };
    let serial = base16ct::lower::decode_vec(serial).map_err(|_| Problem::not_found())?;
    let stored = api.ledger.token_by_serial(holder.account, &serial).await?;
    let stored = stored.ok_or_else(Problem::not_found)?;
    if as_reply {
        let reply = TimeStampResp::granted(stored.token).to_der();
        let reply = reply.map_err(|_| Problem::failure())?;
        return Ok(typed(StatusCode::OK, REPLY, reply));
    }
    let stamp = Stamp::read(&stored.token, stored.name, holder.is_sandbox)?;
    Ok(Json(StatusCode::OK, stamp).into_response())
}

fn read_digest(text: &str) -> Result<Vec<u8>, String> {
    let digest = base16ct::mixed::decode_vec(text).ok();
    let digest = digest.filter(|digest| (16..=64).contains(&digest.len()));
    digest.ok_or_else(|| "from 16 to 64 bytes in hexadecimal digits".into())
}
