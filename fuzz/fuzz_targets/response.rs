//! Calls `tsa_fuzz::response` with the fuzzer's bytes.
#![no_main]

tsa_fuzz::values_target!(tsa_fuzz::response, head: 0);
