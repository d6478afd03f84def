//! The core + ring loop: tsa-core builds, ring digests and signs, nothing else happens.
//!
//! No HTTP, clock, log or durable serial number: those are the server's ([`crate::trip`]).

use std::time::Duration;

use ring::digest;
use tsa_core::{
    Accuracy, DigestAlgorithm, GenTime, Integer, MessageImprint, ObjectIdentifier, TimeStampReq,
    TimeStampResp, TokenTemplate, TokenTemplateParts, TstInfo, oid,
};
use tsa_server::clock::Stopwatch;

use crate::Fault;
use crate::keys::{Key, Kind};

/// The policy of every token; an arc for documentation (RFC 5612).
pub const POLICY: &str = "1.3.6.1.4.1.32473.1";

/// A request as clients send it: SHA-256, a nonce of 8 bytes.
///
/// # Errors
/// The encoder refuses.
pub fn request(cert_req: bool) -> Result<TimeStampReq, Fault> {
    let hashed = digest::digest(&digest::SHA256, b"What was stamped.\n");
    let imprint = MessageImprint::new(oid::SHA_256, hashed.as_ref().to_vec());
    Ok(TimeStampReq::new(imprint)
        .with_cert_req(cert_req)
        .with_nonce(Integer::from(0x5172_3344_5566_7788_u64)))
}

/// Sees the end of each step; costs nothing when it does nothing.
pub trait Watch {
    /// A step has ended.
    fn ended(&mut self, step: Step);
}

/// Watches nothing.
#[derive(Clone, Copy, Debug)]
pub struct Blind;

impl Watch for Blind {
    fn ended(&mut self, _step: Step) {}
}

/// The steps of a token, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// `TimeStampReq` from its bytes.
    Read,
    /// `TSTInfo` filled in and encoded.
    Content,
    /// Its digest.
    Digest,
    /// The signed attributes.
    Attributes,
    /// The signature by ring.
    Signature,
    /// The token.
    Token,
    /// The response.
    Response,
}

impl Step {
    /// All of them, in order.
    pub const ALL: [Self; 7] = [
        Self::Read,
        Self::Content,
        Self::Digest,
        Self::Attributes,
        Self::Signature,
        Self::Token,
        Self::Response,
    ];

    /// The name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read the request",
            Self::Content => "encode TSTInfo",
            Self::Digest => "digest it",
            Self::Attributes => "encode the attributes",
            Self::Signature => "sign (ring)",
            Self::Token => "encode the token",
            Self::Response => "encode the response",
        }
    }
}

/// Adds up the time of each step. Reading the clock is part of what it measures.
#[derive(Clone, Copy, Debug)]
pub struct StepTimes {
    last: Stopwatch,
    sums: [Duration; Step::ALL.len()],
}

impl StepTimes {
    /// Starts with nothing.
    #[must_use]
    pub fn start() -> Self {
        Self {
            last: Stopwatch::start(),
            sums: [Duration::ZERO; Step::ALL.len()],
        }
    }

    /// A new token begins.
    pub fn begin(&mut self) {
        self.last = Stopwatch::start();
    }

    /// Each step with its time so far.
    pub fn sums(&self) -> impl Iterator<Item = (Step, Duration)> {
        Step::ALL.into_iter().zip(self.sums)
    }
}

impl Watch for StepTimes {
    fn ended(&mut self, step: Step) {
        let now = Stopwatch::start();
        let took = self.last.elapsed();
        let place = Step::ALL.iter().position(|known| *known == step);
        if let Some(sum) = place.and_then(|place| self.sums.get_mut(place)) {
            *sum += took;
        }
        self.last = now;
    }
}

/// Makes responses.
#[derive(Debug)]
pub struct Maker {
    kind: Kind,
    key: Key,
    template: TokenTemplate,
    policy: ObjectIdentifier,
    start: GenTime,
    count: u64,
}

impl Maker {
    /// A maker with the key of this kind in `certs/`, and a chain of two certificates.
    ///
    /// # Errors
    /// A file is missing or odd.
    pub fn new(kind: Kind, start: GenTime) -> Result<Self, Fault> {
        let folder = crate::keys::certs();
        let stem = kind.stem();
        let certificates = vec![
            crate::keys::pem(&folder.join(format!("{stem}.pem")))?,
            crate::keys::pem(&folder.join("intermediate.pem"))?,
        ];
        let key = Key::load(kind, &folder.join(format!("keys/{stem}.pem")))?;
        Self::with(kind, key, certificates, start)
    }

    /// A maker with any key and the certificates below the root.
    ///
    /// # Errors
    /// A certificate that is none.
    pub fn with(
        kind: Kind,
        key: Key,
        certificates: Vec<Vec<u8>>,
        start: GenTime,
    ) -> Result<Self, Fault> {
        let signer = certificates.first().map(Vec::as_slice).unwrap_or_default();
        let ess_digest_algorithm = kind.digest_algorithm();
        let template = TokenTemplate::new(&TokenTemplateParts {
            ess_cert_hash: hash(kind, signer).as_ref().to_vec(),
            certificates,
            digest_algorithm: kind.digest_algorithm(),
            signature_algorithm: kind.signature_algorithm(),
            ess_digest_algorithm,
        })?;
        Ok(Self {
            kind,
            key,
            template,
            policy: POLICY.parse()?,
            start,
            count: 0,
        })
    }

    /// From a parsed request to the bytes of the response.
    ///
    /// # Errors
    /// The encoder or ring refuses.
    pub fn respond(
        &mut self,
        request: &TimeStampReq,
        watch: &mut impl Watch,
    ) -> Result<Vec<u8>, Fault> {
        let info = self.statement(request)?;
        let content = self.template.content(&info)?;
        watch.ended(Step::Content);
        let digest = hash(self.kind, content.bytes());
        watch.ended(Step::Digest);
        let to_be_signed = content.to_be_signed(digest.as_ref())?;
        watch.ended(Step::Attributes);
        let signature = self.key.sign(to_be_signed.bytes())?;
        watch.ended(Step::Signature);
        let token = to_be_signed.into_token(signature, request.cert_req)?;
        watch.ended(Step::Token);
        let response = TimeStampResp::granted(token).to_der()?;
        watch.ended(Step::Response);
        Ok(response)
    }

    /// From the bytes of a request to those of the response.
    ///
    /// # Errors
    /// As [`Maker::respond`], or not a request.
    pub fn answer(&mut self, request: &[u8], watch: &mut impl Watch) -> Result<Vec<u8>, Fault> {
        let request = TimeStampReq::from_der(request)?;
        watch.ended(Step::Read);
        self.respond(&request, watch)
    }

    /// The attribute bytes that a signature for this request would be over.
    ///
    /// # Errors
    /// The encoder refuses.
    pub fn to_be_signed(&mut self, request: &TimeStampReq) -> Result<Vec<u8>, Fault> {
        let info = self.statement(request)?;
        let content = self.template.content(&info)?;
        let digest = hash(self.kind, content.bytes());
        Ok(content.to_be_signed(digest.as_ref())?.bytes().to_vec())
    }

    /// What the server states too: a serial number of 16 bytes, a time in milliseconds. Each
    /// statement has another of both.
    fn statement(&mut self, request: &TimeStampReq) -> Result<TstInfo, Fault> {
        self.count += 1;
        let mut serial = [0x17; 16];
        let (risen, _) = serial.split_at_mut(8);
        risen.copy_from_slice(&(0x0006_0000_0000_0000 + self.count).to_be_bytes());
        let nanos = self.start.unix_nanos() + i128::from(self.count) * 1000;
        let gen_time = GenTime::from_unix_nanos(nanos).ok_or("a time out of range")?;
        Ok(TstInfo {
            version: Integer::from(1_u64),
            policy: self.policy,
            message_imprint: request.message_imprint.clone(),
            serial_number: Integer::from_unsigned(&serial),
            gen_time: gen_time.truncated(3),
            accuracy: Accuracy::new(Some(1), None, None),
            ordering: false,
            nonce: request.nonce.clone(),
            tsa: Some(self.template.tsa_name().to_vec()),
            extensions: Vec::new(),
        })
    }
}

fn hash(kind: Kind, bytes: &[u8]) -> digest::Digest {
    match kind.digest_algorithm() {
        DigestAlgorithm::Sha512 => digest::digest(&digest::SHA512, bytes),
        _ => digest::digest(&digest::SHA256, bytes),
    }
}
