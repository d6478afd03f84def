//! Calls `tsa_fuzz::path` with the fuzzer's bytes.
#![no_main]

tsa_fuzz::values_target!(tsa_fuzz::path, head: tsa_fuzz::PATH_HEAD_BYTES);
