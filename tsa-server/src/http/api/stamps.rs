//! `POST stamps`: digests become tokens, answered at once or as a stream.
//!
//! What makes tokens is a task of its own: who goes away does not stop what is under way. A stream
//! has a line for each digest as soon as its token is committed, and ends with a summary; without
//! the summary it was cut. Memory is bounded by the window of the batch ([`crate::trip::bulk`]) and
//! by how many long bodies are read at a time.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::header::{ACCEPT, CONTENT_LENGTH, HeaderMap, HeaderName};
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tsa_core::DigestAlgorithm;
use tsa_ledger::Credits;
use tsa_ledger::webhook::{Event, EventKind};
use utoipa::ToSchema;

use super::Inner;
use super::guard;
use super::order::StampOrder;
use super::problem::{FieldError, Problem};
use super::stamp::Stamp;
use super::wire::{Json, Parameters, parse, read_body, typed};
use crate::clock::wall_micros;
use crate::digest::digest;
use crate::http::credentials::idempotency_key;
use crate::trip::account::Caller;
use crate::trip::bulk::{BulkOrder, Done, Plan, Tally};

/// Digests that are answered at once; more of them are answered as a stream.
const AT_ONCE_MAX: usize = 100;

/// Lines of a stream that wait for its reader.
const LINES_WAITING: usize = 64;

const NDJSON: &str = "application/x-ndjson";
const CREDITS_CHARGED: HeaderName = HeaderName::from_static("tsa-credits-charged");
const CREDITS_REMAINING: HeaderName = HeaderName::from_static("tsa-credits-remaining");

/// What became of the digests of a request
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StampsReply {
    /// One entry for each digest, in their order
    results: Vec<StampResult>,
    /// All of it
    summary: Summary,
}

/// What became of a digest
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StampResult {
    /// Its place in the request, from 0
    index: u32,
    /// `stamped`: a new token; `known`: the account's earlier token; `failed`: see `problem`
    #[schema(pattern = "^(stamped|known|failed)$")]
    result: &'static str,
    /// What it has cost now
    #[schema(minimum = 0, maximum = 1)]
    charged: u64,
    /// Its token
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    stamp: Option<Stamp>,
    /// Why there is none
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    problem: Option<Problem>,
}

/// What became of all digests of a request
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Summary {
    /// New tokens
    stamped: u64,
    /// Earlier tokens of the account
    known: u64,
    /// Digests without a token
    failed: u64,
    /// Credits that it has cost
    charged: u64,
    /// Credits that are left
    balance: u64,
}

/// A line of a stream: a `StampResult`, or the summary, which is the last
#[derive(Debug, Serialize)]
struct LastLine {
    summary: Summary,
}

/// A batch that is about to begin.
struct Batch {
    api: Arc<Inner>,
    caller: Caller,
    plan: Plan,
    digests: usize,
    /// The place among long bodies, kept to the end.
    _place: Option<OwnedSemaphorePermit>,
}

/// Stamps digests
///
/// Up to 100 digests are answered at once. More, or any number with `Accept:
/// application/x-ndjson`, are answered as a stream: one JSON object to a line, a `StampResult` for
/// each digest once its token is committed, then `{"summary": …}`. A stream without summary was
/// cut: send the same request again, with the same Idempotency-Key.
///
/// A digest that the account has a sound token for under the same policy costs nothing, and is
/// answered with that token, unless `renew` is set. When the credits do not suffice for the
/// whole request nothing is charged (402).
#[utoipa::path(post, path = "/api/v1/stamps", operation_id = "make_stamps",
    tag = "stamps",
    request_body(content = StampOrder, example = json!({ "digests": [{
        "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "name": "a.pdf",
    }] })),
    params(super::parameters::Idempotency),
    responses((status = 200, description = "What became of the digests",
            content((StampsReply = "application/json"), (String = "application/x-ndjson")),
            links(("stamp" = (operation_id = "stamp",
                parameters(("serial" = "$response.body#/results/0/stamp/serial")))))),
        super::problems::OfStamps))]
pub(super) async fn stamp(
    State(api): State<Arc<Inner>>,
    Extension(guard::Caller(holder)): Extension<guard::Caller>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    Parameters::of(&head.uri).end()?;
    let place = api.place(&head.headers)?;
    let body = read_body(&head.headers, body, api.body_bytes_max, api.body_time).await?;
    let key = idempotency_key(&head.headers).map_err(|()| {
        let detail = "one key of 1 to 128 ASCII characters";
        Problem::invalid(vec![FieldError::of("Idempotency-Key", detail)])
    })?;
    let order: StampOrder = parse(&body)?;
    let caller = Caller::from(&holder);
    let (digests, renew) = (order.len(), order.renew.unwrap_or(false));
    let parts = order.check(&api.authority, &caller)?;
    let request = digest(DigestAlgorithm::Sha256, &body).unwrap_or_default();
    drop(body);
    let order = BulkOrder {
        parts,
        renew,
        key: key.map(<[u8]>::to_vec),
        request: request.try_into().unwrap_or_default(),
    };
    let wants_stream = digests > AT_ONCE_MAX || accepts_stream(&head.headers);
    // A task of its own: who goes away does not leave the plan half made.
    let planned = tokio::spawn(async move {
        let plan = api.authority.plan(&caller, order).await?;
        let batch = Batch {
            api,
            caller,
            plan,
            digests,
            _place: place,
        };
        match wants_stream {
            true => Ok(batch.stream()),
            false => batch.at_once().await,
        }
    });
    planned.await.unwrap_or_else(|error| {
        tracing::error!(%error, "a batch ended early");
        Err(Problem::failure())
    })
}

impl Batch {
    /// Answers when all of it is done.
    async fn at_once(self) -> Result<Response, Problem> {
        let (told, mut done) = mpsc::channel(LINES_WAITING);
        let is_sandbox = self.caller.is_sandbox();
        let worked = tokio::spawn(self.work(told));
        let mut results = Vec::new();
        while let Some(done) = done.recv().await {
            results.push(result(done, is_sandbox));
        }
        results.sort_by_key(|result| result.index);
        let Ok(Some(summary)) = worked.await else {
            return Err(Problem::failure());
        };
        let nothing = summary.stamped + summary.known == 0;
        if let (true, Some(StampResult { problem, .. })) = (nothing, results.first_mut())
            && let Some(problem) = problem.take()
        {
            return Err(problem);
        }
        let (charged, balance) = (summary.charged, summary.balance);
        let reply = StampsReply { results, summary };
        let mut response = Json(StatusCode::OK, reply).into_response();
        let headers = response.headers_mut();
        headers.insert(CREDITS_CHARGED, charged.into());
        headers.insert(CREDITS_REMAINING, balance.into());
        Ok(response)
    }

    /// Answers digest by digest.
    fn stream(self) -> Response {
        let (told, mut done) = mpsc::channel(LINES_WAITING);
        let (lines, received) = mpsc::channel::<Bytes>(1);
        let is_sandbox = self.caller.is_sandbox();
        tokio::spawn(async move {
            let worked = tokio::spawn(self.work(told));
            while let Some(next) = done.recv().await {
                let mut text = line(&result(next, is_sandbox));
                while let Ok(next) = done.try_recv() {
                    text.extend(line(&result(next, is_sandbox)));
                }
                if lines.send(Bytes::from(text)).await.is_err() {
                    // Nobody listens: what is under way is finished, the rest is not begun.
                    return;
                }
            }
            if let Ok(Some(summary)) = worked.await {
                let _ = lines.send(Bytes::from(line(&LastLine { summary }))).await;
            }
        });
        let lines = futures_util::stream::unfold(received, async |mut received| {
            let next = received.recv().await?;
            Some((Ok::<_, std::convert::Infallible>(next), received))
        });
        typed(StatusCode::OK, NDJSON, Body::from_stream(lines))
    }

    async fn work(self, told: mpsc::Sender<Done>) -> Option<Summary> {
        let Self {
            api,
            caller,
            plan,
            digests,
            _place,
        } = self;
        let tally = api.authority.work_through(&caller, plan, told).await;
        let account = caller.account()?;
        let balance = api.ledger.fresh_balance(account).await;
        let balance = balance.inspect_err(|error| tracing::error!(%error, "no balance"));
        let balance = balance.ok()?;
        let summary = Summary {
            stamped: tally.stamped,
            known: tally.known,
            failed: tally.failed,
            charged: tally.charged,
            balance: balance.get(),
        };
        let is_whole = tally.stamped + tally.known + tally.failed == whole(digests);
        if digests > 1 && is_whole {
            let event = batch_done(&tally, balance);
            if let Err(error) = api.ledger.happened(account, &event).await {
                tracing::error!(%error, "a webhook will not hear of a batch");
            }
            api.webhooks.notify_one();
        }
        Some(summary)
    }
}

impl Inner {
    /// A place among long bodies, for one that is long.
    fn place(&self, headers: &HeaderMap) -> Result<Option<OwnedSemaphorePermit>, Problem> {
        let length = headers.get(CONTENT_LENGTH).and_then(|it| it.to_str().ok());
        let length = length.and_then(|it| it.parse::<usize>().ok());
        if length.is_some_and(|length| length <= super::SMALL_BODY_BYTES) {
            return Ok(None);
        }
        let place = Arc::clone(&self.places).try_acquire_owned();
        let full = |_| Problem::too_fast(1, "as many batches as can be are under way");
        place.map(Some).map_err(full)
    }
}

fn whole(digests: usize) -> u64 {
    u64::try_from(digests).unwrap_or(u64::MAX)
}

fn batch_done(tally: &Tally, balance: Credits) -> Event {
    let detail = serde_json::json!({
        "stamped": tally.stamped,
        "known": tally.known,
        "failed": tally.failed,
    });
    Event {
        kind: EventKind::BatchDone,
        credits: Credits::new(tally.charged).unwrap_or_default(),
        balance,
        detail: Some(detail.to_string()),
        at: wall_micros(),
    }
}

fn result(done: Done, is_sandbox: bool) -> StampResult {
    let Done { index, outcome } = done;
    let failed = |problem| StampResult {
        index,
        result: "failed",
        charged: 0,
        stamp: None,
        problem: Some(problem),
    };
    match outcome {
        Err(rejection) => failed(rejection.into()),
        Ok(made) => match Stamp::read(&made.token, made.name, is_sandbox) {
            Ok(stamp) => StampResult {
                index,
                result: match made.credits_charged {
                    0 => "known",
                    _ => "stamped",
                },
                charged: made.credits_charged,
                stamp: Some(stamp),
                problem: None,
            },
            Err(problem) => failed(problem),
        },
    }
}

fn line(value: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(value).unwrap_or_default();
    line.push(b'\n');
    line
}

fn accepts_stream(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT).iter();
    let mut kinds = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|kind| kind.split(';').next());
    kinds.any(|kind| kind.trim().eq_ignore_ascii_case(NDJSON))
}
