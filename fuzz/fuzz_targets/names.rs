//! Calls `tsa_fuzz::names` with the fuzzer's bytes.
#![no_main]

tsa_fuzz::values_target!(tsa_fuzz::names, head: 0);
