//! The body of `POST stamps`: what is to be stamped, checked field by field.

use serde::Deserialize;
use tsa_core::{DigestAlgorithm, MessageImprint, ObjectIdentifier, TimeStampReq};
use utoipa::ToSchema;

use super::problem::{FIELDS_MAX, FieldError, Problem};
use crate::trip::Authority;
use crate::trip::account::Caller;
use crate::trip::bulk::Part;

/// Digests of one request.
pub(super) const DIGESTS_MAX: usize = 10_000;

/// Characters of a name.
pub(super) const NAME_CHARACTERS_MAX: usize = 255;

/// Digests to be stamped
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StampOrder {
    /// One digest or many
    #[schema(min_items = 1, max_items = 10_000)]
    digests: Vec<DigestOrder>,
    /// Digest algorithm of those that name none; `sha256` without it
    #[schema(
        pattern = "^(sha1|md5|sm3|sha(224|256|384|512)|sha512-(224|256)|sha3-(224|256|384|512))$"
    )]
    hash: Option<String>,
    /// Policy that the tokens must have, in dotted decimal; the default one without it
    #[schema(pattern = r"^[0-2](\.(0|[1-9][0-9]*))+$", max_length = 128)]
    policy: Option<String>,
    /// Whether a new token is wanted, and paid for, where there is one for the digest already
    pub(super) renew: Option<bool>,
}

/// A digest to be stamped
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DigestOrder {
    /// The digest, in hex
    #[schema(
        pattern = "^([0-9a-fA-F]{2}){16,64}$",
        example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    )]
    digest: String,
    /// What it is called: kept with the token, to find it by; not in the token
    #[schema(min_length = 1, max_length = 255)]
    name: Option<String>,
    /// Its digest algorithm
    #[schema(
        pattern = "^(sha1|md5|sm3|sha(224|256|384|512)|sha512-(224|256)|sha3-(224|256|384|512))$"
    )]
    hash: Option<String>,
}

impl StampOrder {
    /// How many digests.
    pub(super) fn len(&self) -> usize {
        self.digests.len()
    }

    /// What is to be stamped, in its order.
    pub(super) fn check(
        self,
        authority: &Authority,
        caller: &Caller,
    ) -> Result<Vec<Part>, Problem> {
        let mut errors = Vec::new();
        if !(1..=DIGESTS_MAX).contains(&self.digests.len()) {
            let detail = format!("from 1 to {DIGESTS_MAX} digests");
            return Err(Problem::invalid(vec![FieldError::at("/digests", detail)]));
        }
        let hash = self.hash.as_deref().unwrap_or("sha256");
        if let Err(detail) = hash.parse::<DigestAlgorithm>() {
            errors.push(FieldError::at("/hash", detail.to_string()));
        }
        let policy = self.policy.as_deref().map(str::parse::<ObjectIdentifier>);
        let policy = policy.transpose().unwrap_or_else(|detail| {
            errors.push(FieldError::at("/policy", detail.to_string()));
            None
        });
        if !errors.is_empty() {
            return Err(Problem::invalid(errors));
        }
        let mut parts = Vec::with_capacity(self.digests.len());
        for (digest, index) in self.digests.into_iter().zip(0_u32..) {
            let read = Reader {
                authority,
                caller,
                hash,
                policy,
                index,
                errors: &mut errors,
            };
            parts.extend(read.part(digest)?);
            if errors.len() >= FIELDS_MAX {
                break;
            }
        }
        match errors.is_empty() {
            true => Ok(parts),
            false => Err(Problem::invalid(errors)),
        }
    }
}

struct Reader<'a> {
    authority: &'a Authority,
    caller: &'a Caller,
    hash: &'a str,
    policy: Option<ObjectIdentifier>,
    index: u32,
    errors: &'a mut Vec<FieldError>,
}

impl Reader<'_> {
    fn wrong(&mut self, field: &str, detail: impl Into<String>) {
        let pointer = format!("/digests/{}{field}", self.index);
        self.errors.push(FieldError::at(pointer, detail));
    }

    /// `None` when something is wrong with it; `Err` when something is wrong in here.
    fn part(mut self, order: DigestOrder) -> Result<Option<Part>, Problem> {
        let wrong_before = self.errors.len();
        let algorithm: Result<DigestAlgorithm, _> =
            order.hash.as_deref().unwrap_or(self.hash).parse();
        let digest = base16ct::mixed::decode_vec(&order.digest);
        if digest.is_err() {
            self.wrong("/digest", "an even number of hexadecimal digits");
        }
        if let Some(Err(detail)) = order.name.as_deref().map(check_name) {
            self.wrong("/name", detail);
        }
        if let Err(detail) = &algorithm {
            self.wrong("/hash", detail.to_string());
        }
        let (Ok(algorithm), Ok(digest)) = (algorithm, digest) else {
            return Ok(None);
        };
        let (is, wanted) = (digest.len(), algorithm.digest_bytes());
        if is != wanted {
            let detail = format!("a {algorithm} digest has {wanted} bytes, not {is}");
            self.wrong("/digest", detail);
        }
        if self.errors.len() > wrong_before {
            return Ok(None);
        }
        let request = TimeStampReq {
            req_policy: self.policy,
            ..TimeStampReq::new(MessageImprint::new(algorithm.oid(), digest))
        };
        match self.authority.admit_digest(self.caller, request) {
            Ok(admitted) => Ok(Some(Part {
                index: self.index,
                name: order.name,
                admitted,
            })),
            Err(rejection) if rejection.cause().is_some() => Err(rejection.into()),
            Err(rejection) => {
                self.wrong("", rejection.words.to_string());
                Ok(None)
            }
        }
    }
}

/// A name is a line of text.
pub(super) fn check_name(name: &str) -> Result<(), String> {
    let characters = name.chars().count();
    match (1..=NAME_CHARACTERS_MAX).contains(&characters) {
        false => Err(format!("from 1 to {NAME_CHARACTERS_MAX} characters")),
        true if name.chars().any(char::is_control) => Err("no control characters".into()),
        true => Ok(()),
    }
}
