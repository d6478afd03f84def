//! `account` and `statement`: what an account has, and every posting that made it so.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use serde::{Deserialize, Serialize};
use tsa_ledger::account::Account;
use tsa_ledger::statement::{Line, Period};
use tsa_ledger::{AccountName, Credits, UnixMicros};
use utoipa::ToSchema;

use super::Inner;
use super::cursor::{self, List};
use super::guard::Caller;
use super::problem::{FieldError, Problem};
use super::wire::{Json, Parameters, parse, read_body, shown};

/// What an account has
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AccountView {
    /// Its name
    account: String,
    /// Credits it has
    #[schema(minimum = 0)]
    balance: u64,
    /// Credits it was given, less what was taken back
    #[schema(minimum = 0)]
    granted: u64,
    /// Credits its tokens have cost
    #[schema(minimum = 0)]
    spent: u64,
    /// Balance at which `low_balance` is told
    #[schema(minimum = 0)]
    low_balance: u64,
    /// Whether its tokens are made by a test authority and prove nothing
    sandbox: bool,
}

/// What of an account its owner may change
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountChange {
    /// Balance at which `low_balance` is told
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    low_balance: u64,
}

/// A page of a statement
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Statement {
    /// Postings, the oldest first
    lines: Vec<StatementLine>,
    /// Where the next page begins; absent on the last
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next: Option<String>,
}

/// A posting
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StatementLine {
    /// When
    #[schema(format = DateTime)]
    at: String,
    /// How many credits came, or, below zero, went
    change: i64,
    /// The balance after it
    #[schema(minimum = 0)]
    balance: u64,
    /// `grant`, `token` or `correction`
    reason: String,
    /// Serial number of the token it paid for
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    serial: Option<String>,
    /// An order, a case, an operator's words
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reference: Option<String>,
}

impl From<Account> for AccountView {
    fn from(account: Account) -> Self {
        Self {
            balance: account.balance.get(),
            granted: account.granted.get(),
            spent: account.spent.get(),
            low_balance: account.low_balance.get(),
            sandbox: account.is_sandbox,
            account: account.name,
        }
    }
}

/// The balance of the account that asks
#[utoipa::path(get, path = "/api/v1/account", operation_id = "account",
    tag = "account",
    responses((status = 200, description = "The account", body = AccountView),
        super::problems::OfGet))]
pub(super) async fn account(
    State(api): State<Arc<Inner>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Problem> {
    Parameters::of(request.uri()).end()?;
    let account = api.ledger.account(&name(&caller)?).await?;
    Ok(Json(StatusCode::OK, AccountView::from(account)).into_response())
}

/// Sets the balance at which `low_balance` is told
#[utoipa::path(patch, path = "/api/v1/account", operation_id = "change_account",
    tag = "account", request_body = AccountChange,
    responses((status = 200, description = "The account", body = AccountView),
        super::problems::OfWrite))]
pub(super) async fn change_account(
    State(api): State<Arc<Inner>>,
    Extension(caller): Extension<Caller>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    Parameters::of(&head.uri).end()?;
    let body = read_body(&head.headers, body, super::SMALL_BODY_BYTES, api.body_time).await?;
    let change: AccountChange = parse(&body)?;
    let mark = Credits::new(change.low_balance);
    let too_many = || FieldError::at("/low_balance", format!("at most {}", Credits::MAX));
    let mark = mark.ok_or_else(|| Problem::invalid(vec![too_many()]))?;
    let name = name(&caller)?;
    api.ledger.set_low_balance(&name, mark).await?;
    let account = api.ledger.account(&name).await?;
    Ok(Json(StatusCode::OK, AccountView::from(account)).into_response())
}

/// Every posting of the account that asks
#[utoipa::path(get, path = "/api/v1/statement", operation_id = "statement",
    tag = "account",
    params(super::parameters::Page),
    responses((status = 200, description = "A page of the statement", body = Statement),
        super::problems::OfGet))]
pub(super) async fn statement(
    State(api): State<Arc<Inner>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Problem> {
    let mut parameters = Parameters::of(request.uri());
    let limit = parameters.take_limit();
    let after = parameters.take("cursor", |text| cursor::read(List::Statement, text));
    let period = Period {
        from: parameters.take_time("from").unwrap_or(UnixMicros(i64::MIN)),
        to: parameters.take_time("to").unwrap_or(UnixMicros(i64::MAX)),
        after: after.map_or(0, |[posting, _]| posting.unsigned_abs()),
        limit,
    };
    parameters.end()?;
    let account = caller.0.account;
    let lines = api.ledger.statement(account, period).await?;
    let leaves: Vec<u64> = lines.iter().filter_map(|line| line.leaf).collect();
    let serials = api.ledger.serials_at(account, &leaves).await?;
    let is_full = lines.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    let next = lines.last().filter(|_| is_full).map(|line| {
        let posting = i64::try_from(line.posting).unwrap_or(i64::MAX);
        cursor::write(List::Statement, [posting, 0])
    });
    let view = |line: Line| StatementLine {
        at: shown(line.at),
        change: signed(line.credits, line.is_received),
        balance: line.balance.get(),
        reason: line.reason,
        serial: line
            .leaf
            .and_then(|leaf| serials.get(&leaf))
            .map(|serial| base16ct::lower::encode_string(serial)),
        reference: line.reference,
    };
    let lines = lines.into_iter().map(view).collect();
    Ok(Json(StatusCode::OK, Statement { lines, next }).into_response())
}

fn signed(credits: Credits, is_received: bool) -> i64 {
    let credits = i64::try_from(credits.get()).unwrap_or(i64::MAX);
    if is_received { credits } else { -credits }
}

/// The account's name, as the ledger takes it.
pub(super) fn name(caller: &Caller) -> Result<AccountName, Problem> {
    caller.0.name.parse().map_err(|_| Problem::not_found())
}
