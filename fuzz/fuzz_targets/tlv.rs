//! Calls `tsa_fuzz::tlv` with the fuzzer's bytes.
#![no_main]

tsa_fuzz::values_target!(tsa_fuzz::tlv, head: 0);
