//! Many digests in one request to the server's API.
//!
//! In scope: the request, whether the answer answers it, and what the server says of each digest.
//! A server that has no such API, or whose account cannot pay all of it at once, is asked file by
//! file by whoever calls. Not in scope: the HTTP of one attempt, see [`crate::client`].

use std::cell::Cell;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom, SystemRandom};
use serde::Deserialize;
use serde_json::json;
use tsa_core::{MessageImprint, ObjectIdentifier, TimeStampResp};

use crate::answer::Statement;
use crate::arguments::Plan;
use crate::client::Client;
use crate::exchange::{ExchangeError, patiently};
use crate::stop::Stop;

/// Asks for many tokens at a time.
pub(crate) struct Bulk<'a> {
    client: &'a Client,
    stop: &'a Stop,
    policy: Option<ObjectIdentifier>,
    renew: bool,
    /// Whether the server has what it takes, as far as is known.
    is_offered: Cell<bool>,
}

/// A token for one of the digests.
#[derive(Debug)]
pub(crate) struct Stamped {
    /// The response that goes into the file.
    pub(crate) tsr: Vec<u8>,
    pub(crate) statement: Statement,
    pub(crate) charged: u64,
    pub(crate) balance: u64,
}

#[derive(Deserialize)]
struct Answered {
    results: Vec<Answer>,
    summary: Summary,
}

#[derive(Deserialize)]
struct Answer {
    index: usize,
    charged: u64,
    stamp: Option<Stamp>,
    problem: Option<Problem>,
}

#[derive(Deserialize)]
struct Stamp {
    token: String,
}

#[derive(Deserialize)]
struct Problem {
    title: String,
    detail: Option<String>,
}

#[derive(Deserialize)]
struct Summary {
    balance: u64,
}

impl<'a> Bulk<'a> {
    pub(crate) fn new(client: &'a Client, plan: &Plan, stop: &'a Stop) -> Self {
        Self {
            client,
            stop,
            policy: plan.policy,
            renew: plan.renew,
            is_offered: Cell::new(true),
        }
    }

    /// What the server says of each digest; `None` when they are to be asked for one by one.
    pub(crate) fn ask(
        &self,
        imprints: &[&MessageImprint],
    ) -> Result<Option<Vec<Result<Stamped, String>>>, ExchangeError> {
        let is_alone = imprints.len() < 2 && !self.renew;
        if is_alone || !self.is_offered.get() {
            return Ok(None);
        }
        let (Some(body), Some(key)) = (self.body(imprints), key()) else {
            return Ok(None);
        };
        let reply = match patiently(|| self.client.post_digests(&body, &key), self.stop) {
            Ok(reply) => reply,
            Err(ExchangeError::Refused(refusal)) => match refusal.status {
                // What is there pays for some of it.
                402 => return Ok(None),
                404 | 405 | 415 | 501 => {
                    self.is_offered.set(false);
                    return Ok(None);
                }
                _ => return Err(ExchangeError::Refused(refusal)),
            },
            Err(error) => return Err(error),
        };
        let Ok(answered) = serde_json::from_slice::<Answered>(&reply.body) else {
            // Whatever it is that answers there.
            self.is_offered.set(false);
            return Ok(None);
        };
        Ok(Some(self.read(imprints, answered)))
    }

    /// `None` for a digest algorithm that has no name.
    fn body(&self, imprints: &[&MessageImprint]) -> Option<String> {
        let digests = imprints.iter().map(|imprint| {
            let digest = base16ct::lower::encode_string(&imprint.hashed_message);
            Some(json!({ "digest": digest, "hash": imprint.digest_algorithm()?.name() }))
        });
        let mut body = json!({ "digests": digests.collect::<Option<Vec<_>>>()? });
        if let (Some(policy), Some(body)) = (self.policy, body.as_object_mut()) {
            body.insert("policy".into(), policy.to_string().into());
        }
        if let (true, Some(body)) = (self.renew, body.as_object_mut()) {
            body.insert("renew".into(), true.into());
        }
        Some(body.to_string())
    }

    fn read(
        &self,
        imprints: &[&MessageImprint],
        answered: Answered,
    ) -> Vec<Result<Stamped, String>> {
        let balance = answered.summary.balance;
        let silent = || Err("the server says nothing of this file".to_owned());
        let mut read: Vec<_> = imprints.iter().map(|_| silent()).collect();
        for answer in answered.results {
            let imprint = imprints.get(answer.index);
            if let (Some(imprint), Some(place)) = (imprint, read.get_mut(answer.index)) {
                *place = self.read_one(imprint, answer, balance);
            }
        }
        read
    }

    fn read_one(
        &self,
        imprint: &MessageImprint,
        answer: Answer,
        balance: u64,
    ) -> Result<Stamped, String> {
        let Some(stamp) = answer.stamp else {
            let problem = answer.problem;
            let words = problem.map(|problem| problem.detail.unwrap_or(problem.title));
            return Err(words.unwrap_or_else(|| "the server gives no token".into()));
        };
        let token = STANDARD.decode(stamp.token);
        let token = token.map_err(|_| "the server's token is no base64".to_owned())?;
        let statement = Statement::of_token(&token, imprint, self.policy);
        let statement = statement.map_err(|error| error.to_string())?;
        let tsr = TimeStampResp::granted(token).to_der();
        Ok(Stamped {
            tsr: tsr.map_err(|error| error.to_string())?,
            statement,
            charged: answer.charged,
            balance,
        })
    }
}

/// A name for one request that no other has.
fn key() -> Option<String> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(base16ct::lower::encode_string(&bytes))
}
