//! Values out of a stream of choices: whatever the public types of `tsa-core` can hold.
//!
//! Parts that stay encoded (parameters, names, tokens) are DER trees of a few levels. Numbers of
//! members go one above the limits, so that a limit is met from both sides.

use arbitrary::{Result, Unstructured};
use tsa_core::tlv::{set_of, value};
use tsa_core::{
    Accuracy, AlgorithmIdentifier, DigestAlgorithm, Extension, GenTime, Integer, MessageImprint,
    ObjectIdentifier, Parameters, PkiFailureInfo, PkiStatus, PkiStatusInfo, TimeStampReq,
    TokenTemplateParts, TstInfo, limits, oid,
};

type Choices<'a> = Unstructured<'a>;

/// Levels of a tree; far below the limit of a scan.
const TREE_LEVELS_MAX: usize = 4;

const DIGESTS: [DigestAlgorithm; 12] = [
    DigestAlgorithm::Sha256,
    DigestAlgorithm::Md5,
    DigestAlgorithm::Sha1,
    DigestAlgorithm::Sha224,
    DigestAlgorithm::Sha384,
    DigestAlgorithm::Sha512,
    DigestAlgorithm::Sha512_256,
    DigestAlgorithm::Sha3_224,
    DigestAlgorithm::Sha3_256,
    DigestAlgorithm::Sha3_384,
    DigestAlgorithm::Sha3_512,
    DigestAlgorithm::Sm3,
];

const STATUSES: [PkiStatus; 6] = [
    PkiStatus::Granted,
    PkiStatus::GrantedWithMods,
    PkiStatus::Rejection,
    PkiStatus::Waiting,
    PkiStatus::RevocationWarning,
    PkiStatus::RevocationNotification,
];

const FAILURES: [PkiFailureInfo; 8] = [
    PkiFailureInfo::BAD_ALG,
    PkiFailureInfo::BAD_REQUEST,
    PkiFailureInfo::BAD_DATA_FORMAT,
    PkiFailureInfo::TIME_NOT_AVAILABLE,
    PkiFailureInfo::UNACCEPTED_POLICY,
    PkiFailureInfo::UNACCEPTED_EXTENSION,
    PkiFailureInfo::ADD_INFO_NOT_AVAILABLE,
    PkiFailureInfo::SYSTEM_FAILURE,
];

pub(super) fn request(choices: &mut Choices<'_>) -> Result<TimeStampReq> {
    Ok(TimeStampReq {
        version: integer(choices)?,
        message_imprint: imprint(choices)?,
        req_policy: option(choices, identifier)?,
        nonce: option(choices, integer)?,
        cert_req: choices.arbitrary()?,
        extensions: extensions(choices)?,
    })
}

pub(super) fn statement(choices: &mut Choices<'_>) -> Result<TstInfo> {
    Ok(TstInfo {
        version: integer(choices)?,
        policy: identifier(choices)?,
        message_imprint: imprint(choices)?,
        serial_number: integer(choices)?,
        gen_time: gen_time(choices)?,
        accuracy: option(choices, accuracy)?,
        ordering: choices.arbitrary()?,
        nonce: option(choices, integer)?,
        tsa: option(choices, |choices| tree(choices, TREE_LEVELS_MAX))?,
        extensions: extensions(choices)?,
    })
}

pub(super) fn status(choices: &mut Choices<'_>) -> Result<PkiStatusInfo> {
    let mut status_string = Vec::new();
    while status_string.len() <= limits::STATUS_STRINGS_MAX && choices.arbitrary()? {
        status_string.push(choices.arbitrary::<&str>()?.to_owned());
    }
    Ok(PkiStatusInfo {
        status: *choices.choose(&STATUSES)?,
        status_string,
        fail_info: option(choices, |choices| choices.choose(&FAILURES).copied())?,
    })
}

/// Certificates that are of the right shape and nothing else.
pub(super) fn template(choices: &mut Choices<'_>) -> Result<TokenTemplateParts> {
    let mut certificates = vec![certificate(choices)?];
    while certificates.len() < 4 && choices.arbitrary()? {
        certificates.push(certificate(choices)?);
    }
    let ess_digest_algorithm = *choices.choose(&DIGESTS)?;
    Ok(TokenTemplateParts {
        certificates,
        digest_algorithm: *choices.choose(&DIGESTS)?,
        signature_algorithm: algorithm(choices)?,
        ess_digest_algorithm,
        ess_cert_hash: octets(choices, ess_digest_algorithm.digest_bytes())?,
    })
}

/// An encoded SEQUENCE of anything.
pub(super) fn sequence(choices: &mut Choices<'_>) -> Result<Vec<u8>> {
    Ok(value(&[0x30], &members(choices, TREE_LEVELS_MAX)?.concat()))
}

/// As many as asked for; zeros where the choices run out.
pub(super) fn octets(choices: &mut Choices<'_>, count: usize) -> Result<Vec<u8>> {
    let mut octets = vec![0; count];
    choices.fill_buffer(&mut octets)?;
    Ok(octets)
}

pub(super) fn some_octets(choices: &mut Choices<'_>) -> Result<Vec<u8>> {
    // Across the lengths whose own length takes another octet.
    let count = match choices.int_in_range(0..=7)? {
        0 => 0,
        1 => choices.int_in_range(126..=130)?,
        2 => choices.int_in_range(254..=258)?,
        _ => choices.int_in_range(0..=80)?,
    };
    octets(choices, count)
}

fn option<T>(
    choices: &mut Choices<'_>,
    make: impl FnOnce(&mut Choices<'_>) -> Result<T>,
) -> Result<Option<T>> {
    match choices.arbitrary()? {
        true => make(choices).map(Some),
        false => Ok(None),
    }
}

fn integer(choices: &mut Choices<'_>) -> Result<Integer> {
    Ok(match choices.int_in_range(0..=3)? {
        0 => Integer::from(1_u64),
        1 => Integer::from(choices.arbitrary::<i64>()?),
        2 => Integer::from(choices.arbitrary::<u64>()?),
        _ => Integer::from_content(&some_octets(choices)?),
    })
}

fn identifier(choices: &mut Choices<'_>) -> Result<ObjectIdentifier> {
    if choices.arbitrary()? {
        let content = some_octets(choices)?;
        if let Some(identifier) = ObjectIdentifier::from_content(&content) {
            return Ok(identifier);
        }
    }
    Ok(ObjectIdentifier::from_uuid(choices.arbitrary()?))
}

fn algorithm(choices: &mut Choices<'_>) -> Result<AlgorithmIdentifier> {
    let algorithm = match choices.arbitrary()? {
        true => choices.choose(&DIGESTS)?.oid(),
        false => identifier(choices)?,
    };
    let parameters = match choices.int_in_range(0..=2)? {
        0 => Parameters::Absent,
        1 => Parameters::Null,
        _ => Parameters::Other(sequence(choices)?),
    };
    Ok(AlgorithmIdentifier {
        algorithm,
        parameters,
    })
}

fn imprint(choices: &mut Choices<'_>) -> Result<MessageImprint> {
    Ok(MessageImprint {
        hash_algorithm: algorithm(choices)?,
        hashed_message: some_octets(choices)?,
    })
}

/// Instants of the years 0 to 9999, with few digits or all nine.
fn gen_time(choices: &mut Choices<'_>) -> Result<GenTime> {
    let seconds = choices.int_in_range(-62_167_219_200..=253_402_300_799_i64)?;
    let nanos = choices.int_in_range(0..=999_999_999)?;
    let digits = choices.int_in_range(0..=9)?;
    let instant = GenTime::from_unix(seconds, nanos).expect("in range");
    Ok(instant.truncated(digits))
}

fn accuracy(choices: &mut Choices<'_>) -> Result<Accuracy> {
    let seconds = choices.arbitrary()?;
    let millis = option(choices, |choices| choices.int_in_range(1..=999))?;
    let micros = option(choices, |choices| choices.int_in_range(1..=999))?;
    Ok(Accuracy::new(seconds, millis, micros).expect("in range"))
}

fn extensions(choices: &mut Choices<'_>) -> Result<Vec<Extension>> {
    let mut extensions = Vec::new();
    while extensions.len() <= limits::EXTENSIONS_MAX && choices.arbitrary()? {
        extensions.push(Extension {
            id: identifier(choices)?,
            critical: choices.arbitrary()?,
            value: some_octets(choices)?,
        });
    }
    Ok(extensions)
}

/// One DER value with what is in it.
fn tree(choices: &mut Choices<'_>, levels: usize) -> Result<Vec<u8>> {
    Ok(match choices.int_in_range(0..=8)? {
        0 => value(&[0x05], &[]),
        1 => value(&[0x01], &[if choices.arbitrary()? { 0xff } else { 0 }]),
        2 => value(&[0x02], integer(choices)?.content()),
        3 => value(&[0x06], identifier(choices)?.content()),
        4 => value(&[0x0c], choices.arbitrary::<&str>()?.as_bytes()),
        5 if levels > 0 => value(&[0x30], &members(choices, levels)?.concat()),
        6 if levels > 0 => set_of(members(choices, levels)?),
        7 if levels > 0 => {
            let tag = choices.int_in_range(0xa0..=0xbe)?;
            value(&[tag], &members(choices, levels)?.concat())
        }
        _ => value(&[0x04], &some_octets(choices)?),
    })
}

fn members(choices: &mut Choices<'_>, levels: usize) -> Result<Vec<Vec<u8>>> {
    let mut members = Vec::new();
    while members.len() < 8 && choices.int_in_range(0..=3)? != 0 {
        members.push(tree(choices, levels - 1)?);
    }
    Ok(members)
}

/// RFC 5280 §4.1, with anything in the fields.
fn certificate(choices: &mut Choices<'_>) -> Result<Vec<u8>> {
    let algorithm = value(&[0x30], &value(&[0x06], oid::SHA_256.content()));
    let mut fields = Vec::new();
    if choices.arbitrary()? {
        fields.push(value(&[0xa0], &value(&[0x02], &[2])));
    }
    fields.push(value(&[0x02], integer(choices)?.content()));
    fields.push(algorithm.clone());
    for _ in ["issuer", "validity", "subject", "subjectPublicKeyInfo"] {
        fields.push(sequence(choices)?);
    }
    let bits = [&[0], some_octets(choices)?.as_slice()].concat();
    let parts = [
        value(&[0x30], &fields.concat()),
        algorithm,
        value(&[0x03], &bits),
    ];
    Ok(value(&[0x30], &parts.concat()))
}
