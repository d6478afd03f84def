//! This crate from outside: what it reads, what it writes, and what it refuses, with the offset.
//!
//! In scope: encodings (`tlv`, `ber`, `limits`), values, messages and their oracle, whole tokens,
//! and the vectors under `testvectors/`. Not in scope: whether a signature holds, which
//! `tsa-verify` tests.

#[cfg(test)]
mod ber;
#[cfg(test)]
mod gen_time;
#[cfg(test)]
mod laid;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod mutations;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod signed_data;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tlv;
#[cfg(test)]
mod token;
#[cfg(test)]
mod values;
#[cfg(test)]
mod vector_broken;
#[cfg(test)]
mod vector_requests;
#[cfg(test)]
mod vectors;
#[cfg(test)]
mod vectors_read;
