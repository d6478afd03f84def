//! For tests only: a PKCS#11 module that passes everything on to a real one, and fails when told.
//!
//! `TSA_P11_FAULT_MODULE` names the real module, `TSA_P11_FAULT_FILE` the file that tells what to
//! do, read anew at each call: nothing in it, or no such file, passes everything on.
//!
//! | in the file | what happens |
//! | --- | --- |
//! | `stall N` | signing takes N milliseconds longer |
//! | `hang` | signing takes as long as the file says so |
//! | `hang-open` | opening a session takes as long as the file says so |
//! | `device-removed` | sessions, the token's information and signing: `CKR_DEVICE_REMOVED` |
//! | `token-not-present` | the same with `CKR_TOKEN_NOT_PRESENT` |
//! | `session-invalid` | every use of a session: `CKR_SESSION_HANDLE_INVALID` |
//! | `pin-incorrect` | nobody is logged in, and a log-in is `CKR_PIN_INCORRECT` |
//! | `final-try` | the same, and the token says before that one try is left |
//!
//! Each log-in is a line in the file with `.logins` at the end of its name. Not in scope: being a
//! module for anything else.
#![allow(
    unsafe_code,
    reason = "PKCS#11 is an interface of C; this crate is never part of a program that serves"
)]

mod module;
