//! The functions that are not passed on as they are.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use cryptoki_sys::{
    CK_FLAGS, CK_FUNCTION_LIST, CK_MECHANISM_PTR, CK_NOTIFY, CK_OBJECT_HANDLE, CK_RV,
    CK_SESSION_HANDLE, CK_SESSION_HANDLE_PTR, CK_SESSION_INFO_PTR, CK_SLOT_ID, CK_TOKEN_INFO_PTR,
    CK_ULONG, CK_USER_TYPE, CK_UTF8CHAR_PTR, CKF_USER_PIN_COUNT_LOW, CKF_USER_PIN_FINAL_TRY,
    CKR_DEVICE_REMOVED, CKR_FUNCTION_NOT_SUPPORTED, CKR_GENERAL_ERROR, CKR_OK, CKR_PIN_INCORRECT,
    CKR_SESSION_HANDLE_INVALID, CKR_TOKEN_NOT_PRESENT, CKS_RO_PUBLIC_SESSION, Pkcs11,
};

/// A slice of a hang, after which the file is looked at again.
const SLICE: Duration = Duration::from_millis(10);

/// What the file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    Stall(u64),
    Hang,
    HangOpen,
    Gone(CK_RV),
    SessionInvalid,
    NotLoggedIn { says_so: bool },
}

struct Passed {
    real: CK_FUNCTION_LIST,
    ours: CK_FUNCTION_LIST,
    /// Kept loaded.
    _library: Pkcs11,
}

/// The one function that is found by name (PKCS#11 §5.4).
///
/// # Safety
/// `list` is a place for a pointer, as PKCS#11 demands.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn C_GetFunctionList(list: *mut *mut CK_FUNCTION_LIST) -> CK_RV {
    let Some(passed) = passed() else {
        return CKR_GENERAL_ERROR;
    };
    if list.is_null() {
        return CKR_GENERAL_ERROR;
    }
    // SAFETY: the caller has a place for a pointer there. Nobody writes through what it points to.
    unsafe { *list = (&raw const passed.ours).cast_mut() };
    CKR_OK
}

fn passed() -> Option<&'static Passed> {
    static PASSED: OnceLock<Option<Passed>> = OnceLock::new();
    let load = || {
        let module = std::env::var_os("TSA_P11_FAULT_MODULE")?;
        let mut list: *mut CK_FUNCTION_LIST = std::ptr::null_mut();
        // SAFETY: the tests name a module of PKCS#11, which gives its list of functions.
        let library = unsafe { Pkcs11::new(module).ok()? };
        // SAFETY: as above; the list stays where it is as long as the library is loaded.
        let real = unsafe {
            if library.C_GetFunctionList(&raw mut list) != CKR_OK || list.is_null() {
                return None;
            }
            *list
        };
        let mut ours = real;
        ours.C_GetTokenInfo = Some(token_info);
        ours.C_OpenSession = Some(open_session);
        ours.C_GetSessionInfo = Some(session_info);
        ours.C_Login = Some(login);
        ours.C_SignInit = Some(sign_init);
        Some(Passed {
            real,
            ours,
            _library: library,
        })
    };
    PASSED.get_or_init(load).as_ref()
}

fn file() -> Option<PathBuf> {
    std::env::var_os("TSA_P11_FAULT_FILE").map(PathBuf::from)
}

fn fault() -> Fault {
    let text = file().and_then(|file| fs::read_to_string(file).ok());
    let text = text.unwrap_or_default();
    let mut words = text.split_whitespace();
    match (words.next(), words.next()) {
        (Some("stall"), Some(millis)) => Fault::Stall(millis.parse().unwrap_or_default()),
        (Some("hang"), _) => Fault::Hang,
        (Some("hang-open"), _) => Fault::HangOpen,
        (Some("device-removed"), _) => Fault::Gone(CKR_DEVICE_REMOVED),
        (Some("token-not-present"), _) => Fault::Gone(CKR_TOKEN_NOT_PRESENT),
        (Some("session-invalid"), _) => Fault::SessionInvalid,
        (Some("final-try"), _) => Fault::NotLoggedIn { says_so: true },
        (Some("pin-incorrect"), _) => Fault::NotLoggedIn { says_so: false },
        _ => Fault::None,
    }
}

/// Calls a function of the real module.
macro_rules! real {
    ($name:ident ( $($argument:expr),* )) => {
        match passed().and_then(|passed| passed.real.$name) {
            // SAFETY: the arguments are passed on as they came.
            Some(function) => unsafe { function($($argument),*) },
            None => CKR_FUNCTION_NOT_SUPPORTED,
        }
    };
}

unsafe extern "C" fn token_info(slot: CK_SLOT_ID, info: CK_TOKEN_INFO_PTR) -> CK_RV {
    if let Fault::Gone(code) = fault() {
        return code;
    }
    let code = real!(C_GetTokenInfo(slot, info));
    if code == CKR_OK && fault() == (Fault::NotLoggedIn { says_so: true }) {
        let low: CK_FLAGS = CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_COUNT_LOW;
        // SAFETY: the real module has just filled it.
        unsafe { (*info).flags |= low };
    }
    code
}

unsafe extern "C" fn open_session(
    slot: CK_SLOT_ID,
    flags: CK_FLAGS,
    application: *mut std::ffi::c_void,
    notify: CK_NOTIFY,
    session: CK_SESSION_HANDLE_PTR,
) -> CK_RV {
    while fault() == Fault::HangOpen {
        thread::sleep(SLICE);
    }
    match fault() {
        Fault::Gone(code) => code,
        _ => real!(C_OpenSession(slot, flags, application, notify, session)),
    }
}

unsafe extern "C" fn session_info(session: CK_SESSION_HANDLE, info: CK_SESSION_INFO_PTR) -> CK_RV {
    match fault() {
        Fault::Gone(code) => code,
        Fault::SessionInvalid => CKR_SESSION_HANDLE_INVALID,
        Fault::NotLoggedIn { .. } => {
            let code = real!(C_GetSessionInfo(session, info));
            if code == CKR_OK {
                // SAFETY: the real module has just filled it.
                unsafe { (*info).state = CKS_RO_PUBLIC_SESSION };
            }
            code
        }
        _ => real!(C_GetSessionInfo(session, info)),
    }
}

unsafe extern "C" fn login(
    session: CK_SESSION_HANDLE,
    user: CK_USER_TYPE,
    pin: CK_UTF8CHAR_PTR,
    pin_length: CK_ULONG,
) -> CK_RV {
    let code = match fault() {
        Fault::Gone(code) => code,
        Fault::SessionInvalid => CKR_SESSION_HANDLE_INVALID,
        Fault::NotLoggedIn { .. } => CKR_PIN_INCORRECT,
        _ => real!(C_Login(session, user, pin, pin_length)),
    };
    note_login(code);
    code
}

fn note_login(code: CK_RV) {
    let Some(mut name) = file().map(PathBuf::into_os_string) else {
        return;
    };
    name.push(".logins");
    let mut options = OpenOptions::new();
    if let Ok(mut file) = options.append(true).create(true).open(name) {
        let _ = writeln!(file, "{code:#x}");
    }
}

unsafe extern "C" fn sign_init(
    session: CK_SESSION_HANDLE,
    mechanism: CK_MECHANISM_PTR,
    key: CK_OBJECT_HANDLE,
) -> CK_RV {
    loop {
        match fault() {
            Fault::Gone(code) => return code,
            Fault::SessionInvalid | Fault::NotLoggedIn { .. } => return CKR_SESSION_HANDLE_INVALID,
            Fault::Hang => thread::sleep(SLICE),
            Fault::Stall(millis) => {
                thread::sleep(Duration::from_millis(millis));
                return real!(C_SignInit(session, mechanism, key));
            }
            Fault::None | Fault::HangOpen => return real!(C_SignInit(session, mechanism, key)),
        }
    }
}
