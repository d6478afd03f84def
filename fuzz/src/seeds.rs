//! Where seeds come from: the vectors, the certificates of the test PKI, and data from elsewhere.
//!
//! Read when they are needed and never copied into the repository.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tsa_core::tlv::Deviations;
use tsa_core::{
    Accuracy, AlgorithmIdentifier, CertificateAnatomy, DigestAlgorithm, Integer, MessageImprint,
    ReceivedToken, SignedData, TimeStampReq, TokenTemplate, TokenTemplateParts, TstInfo, oid,
};

use crate::{Case, Control};

/// Folders of `TSA_CORPORA` with messages, honest and hostile.
const ELSEWHERE: [&str; 5] = ["tokens", "responses", "requests", "rejections", "fuzz"];

/// A file and one message in it.
pub type Message = (PathBuf, Vec<u8>);

/// A file of `testvectors/`.
#[derive(Clone, Debug)]
pub struct Vector {
    /// Where it stands.
    pub path: PathBuf,
    /// The message.
    pub payload: Vec<u8>,
    /// What is in sections behind the payload: anchors and further certificates.
    pub certificates: Vec<Vec<u8>>,
    /// The request in the header.
    pub request: Option<Vec<u8>>,
    /// The target that it was found with, in the header.
    pub target: Option<String>,
}

impl Vector {
    /// What a verification of it is given: what stands in it, then the authorities.
    #[must_use]
    pub fn given<'v>(&'v self, authorities: &[&'v [u8]]) -> Vec<&'v [u8]> {
        let own = self.certificates.iter().chain(&self.request);
        let own = own.map(Vec::as_slice);
        own.chain(authorities.iter().copied()).collect()
    }
}

/// All files of `testvectors/`.
///
/// # Errors
/// When a file cannot be read or is not in the format of `testvectors/README.md`.
pub fn vectors() -> io::Result<Vec<Vector>> {
    let files = files(&folder("testvectors"))?;
    let texts = files.into_iter().filter(|path| has_extension(path, "txt"));
    texts
        .map(|path| {
            let text = fs::read_to_string(&path)?;
            vector(&path, &text).ok_or_else(|| refused(&path, "no vector"))
        })
        .collect()
}

/// The certificates of `certs/`.
///
/// # Errors
/// When a file cannot be read or is not PEM.
pub fn certificates() -> io::Result<Vec<Message>> {
    let files = files(&folder("certs"))?;
    let texts = files.into_iter().filter(|path| has_extension(path, "pem"));
    texts
        .map(|path| {
            let der = pem(&fs::read(&path)?).ok_or_else(|| refused(&path, "no PEM"))?;
            Ok((path, der))
        })
        .collect()
}

/// Of certificates those that are no signer's, the anchors first: to be given to a verification.
#[must_use]
pub fn authorities(certificates: &[Message]) -> Vec<&[u8]> {
    let named = |name: &str| {
        let mut found = certificates.iter();
        found.find(|(path, _)| path.file_stem().is_some_and(|stem| stem == name))
    };
    ["root", "intermediate", "rsa-intermediate", "bad-twin"]
        .into_iter()
        .filter_map(named)
        .map(|(_, der)| der.as_slice())
        .collect()
}

/// The files below `TSA_CORPORA` that hold messages; none when it is not set.
///
/// # Errors
/// When a file cannot be read.
pub fn elsewhere() -> io::Result<Vec<Message>> {
    let Some(corpora) = env::var_os("TSA_CORPORA") else {
        return Ok(Vec::new());
    };
    let mut messages = Vec::new();
    for kind in ELSEWHERE {
        messages.extend(messages_below(&Path::new(&corpora).join(kind))?);
    }
    Ok(messages)
}

/// Every file below a folder, without its armour where it has one; none where there is no folder.
fn messages_below(folder: &Path) -> io::Result<Vec<Message>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let messages = files(folder)?.into_iter().map(|path| {
        let bytes = fs::read(&path)?;
        let bytes = pem(&bytes).unwrap_or(bytes);
        Ok((path, bytes))
    });
    messages.collect()
}

/// Tokens by every certificate of the test PKI, good and bad, with the chain that may be above it.
/// Nobody signed them: they are for an engine that is easily pleased.
///
/// # Errors
/// When the certificates cannot be read.
pub fn made_tokens() -> io::Result<Vec<Vec<u8>>> {
    let certificates = certificates()?;
    let mut tokens = Vec::new();
    for (_, signer) in &certificates {
        let chain = chain_above(signer, &certificates).into_iter();
        tokens.extend(made_token(chain.map(<[u8]>::to_vec).collect()));
    }
    Ok(tokens)
}

/// A certificate and those above it, by their names alone.
fn chain_above<'a>(first: &'a [u8], pool: &'a [Message]) -> Vec<&'a [u8]> {
    let mut chain = vec![first];
    let mut below = first;
    while let Some((_, above)) = pool
        .iter()
        .find(|(_, above)| is_issued_by(below, above) && !chain.contains(&above.as_slice()))
    {
        chain.push(above);
        below = above;
    }
    chain
}

/// Inputs of the target `path`: every certificate with those above it, the topmost trusted, and the
/// lists that speak of them.
///
/// # Errors
/// When a file cannot be read.
pub fn paths() -> io::Result<Vec<Vec<u8>>> {
    let mut pool = certificates()?;
    let mut lists = Vec::new();
    if let Some(corpora) = env::var_os("TSA_CORPORA") {
        let suite = Path::new(&corpora).join("pkits");
        pool.extend(messages_below(&suite.join("certs"))?);
        lists.extend(messages_below(&suite.join("crls"))?);
    }
    let inputs = pool.iter().map(|(_, first)| {
        let chain = chain_above(first, &pool);
        let names = |list: &[u8]| {
            let mut chain = chain
                .iter()
                .filter_map(|one| CertificateAnatomy::read(one).ok());
            chain.any(|one| {
                list.windows(one.subject.len())
                    .any(|part| part == one.subject)
            })
        };
        // Asked: revocation where there are lists to ask. The first behind `first` is trusted.
        let head = [1, u8::from(!lists.is_empty()), 20, 0];
        let above = chain.iter().skip(1).rev().copied();
        let lists = lists.iter().map(|(_, list)| list.as_slice());
        let values = [first.as_slice()].into_iter().chain(above);
        let values = values.chain(lists.filter(|list| names(list))).flatten();
        head.iter().chain(values).copied().collect()
    });
    Ok(inputs.collect())
}

/// Inputs of the target `names` out of a certificate: its names, then itself.
#[must_use]
pub fn around_names(certificate: &[u8]) -> Vec<u8> {
    let Ok(anatomy) = CertificateAnatomy::read(certificate) else {
        return certificate.to_vec();
    };
    [anatomy.issuer, anatomy.subject, certificate].concat()
}

fn is_issued_by(below: &[u8], above: &[u8]) -> bool {
    let names = |bytes| CertificateAnatomy::read(bytes).ok();
    names(below)
        .zip(names(above))
        .is_some_and(|(below, above)| below.issuer == above.subject)
}

fn made_token(certificates: Vec<Vec<u8>>) -> Option<Vec<u8>> {
    let template = TokenTemplate::new(&TokenTemplateParts {
        certificates,
        digest_algorithm: DigestAlgorithm::Sha256,
        signature_algorithm: AlgorithmIdentifier::absent(oid::ECDSA_WITH_SHA_256),
        ess_digest_algorithm: DigestAlgorithm::Sha256,
        ess_cert_hash: vec![1; 32],
    });
    let template = template.ok()?;
    let info = TstInfo {
        version: Integer::from(1_u64),
        policy: oid::ID_CT_TST_INFO,
        message_imprint: MessageImprint::new(oid::SHA_256, vec![2; 32]),
        serial_number: Integer::from(3_u64),
        gen_time: "2026-06-01T00:00:00.25Z".parse().ok()?,
        accuracy: Accuracy::new(Some(1), None, Some(500)),
        ordering: false,
        nonce: Some(Integer::from(4_u64)),
        tsa: Some(template.tsa_name().to_vec()),
        extensions: Vec::new(),
    };
    let signed = template.content(&info).ok()?.to_be_signed(&[5; 32]).ok()?;
    signed.into_token(&[6; 70], true).ok()
}

/// Inputs of the target `verify` around a message: nothing for one that is no token, else with one
/// of its own certificates as the anchor, and with what was given as anchor and bag.
#[must_use]
pub fn around_token(message: &[u8], given: &[&[u8]]) -> Vec<Vec<u8>> {
    let received = ReceivedToken::read(message).ok();
    let Some(element) = received.and_then(|received| received.token) else {
        return Vec::new();
    };
    let Ok(data) = SignedData::read(&element, &mut Deviations::default()) else {
        return Vec::new();
    };
    let sent = data.certificates.as_deref().unwrap_or_default().len();
    let mut inputs = vec![Case::write(Control::default(), given, message)];
    for index in 0..sent.min(4) {
        let mut control = Control::default();
        control.0[4] = 1 << index;
        control.0[7] = u8::try_from(index).unwrap_or_default();
        inputs.push(Case::write(control, given, message));
    }
    inputs
}

/// The content of a token, for targets that read it alone.
#[must_use]
pub fn content(message: &[u8]) -> Option<Vec<u8>> {
    let element = ReceivedToken::read(message).ok()?.token?;
    let data = SignedData::read(&element, &mut Deviations::default()).ok()?;
    data.encap_content.map(|content| content.into_owned())
}

/// Whether a target gets further than its first step with a message.
#[must_use]
pub fn is_of_use(target: &str, message: &[u8]) -> bool {
    match target {
        "request" => TimeStampReq::from_der(message).is_ok(),
        "response" | "token" => ReceivedToken::read(message).is_ok(),
        "certificate" => CertificateAnatomy::read(message).is_ok(),
        "round_trip" => TstInfo::read(message).is_ok(),
        _ => true,
    }
}

fn folder(relative: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    root.join(relative)
}

/// Every file below a folder, in a fixed order.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            match path.is_dir() {
                true => open.push(path),
                false => files.push(path),
            }
        }
    }
    files.sort();
    Ok(files)
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

fn refused(path: &Path, what: &str) -> io::Error {
    io::Error::other(format!("{}: {what}", path.display()))
}

fn vector(path: &Path, text: &str) -> Option<Vector> {
    let (header, rest) = text.split_once("\n\n")?;
    let field = |key: &str| {
        let mut lines = header.lines().filter_map(|line| line.split_once(": "));
        lines
            .find(|(known, _)| *known == key)
            .map(|(_, value)| value)
    };
    let (payload, sections) = rest.split_at(rest.find("-----BEGIN").unwrap_or(rest.len()));
    let sections = sections.split("-----END").map(str::as_bytes);
    Some(Vector {
        path: path.to_owned(),
        payload: base64(payload)?,
        certificates: sections.filter_map(pem).collect(),
        request: field("request").and_then(base64),
        target: field("target").map(str::to_owned),
    })
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let digits: String = text.split_whitespace().collect();
    STANDARD.decode(digits).ok()
}

/// The first block of a PEM file.
fn pem(text: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text).ok()?;
    let (_, block) = text.split_once("-----BEGIN ")?;
    let (_, block) = block.split_once("-----\n")?;
    base64(block.split("-----END").next()?)
}
