//! A token as the API shows it.

use serde::Serialize;
use tsa_core::TstInfo;
use tsa_ledger::UnixMicros;
use utoipa::ToSchema;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::problem::Problem;
use super::wire::shown;
use crate::token_facts::tst_info;

/// A token and what it states
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Stamp {
    /// Serial number, in hex
    #[schema(pattern = "^[0-9a-f]{2,40}$")]
    serial: String,
    /// The time it states
    #[schema(format = DateTime)]
    gen_time: String,
    /// Digest algorithm of the file
    hash: String,
    /// Digest of the file, in hex
    digest: String,
    /// Policy, in dotted decimal
    policy: String,
    /// What its account called the file when the token was made
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    name: Option<String>,
    /// Whether a test authority made it: then it proves nothing
    sandbox: bool,
    /// The token (RFC 3161 `TimeStampToken`), in base64; not in lists
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    token: Option<String>,
}

impl Stamp {
    /// With the token.
    pub(super) fn read(token: &[u8], name: Option<String>, sandbox: bool) -> Result<Self, Problem> {
        let bare = Self::without_token(token, name, sandbox)?;
        Ok(Self {
            token: Some(STANDARD.encode(token)),
            ..bare
        })
    }

    /// What it states.
    pub(super) fn without_token(
        token: &[u8],
        name: Option<String>,
        sandbox: bool,
    ) -> Result<Self, Problem> {
        let info = tst_info(token).map_err(|error| {
            tracing::error!(%error, "a token of the record cannot be read");
            Problem::failure()
        })?;
        Ok(Self::of(&info, name, sandbox))
    }

    fn of(info: &TstInfo, name: Option<String>, sandbox: bool) -> Self {
        let imprint = &info.message_imprint;
        let micros = i64::try_from(info.gen_time.unix_nanos().div_euclid(1000));
        Self {
            serial: base16ct::lower::encode_string(info.serial_number.content()),
            gen_time: shown(UnixMicros(micros.unwrap_or(i64::MAX))),
            hash: imprint
                .digest_algorithm()
                .map_or("?", |algorithm| algorithm.name())
                .to_owned(),
            digest: base16ct::lower::encode_string(&imprint.hashed_message),
            policy: info.policy.to_string(),
            name,
            sandbox,
            token: None,
        }
    }
}
