//! The server's whole trip without HTTP and without a log: request bytes → response bytes.
//!
//! With the clock, the durable serial number and the self-check, in this process; without accounts,
//! which what it is compared with does not have either.

use std::sync::Arc;

use tokio::runtime::Runtime;
use tsa_core::{DigestAlgorithm, GenTime};
use tsa_server::clock::{SystemSource, TrustedClock};
use tsa_server::high_water::HighWater;
use tsa_server::serial::SerialSource;
use tsa_server::signer::{Engine, FileKey, Profile, TokenSigner, TokenSignerParts};
use tsa_server::trip::account::{Accounts, Caller, Credentials};
use tsa_server::trip::{Authority, Current, Offer, Offering, SelfChecker, Signers};

use crate::Fault;
use crate::keys::{Kind, certs, pem};
use crate::maker::POLICY;

/// One in so many tokens is verified wholly, as the server does by default.
const VERIFY_ONE_IN: u32 = 1000;

/// An authority with a data folder of its own.
#[derive(Debug)]
pub struct Trip {
    authority: Arc<Authority>,
    caller: Caller,
    runtime: Runtime,
    _folder: tempfile::TempDir,
}

impl Trip {
    /// An authority with the key of this kind in `certs/`, and a chain of two certificates.
    ///
    /// # Errors
    /// What would keep the server from starting.
    pub fn new(kind: Kind, now: GenTime) -> Result<Self, Fault> {
        Self::with(kind.stem(), Engine::USED, now)
    }

    /// An authority with the key of this name in `certs/`, which this engine signs with.
    ///
    /// # Errors
    /// What would keep the server from starting.
    pub fn with(stem: &str, engine: Engine, now: GenTime) -> Result<Self, Fault> {
        let folder = certs();
        let key = pem(&folder.join(format!("keys/{stem}.pem")))?;
        let parts = TokenSignerParts {
            signer: Box::new(FileKey::from_pkcs8_by(engine, &key)?),
            certificates: vec![
                pem(&folder.join(format!("{stem}.pem")))?,
                pem(&folder.join("intermediate.pem"))?,
            ],
            root: pem(&folder.join("root.pem"))?,
            profile: Profile::Rfc3161,
        };
        let policy = POLICY.parse()?;
        let offer = Offer {
            policy,
            signer: Arc::new(TokenSigner::start(parts, policy, now)?),
            hashes: [DigestAlgorithm::Sha256].into(),
            accuracy_micros_min: 100_000,
        };
        let data = tempfile::tempdir()?;
        let high_water = HighWater::open(&data.path().join("high-water"))?;
        let clock = TrustedClock::new(Box::new(SystemSource), high_water.floor().clock);
        let accounts = Accounts::unmetered();
        // Serial numbers wait for the disk where they must, which takes this kind of runtime.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .build()?;
        let caller = runtime
            .block_on(accounts.identify(&Credentials::None, None))
            .map_err(|_| "the caller is not served")?;
        Ok(Self {
            authority: Arc::new(Authority {
                offering: Current::new(Offering {
                    signers: Signers::new(offer, Vec::new()),
                    sandbox: None,
                }),
                clock,
                serials: SerialSource::new(high_water)?,
                accounts,
                self_checker: SelfChecker::new(VERIFY_ONE_IN),
                gen_time_digits: 3,
            }),
            caller,
            runtime,
            _folder: data,
        })
    }

    /// Answers a request.
    ///
    /// # Errors
    /// The request was not granted.
    pub fn answer(&self, request: &[u8]) -> Result<Vec<u8>, Fault> {
        let answer = self
            .runtime
            .block_on(self.authority.answer(&self.caller, request, None));
        match answer.serial {
            Some(_) => Ok(answer.body),
            None => Err("the request was not granted".into()),
        }
    }
}
