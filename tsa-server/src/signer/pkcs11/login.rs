//! Logging in, so that no PIN is ever locked by this program.
//!
//! A PIN that a token has refused is never given to it again by this process. A token that says
//! that one try is left, or none, is not asked. One that says that a wrong PIN was given before is
//! asked with a PIN that was not refused before, by whatever process (`refused_pins.rs`): a program
//! that is started again and again with a wrong PIN would use up the tries one by one.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, SessionState, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::AuthPin;

use super::context::{Context, State};
use super::refused_pins::RefusedPins;
use super::{Pkcs11Error, Pkcs11Place, said};
use crate::signer::Secret;

/// Digests of PINs that were refused, each with the token it was for.
pub(super) type Refused = BTreeSet<[u8; 32]>;

const PERHAPS_THIS_ONE: &str = "a wrong PIN was given before, perhaps this one";

/// Logs the process in, unless it is already.
pub(super) fn login(
    (context, state): (&Context, &State),
    place: &Pkcs11Place,
    (session, slot): (&Session, Slot),
    pin: &Secret,
) -> Result<(), Pkcs11Error> {
    // One at a time: several threads with the same wrong PIN are several tries.
    let mut refused = context
        .refused
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let info = session.get_session_info().map_err(said)?;
    if matches!(
        info.session_state(),
        SessionState::RoUser | SessionState::RwUser
    ) {
        return Ok(());
    }
    let token = state.pkcs11.get_token_info(slot).map_err(said)?;
    let name = place.token_name();
    let attempt = attempt(&token, pin);
    if refused.contains(&attempt) {
        return Err(Pkcs11Error::Login(format!(
            "the token {name} has refused this PIN before; it is not tried again"
        )));
    }
    let words = std::str::from_utf8(pin.reveal())
        .map_err(|_| Pkcs11Error::Login("the PIN is not text in UTF-8".into()))?;
    let remembered = place.refused_pins.as_deref();
    let remembered = remembered.map(|file| RefusedPins::new(file, identity(&token)));
    let is_low = token.user_pin_count_low();
    if let Some(words) = too_few_tries(&token)
        .or_else(|| (is_low && !may_try(remembered.as_ref(), pin)).then_some(PERHAPS_THIS_ONE))
    {
        return Err(Pkcs11Error::Login(format!(
            "the token {name} says that {words}: the PIN is not tried, lest it be locked. When the \
             PIN of the configuration is right, log in to the token once by other means"
        )));
    }
    match session.login(UserType::User, Some(&AuthPin::from(words))) {
        // Taken, or not looked at because somebody is logged in already.
        Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {
            if let Some(remembered) = remembered.filter(|_| is_low) {
                told(&name, remembered.forget(pin));
            }
            Ok(())
        }
        Err(error) if is_refusal(&error) => {
            refused.insert(attempt);
            if let Some(remembered) = remembered {
                told(&name, remembered.note(pin).map(drop));
            }
            Err(Pkcs11Error::Login(format!(
                "the token {name} refuses the PIN from {}; it is not tried again",
                place.pin
            )))
        }
        Err(error) => {
            // Then the token has not seen it.
            if let Some(remembered) = remembered.filter(|_| is_low && never_asked(&error)) {
                told(&name, remembered.forget(pin));
            }
            Err(said(error))
        }
    }
}

/// Whether the token has looked at the PIN and does not take it.
fn is_refusal(error: &Error) -> bool {
    matches!(
        error,
        Error::Pkcs11(
            RvError::PinIncorrect
                | RvError::PinLocked
                | RvError::PinInvalid
                | RvError::PinLenRange
                | RvError::PinExpired,
            _
        )
    )
}

/// Whether a log-in ended before the token looked at the PIN.
fn never_asked(error: &Error) -> bool {
    matches!(
        error,
        Error::Pkcs11(
            RvError::DeviceRemoved
                | RvError::TokenNotPresent
                | RvError::SessionHandleInvalid
                | RvError::SessionClosed
                | RvError::CryptokiNotInitialized,
            _
        )
    )
}

/// Whether a PIN may be given to a token that was given a wrong one before: not if it was that one,
/// nor if nobody can tell. It is noted before it is tried.
fn may_try(remembered: Option<&RefusedPins<'_>>, pin: &Secret) -> bool {
    let noted = remembered.map(|remembered| remembered.note(pin));
    match noted {
        Some(Err(error)) => {
            tracing::error!(%error, "it cannot be told which PINs were refused before");
            false
        }
        Some(Ok(is_new)) => is_new,
        None => false,
    }
}

fn told(token: &str, remembered: std::io::Result<()>) {
    if let Err(error) = remembered {
        tracing::error!(%error, %token, "refused PINs cannot be remembered");
    }
}

/// What a token is told apart by, whatever is in it.
fn identity(token: &TokenInfo) -> String {
    let parts = [
        token.manufacturer_id(),
        token.serial_number(),
        token.label(),
    ];
    parts.join("/")
}

fn too_few_tries(token: &TokenInfo) -> Option<&'static str> {
    if token.user_pin_locked() {
        Some("its PIN is locked")
    } else if token.user_pin_final_try() {
        Some("one wrong PIN more locks it")
    } else {
        None
    }
}

/// What stands for a PIN that was given to a token, and tells nothing of it.
fn attempt(token: &TokenInfo, pin: &Secret) -> [u8; 32] {
    let mut hasher = ring::digest::Context::new(&ring::digest::SHA256);
    hasher.update(token.manufacturer_id().as_bytes());
    hasher.update(&[0]);
    hasher.update(token.serial_number().as_bytes());
    hasher.update(&[0]);
    hasher.update(token.label().as_bytes());
    hasher.update(&[0]);
    hasher.update(pin.reveal());
    let mut digest = [0; 32];
    for (to, from) in digest.iter_mut().zip(hasher.finish().as_ref()) {
        *to = *from;
    }
    digest
}
