//! What is asked, and whether the answer answers it (RFC 3161 §2.4).
//!
//! In scope: a request with a nonce nobody has used, and that the answer grants it and repeats
//! digest, nonce and policy. Not in scope: the signature, the certificates and the time. An
//! answer checked here is stored, not believed; `tsa-verify` judges it.

use std::fmt;

use ring::rand::{SecureRandom, SystemRandom};
use tsa_core::tlv::{Deviations, Element};
use tsa_core::{
    BuildError, DecodeError, GenTime, Integer, MessageImprint, ObjectIdentifier, PkiStatusInfo,
    ReceivedToken, SignedData, TimeStampReq,
};

/// A server counts a byte-identical request with a nonce of at least 64 bits as the same one.
const NONCE_BYTES: usize = 16;

/// A request, encoded once: repeated attempts send the same bytes.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    request: TimeStampReq,
    der: Vec<u8>,
}

/// Why a request could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum QueryError {
    /// No nonce.
    #[error("the system gives no random numbers")]
    Random,
    /// The encoder refused it.
    #[error("the request cannot be encoded: {0}")]
    Encoding(#[from] BuildError),
}

impl Query {
    /// A request with a fresh nonce.
    pub(crate) fn new(
        imprint: MessageImprint,
        policy: Option<ObjectIdentifier>,
        cert_req: bool,
    ) -> Result<Self, QueryError> {
        let mut nonce = [0; NONCE_BYTES];
        SystemRandom::new()
            .fill(&mut nonce)
            .map_err(|_| QueryError::Random)?;
        // Of one length always, and positive.
        if let Some(first) = nonce.first_mut() {
            *first = (*first & 0x7f) | 0x40;
        }
        let request = TimeStampReq {
            req_policy: policy,
            ..TimeStampReq::new(imprint)
                .with_nonce(Integer::from_unsigned(&nonce))
                .with_cert_req(cert_req)
        };
        let der = request.to_der()?;
        Ok(Self { request, der })
    }

    /// The request as sent.
    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }

    /// What the answer states, when it is an answer to this request.
    pub(crate) fn check(&self, answer: &[u8]) -> Result<Statement, AnswerError> {
        let mut received = ReceivedToken::read(answer).map_err(AnswerError::NotAnAnswer)?;
        let status = received.status.ok_or(AnswerError::BareToken)?;
        if !status.status.is_granted() {
            return Err(AnswerError::Rejected(Rejection(status)));
        }
        let token = received.token.ok_or(AnswerError::NoToken)?;
        let statement = Statement::read(&token, &mut received.deviations)?;
        if !statement
            .imprint
            .is_equivalent(&self.request.message_imprint)
        {
            return Err(AnswerError::OtherImprint);
        }
        if statement.nonce != self.request.nonce {
            return Err(AnswerError::OtherNonce);
        }
        match self.request.req_policy {
            Some(asked) if asked != statement.policy => Err(AnswerError::OtherPolicy {
                asked: asked.to_string(),
                stated: statement.policy.to_string(),
            }),
            _ => Ok(statement),
        }
    }
}

/// What a token states. Nothing of it is verified.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) serial: Integer,
    pub(crate) gen_time: GenTime,
    pub(crate) imprint: MessageImprint,
    pub(crate) policy: ObjectIdentifier,
    nonce: Option<Integer>,
}

impl Statement {
    fn read(token: &Element<'_>, deviations: &mut Deviations) -> Result<Self, AnswerError> {
        let info = SignedData::read(token, deviations)
            .and_then(|signed| signed.unverified_tst_info())
            .map_err(AnswerError::Token)?
            .info;
        Ok(Self {
            serial: info.serial_number,
            gen_time: info.gen_time,
            imprint: info.message_imprint,
            policy: info.policy,
            nonce: info.nonce,
        })
    }

    /// What a token alone states, when it is for this digest and has the policy asked for.
    pub(crate) fn of_token(
        token: &[u8],
        imprint: &MessageImprint,
        policy: Option<ObjectIdentifier>,
    ) -> Result<Self, AnswerError> {
        let statement = Self::read_stored(token)?;
        match policy {
            _ if !statement.imprint.is_equivalent(imprint) => Err(AnswerError::OtherImprint),
            Some(asked) if asked != statement.policy => Err(AnswerError::OtherPolicy {
                asked: asked.to_string(),
                stated: statement.policy.to_string(),
            }),
            _ => Ok(statement),
        }
    }

    /// From the content of a `.tsr` file: an answer, or a token alone.
    pub(crate) fn read_stored(stored: &[u8]) -> Result<Self, AnswerError> {
        let mut received = ReceivedToken::read(stored).map_err(AnswerError::Token)?;
        let token = received.token.ok_or(AnswerError::NoToken)?;
        Self::read(&token, &mut received.deviations)
    }
}

/// Why an answer is not stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum AnswerError {
    /// RFC 3161 §2.4.2: not a `TimeStampResp`.
    #[error("the answer is not a time-stamp response ({0}): is the URL right?")]
    NotAnAnswer(DecodeError),
    /// A token without the response around it.
    #[error("the answer is a token without the response around it")]
    BareToken,
    /// The server says no.
    #[error("{0}")]
    Rejected(Rejection),
    /// Granted, but nothing there.
    #[error("there is no token in it")]
    NoToken,
    /// RFC 3161 §2.4.2: the token is not a `SignedData` with a `TSTInfo`.
    #[error("no token can be read: {0}")]
    Token(DecodeError),
    /// RFC 3161 §2.4.2: `messageImprint` must be repeated.
    #[error("the token is for another digest than was asked")]
    OtherImprint,
    /// RFC 3161 §2.4.2: `nonce` must be repeated.
    #[error("the token does not repeat the nonce, so it answers another request")]
    OtherNonce,
    /// RFC 3161 §2.4.1: `reqPolicy` must be used.
    #[error("the token has the policy {stated}, asked was {asked}")]
    OtherPolicy {
        /// In the request.
        asked: String,
        /// In the token.
        stated: String,
    },
}

/// The server's no, in its own words.
#[derive(Clone, Debug)]
pub(crate) struct Rejection(PkiStatusInfo);

impl Rejection {
    /// The rejection in the body of any HTTP answer, if there is one.
    pub(crate) fn in_body(body: &[u8]) -> Option<Self> {
        let status = ReceivedToken::read(body).ok()?.status?;
        (!status.status.is_granted()).then_some(Self(status))
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server answers {}", self.0.status)?;
        if let Some(fail_info) = &self.0.fail_info {
            write!(f, " ({fail_info})")?;
        }
        for words in &self.0.status_string {
            write!(f, ": {words}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tsa_core::{PkiFailureInfo, TimeStampResp, oid};

    fn query() -> Query {
        let imprint = MessageImprint::new(oid::SHA_256, vec![7; 32]);
        Query::new(imprint, None, true).unwrap()
    }

    #[test]
    fn requests_differ_in_their_nonce_and_not_in_length() {
        let (one, two) = (query(), query());
        assert_ne!(one.der(), two.der());
        assert_eq!(one.der().len(), two.der().len());
        let read = TimeStampReq::from_der(one.der()).unwrap();
        assert!(read.cert_req);
        assert_eq!(read.nonce.unwrap().content().len(), NONCE_BYTES);
    }

    #[test]
    fn garbage_and_empty_answers_are_refused() {
        for answer in [&b""[..], b"<html>", &[0x30, 0x80], &[0x30, 0x00]] {
            let refused = query().check(answer);
            assert!(matches!(refused, Err(AnswerError::NotAnAnswer(_))));
        }
        let nothing = TimeStampResp {
            status: PkiStatusInfo::granted(),
            time_stamp_token: None,
        };
        let refused = query().check(&nothing.to_der().unwrap());
        assert!(matches!(refused, Err(AnswerError::NoToken)));
    }

    #[test]
    fn a_rejection_is_told_with_reason_and_words() {
        let status = PkiStatusInfo::rejection(PkiFailureInfo::BAD_ALG, "not this one");
        let answer = TimeStampResp::rejection(status).to_der().unwrap();
        let told = query().check(&answer).unwrap_err().to_string();
        assert_eq!(told, "the server answers rejection (badAlg): not this one");
        assert!(Rejection::in_body(&answer).is_some());
    }
}
