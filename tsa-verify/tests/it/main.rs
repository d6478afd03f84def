//! Tests of `tsa-verify` from outside: the library on tokens made here, one thing wrong at a time,
//! and the program itself. Certificates and keys are those of `certs/`.
#[cfg(test)]
mod algorithms;
#[cfg(test)]
mod bounds;
#[cfg(test)]
mod certificates;
#[cfg(test)]
mod checks_page;
#[cfg(test)]
mod forge;
#[cfg(test)]
mod mutations;
#[cfg(test)]
mod openssl;
#[cfg(test)]
mod paths;
#[cfg(test)]
mod paths_crls;
#[cfg(test)]
mod paths_hostile;
#[cfg(test)]
mod paths_made;
#[cfg(test)]
mod paths_program;
#[cfg(test)]
mod pkits;
#[cfg(test)]
mod program;
#[cfg(test)]
mod random;
#[cfg(test)]
mod report;
#[cfg(test)]
mod review;
#[cfg(test)]
mod rsa_and_dsa_keys;
#[cfg(test)]
mod signers;
#[cfg(test)]
mod strangers;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod vectors;
#[cfg(test)]
mod wycheproof;
