//! The modules that are loaded: each once per process, as PKCS#11 demands (`C_Initialize`).
//!
//! A token that has come back is sometimes found only after the module was started anew. That ends
//! every session in it, so each start has a number, and sessions of an earlier one are not touched.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, TryLockError};
use std::time::Duration;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::slot::Slot;

use super::{Pkcs11Error, Pkcs11Place, login, said};
use crate::clock::Stopwatch;

/// How long the end of a program waits for a token that does not answer.
const FINISH_MAX: Duration = Duration::from_secs(2);
const FINISH_SLICE: Duration = Duration::from_millis(5);

/// A loaded module.
#[derive(Debug)]
pub(super) struct Context {
    module: PathBuf,
    state: RwLock<State>,
    /// Sessions that are open, as far as is known.
    pub(super) sessions: AtomicUsize,
    /// PINs that its tokens have refused.
    pub(super) refused: Mutex<login::Refused>,
}

/// What may be used while the module is not started anew.
#[derive(Debug)]
pub(super) struct State {
    pub(super) pkcs11: Pkcs11,
    /// How often it has been started.
    pub(super) start: u64,
}

impl Context {
    /// The module at this path; loaded and started if it was not yet.
    pub(super) fn of(module: &Path) -> Result<Arc<Self>, Pkcs11Error> {
        // By whatever name: the system loads a library once, and a start of it is one for all.
        let module = &module.canonicalize().unwrap_or_else(|_| module.to_owned());
        let mut loaded = loaded();
        if let Some(context) = loaded.get(module) {
            return Ok(Arc::clone(context));
        }
        let fault = |error: Error| Pkcs11Error::Module {
            module: module.to_owned(),
            reason: said(error).to_string(),
        };
        let pkcs11 = Pkcs11::new(module).map_err(fault)?;
        initialize(&pkcs11).map_err(fault)?;
        let context = Arc::new(Self {
            module: module.to_owned(),
            state: RwLock::new(State { pkcs11, start: 0 }),
            sessions: AtomicUsize::new(0),
            refused: Mutex::default(),
        });
        loaded.insert(module.to_owned(), Arc::clone(&context));
        Ok(context)
    }

    /// Ends the module, and keeps everybody out of it from now on.
    fn finish(&self, waiting: Stopwatch) {
        let state = loop {
            match self.state.try_write() {
                Ok(state) => break state,
                Err(TryLockError::Poisoned(poisoned)) => break poisoned.into_inner(),
                Err(TryLockError::WouldBlock) if waiting.elapsed() > FINISH_MAX => return,
                Err(TryLockError::WouldBlock) => std::thread::sleep(FINISH_SLICE),
            }
        };
        // What it says to that changes nothing any more.
        let _ = state.pkcs11.clone().finalize();
        std::mem::forget(state);
    }

    /// The module, for as long as it is used in one go.
    pub(super) fn enter(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the module anew, unless somebody is in it, or it has been since start number `start`.
    pub(super) fn start_anew(&self, start: u64) {
        let mut state = match self.state.try_write() {
            Ok(state) => state,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        if state.start != start {
            return;
        }
        state.start += 1;
        tracing::info!(module = %self.module.display(), "starting the PKCS#11 module anew");
        // What it says to that does not matter: it may never have got as far as being started.
        let _ = state.pkcs11.clone().finalize();
        if let Err(error) = initialize(&state.pkcs11) {
            tracing::warn!(module = %self.module.display(), %error, "the PKCS#11 module");
        }
    }
}

/// Ends all modules, before the process does: a thread that is still in a library when the
/// libraries are torn down takes the process with it. For the very end; nothing signs after it.
pub fn finish() {
    let waiting = Stopwatch::start();
    let loaded = loop {
        match LOADED.try_lock() {
            Ok(loaded) => break loaded,
            Err(TryLockError::Poisoned(poisoned)) => break poisoned.into_inner(),
            // A module that does not come back from being started.
            Err(TryLockError::WouldBlock) if waiting.elapsed() > FINISH_MAX => return,
            Err(TryLockError::WouldBlock) => std::thread::sleep(FINISH_SLICE),
        }
    };
    for context in loaded.values() {
        context.finish(waiting);
    }
}

static LOADED: Mutex<BTreeMap<PathBuf, Arc<Context>>> = Mutex::new(BTreeMap::new());

fn loaded() -> MutexGuard<'static, BTreeMap<PathBuf, Arc<Context>>> {
    LOADED.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    /// The slot of the token that is meant.
    pub(super) fn slot(&self, place: &Pkcs11Place) -> Result<Slot, Pkcs11Error> {
        let mut found = Vec::new();
        for slot in self.pkcs11.get_slots_with_token().map_err(said)? {
            // A token that is being removed has no information, and is not the one.
            let Ok(info) = self.pkcs11.get_token_info(slot) else {
                continue;
            };
            let is_serial = |serial: &String| info.serial_number() == serial;
            if info.label() == place.token && place.serial.as_ref().is_none_or(is_serial) {
                return Ok(slot);
            }
            found.push(format!("`{}`", info.label()));
        }
        Err(Pkcs11Error::NoToken {
            token: place.token_name(),
            found: found.join(", "),
        })
    }
}

fn initialize(pkcs11: &Pkcs11) -> Result<(), Error> {
    let arguments = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
    match pkcs11.initialize(arguments) {
        Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
        other => other,
    }
}
