//! Calls `tsa_fuzz::names` with the fuzzer's bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tsa_fuzz::names(bytes));
