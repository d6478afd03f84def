//! Everything that can stop the generator, told to the person who ran it.

use std::path::PathBuf;

/// Why no certificates were made, or why those on disk are not the declared ones.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PkiError {
    /// A file or folder could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// `pki.toml` does not have the declared shape.
    #[error("pki.toml: {0}")]
    Declaration(#[from] toml::de::Error),
    /// A declaration names something that is not declared.
    #[error("pki.toml: certificate {certificate}: no {what} is called {name}")]
    Unknown {
        /// Where it is named.
        certificate: String,
        /// What it should be.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// Neither the profile nor the certificate itself sets a field every certificate needs.
    #[error("pki.toml: certificate {certificate}: {field} is not set")]
    Unset {
        /// The certificate.
        certificate: String,
        /// The field.
        field: &'static str,
    },
    /// The certificate asks for a signature its issuer's key cannot make.
    #[error("pki.toml: only an RSA issuer can sign with SHA-1")]
    Sha1WithoutRsa,
    /// A declared key has no file.
    #[error("keys/{name}.pem does not exist; --new-keys would make it")]
    KeyMissing {
        /// The key.
        name: String,
    },
    /// A key file does not hold a key of the declared kind.
    #[error("keys/{name}.pem is not a PKCS#8 {kind} key: {reason}")]
    KeyUnfit {
        /// The key.
        name: String,
        /// The kind declared.
        kind: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A key could not be made.
    #[error("making a {kind} key: {reason}")]
    KeyGeneration {
        /// The kind declared.
        kind: &'static str,
        /// What went wrong.
        reason: String,
    },
    /// A signature could not be made.
    #[error("signing: {0}")]
    Signing(#[from] p256::ecdsa::signature::Error),
    /// A value has no DER form.
    #[error("encoding: {0}")]
    Encoding(#[from] der::Error),
    /// A public key has no `SubjectPublicKeyInfo` form.
    #[error("encoding a public key: {0}")]
    PublicKey(#[from] pkcs8::spki::Error),
    /// A private key has no PKCS#8 form.
    #[error("encoding a private key: {0}")]
    PrivateKey(#[from] pkcs8::Error),
    /// Binary data has no PEM form.
    #[error("encoding PEM: {0}")]
    Pem(#[from] pem_rfc7468::Error),
    /// `--check` found files that are not what `pki.toml` declares.
    #[error("not as declared in pki.toml:\n  {}", .0.join("\n  "))]
    Differs(Vec<String>),
}
