//! A session with a key in hand, and how a lost one is found again.
//!
//! Any error that a token gives ends the session: what it still knows of us cannot be told. The
//! next is opened at once, then after pauses that double; every third time the module is started
//! anew, more seldom while others have sessions in it. Whose session ended only with that opens
//! another without further ado. While there is none, signatures are refused without waiting.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use cryptoki::slot::Limit;

use super::context::Context;
use super::token_key::TokenKey;
use super::{Pkcs11Error, Pkcs11Place, forget, login, said};
use crate::clock::Stopwatch;
use crate::signer::queue::Link;
use crate::signer::{Secret, SignerFault};

/// The first pause before a lost token is looked for again, and the longest.
const PAUSE_MIN: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// How often one that has nothing to do looks whether its session is alive.
const IDLE: Duration = Duration::from_secs(10);

/// Failures in a row after which the module is started anew.
const FAILURES_BEFORE_ANEW: u32 = 3;

/// The same while others have sessions in it, who open new ones then. There are tokens that have
/// come back and are not found otherwise.
const FAILURES_BEFORE_ANEW_FOR_ALL: u32 = 6;

/// An open session, and the key in it.
pub(super) struct Connected {
    session: Option<Session>,
    key: ObjectHandle,
    /// The start of the module that the session belongs to.
    start: u64,
    context: Arc<Context>,
    sessions_allowed: usize,
}

impl Connected {
    pub(super) fn open(
        context: &Arc<Context>,
        place: &Pkcs11Place,
        pin: &Secret,
    ) -> Result<Self, Pkcs11Error> {
        let state = context.enter();
        let slot = state.slot(place)?;
        let session = state.pkcs11.open_ro_session(slot).map_err(said)?;
        login::login((context, &state), place, (&session, slot), pin)?;
        let key = find(&session, place)?;
        let token = state.pkcs11.get_token_info(slot).map_err(said)?;
        context.sessions.fetch_add(1, Ordering::Relaxed);
        let sessions_allowed = match token.max_session_count() {
            // One is left for a key that takes this one's place while serving.
            Limit::Max(max) => usize::try_from(max).unwrap_or(usize::MAX).saturating_sub(1),
            Limit::Unavailable | Limit::Infinite => usize::MAX,
        };
        Ok(Self {
            session: Some(session),
            key,
            start: state.start,
            context: Arc::clone(context),
            sessions_allowed,
        })
    }

    /// Reads what the key is.
    pub(super) fn key(&self, scheme: super::Scheme) -> Result<TokenKey, Pkcs11Error> {
        let _inside = self.context.enter();
        TokenKey::read(self.session()?, self.key, scheme)
    }

    /// The same, if the key is the one that is known: a token that was put in the place of another
    /// may have a key of the same name.
    fn holding(self, known: &TokenKey, scheme: super::Scheme) -> Result<Self, Pkcs11Error> {
        match self.key(scheme)?.public_key_info() == known.public_key_info() {
            true => Ok(self),
            false => Err(Pkcs11Error::Unusable(
                "another one has its name now; reading the configuration anew takes it over, with \
                 its certificate"
                    .into(),
            )),
        }
    }

    /// Most sessions that the token allows, this one included.
    pub(super) fn sessions_allowed(&self) -> usize {
        self.sessions_allowed
    }

    /// What is to be said of a key that could get out of its token.
    pub(super) fn exposure(&self) -> Option<&'static str> {
        let _inside = self.context.enter();
        let wanted = [AttributeType::Extractable, AttributeType::NeverExtractable];
        let attributes = self
            .session()
            .ok()?
            .get_attributes(self.key, &wanted)
            .ok()?;
        let is = |wanted: &Attribute| attributes.contains(wanted);
        if is(&Attribute::Extractable(true)) {
            Some("this key is extractable: whoever has the PIN can take a copy out of the token")
        } else if is(&Attribute::NeverExtractable(false)) {
            Some("this key was made outside of the token, or was extractable once")
        } else {
            None
        }
    }

    /// Whether it ended with a start of the module for somebody else's sake.
    fn is_of_an_earlier_start(&self) -> bool {
        self.context.enter().start != self.start
    }

    fn is_alive(&self) -> bool {
        let inside = self.context.enter();
        let session = self.session();
        inside.start == self.start && session.is_ok_and(|it| it.get_session_info().is_ok())
    }

    fn sign(&self, key: &TokenKey, message: &[u8]) -> Result<Vec<u8>, Pkcs11Error> {
        let inside = self.context.enter();
        if inside.start != self.start {
            return Err(said("the module was started anew"));
        }
        key.sign(self.session()?, self.key, message)
    }

    fn session(&self) -> Result<&Session, Pkcs11Error> {
        self.session.as_ref().ok_or_else(|| said("no session"))
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.context.sessions.fetch_sub(1, Ordering::Relaxed);
        let inside = self.context.enter();
        if let Some(session) = self.session.take()
            && inside.start != self.start
        {
            forget(session);
        }
    }
}

/// Whether any session works, for who asks without signing.
pub(super) struct Condition {
    connected: AtomicUsize,
    last_fault: Mutex<String>,
}

impl Condition {
    pub(super) fn new() -> Self {
        Self {
            connected: AtomicUsize::new(0),
            last_fault: Mutex::new("no session is open yet".into()),
        }
    }

    pub(super) fn check(&self) -> Result<(), SignerFault> {
        match self.connected.load(Ordering::Relaxed) {
            0 => Err(SignerFault::Failed(self.fault())),
            _ => Ok(()),
        }
    }

    fn fault(&self) -> String {
        let fault = self.last_fault.lock();
        fault.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_fault(&self, words: String) {
        let fault = self.last_fault.lock();
        *fault.unwrap_or_else(PoisonError::into_inner) = words;
    }
}

/// One thread's way to the key.
pub(super) struct TokenLink {
    context: Arc<Context>,
    place: Arc<Pkcs11Place>,
    pin: Arc<Secret>,
    key: Arc<TokenKey>,
    condition: Arc<Condition>,
    connected: Option<Connected>,
    failures: u32,
    last_failure: Stopwatch,
}

impl TokenLink {
    pub(super) fn new(
        (context, place): (Arc<Context>, Arc<Pkcs11Place>),
        pin: Arc<Secret>,
        key: Arc<TokenKey>,
        condition: Arc<Condition>,
        connected: Option<Connected>,
    ) -> Self {
        if connected.is_some() {
            condition.connected.fetch_add(1, Ordering::Relaxed);
        }
        Self {
            context,
            place,
            pin,
            key,
            condition,
            connected,
            failures: 0,
            last_failure: Stopwatch::start(),
        }
    }

    /// How long it is still not worth while to look for the token.
    fn pause(&self) -> Duration {
        let doubled = 1_u32 << self.failures.saturating_sub(1).min(16);
        let pause = match self.failures {
            0 => Duration::ZERO,
            _ => PAUSE_MIN.saturating_mul(doubled).min(PAUSE_MAX),
        };
        pause.saturating_sub(self.last_failure.elapsed())
    }

    fn connect(&mut self) -> Result<(), SignerFault> {
        let is_over = Connected::is_of_an_earlier_start;
        if self.connected.as_ref().is_some_and(is_over) {
            self.connected = None;
            self.condition.connected.fetch_sub(1, Ordering::Relaxed);
        }
        if self.connected.is_some() {
            return Ok(());
        }
        if !self.pause().is_zero() {
            return Err(SignerFault::Failed(self.condition.fault()));
        }
        let opened = Connected::open(&self.context, &self.place, &self.pin)
            .and_then(|opened| opened.holding(&self.key, self.place.scheme));
        match opened {
            Ok(connected) => {
                if self.failures > 0 {
                    let token = &self.place.token;
                    tracing::info!(%token, "the token is there again");
                }
                self.failures = 0;
                self.connected = Some(connected);
                self.condition.connected.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// Ends the session, if there is one, and notes why.
    fn failed(&mut self, error: &Pkcs11Error) -> SignerFault {
        let start = match self.connected.take() {
            Some(connected) => {
                self.condition.connected.fetch_sub(1, Ordering::Relaxed);
                connected.start
            }
            None => self.context.enter().start,
        };
        let words = error.to_string();
        if self.failures == 0 {
            tracing::error!(token = %self.place.token, fault = %words, "the token does not sign");
        }
        self.condition.set_fault(words.clone());
        self.failures = self.failures.saturating_add(1);
        self.last_failure = Stopwatch::start();
        // A PIN that is not taken is none of the module's business.
        let is_of_pin = matches!(error, Pkcs11Error::Login(_));
        let patience = match self.context.sessions.load(Ordering::Relaxed) {
            0 => FAILURES_BEFORE_ANEW,
            _ => FAILURES_BEFORE_ANEW_FOR_ALL,
        };
        if !is_of_pin && self.failures.is_multiple_of(patience) {
            self.context.start_anew(start);
        }
        SignerFault::Failed(words)
    }
}

impl Link for TokenLink {
    fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, SignerFault> {
        let mut again = true;
        loop {
            self.connect()?;
            let Some(connected) = &self.connected else {
                return Err(SignerFault::Failed("no session".into()));
            };
            match connected.sign(&self.key, message) {
                Ok(signature) => {
                    self.failures = 0;
                    return Ok(signature);
                }
                // Started anew for somebody else's sake, between two steps of ours.
                Err(_) if again && connected.is_of_an_earlier_start() => again = false,
                Err(error) => return Err(self.failed(&error)),
            }
        }
    }

    fn tend(&mut self) {
        let is_lost = |it: &Connected| !it.is_of_an_earlier_start() && !it.is_alive();
        if self.connected.as_ref().is_some_and(is_lost) {
            self.failed(&said("the session has ended"));
        }
        // Why it cannot is noted, and said to who wants to sign.
        let _ = self.connect();
    }

    fn rest(&self) -> Duration {
        match self.connected {
            Some(_) => IDLE,
            None => self.pause().max(Duration::from_millis(1)),
        }
    }
}

impl Drop for TokenLink {
    fn drop(&mut self) {
        if self.connected.take().is_some() {
            self.condition.connected.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// The one private key that is meant.
fn find(session: &Session, place: &Pkcs11Place) -> Result<ObjectHandle, Pkcs11Error> {
    let mut template = vec![Attribute::Class(ObjectClass::PRIVATE_KEY)];
    let label = place.label.as_ref();
    template.extend(label.map(|label| Attribute::Label(label.as_bytes().to_vec())));
    template.extend(place.id.clone().map(Attribute::Id));
    let found = session.find_objects(&template).map_err(said)?;
    match found.as_slice() {
        [key] => Ok(*key),
        others => Err(Pkcs11Error::Key {
            what: place.key_name(),
            found: others.len(),
        }),
    }
}
