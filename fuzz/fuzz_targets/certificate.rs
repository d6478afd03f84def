//! Calls `tsa_fuzz::certificate` with the fuzzer's bytes.
#![no_main]

tsa_fuzz::values_target!(tsa_fuzz::certificate, head: 0);
