//! Calls `tsa_fuzz::token` with the fuzzer's bytes.
#![no_main]

tsa_fuzz::values_target!(tsa_fuzz::token, head: 0);
