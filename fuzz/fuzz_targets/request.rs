//! Calls `tsa_fuzz::request` with the fuzzer's bytes.
#![no_main]

tsa_fuzz::values_target!(tsa_fuzz::request, head: 0);
