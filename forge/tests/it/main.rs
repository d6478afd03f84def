//! The forge from outside: what it writes is what stands under `testvectors/`.

#[cfg(test)]
mod cases;
#[cfg(test)]
mod program;
