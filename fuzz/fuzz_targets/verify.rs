//! Calls `tsa_fuzz::verify` with the fuzzer's bytes.
#![no_main]

tsa_fuzz::values_target!(tsa_fuzz::verify, head: tsa_fuzz::CONTROL_BYTES);
