//! Tag, length, value, written as a case wants them: DER, or what DER forbids (X.690).
//!
//! In scope: writing, and taking apart what this crate itself has written or the test PKI holds.
//! Not in scope: reading what comes from elsewhere; `tsa-core` does that.

/// BOOLEAN TRUE
pub const TRUE: &[u8] = &[1, 1, 0xff];
/// NULL
pub const NULL: &[u8] = &[5, 0];

/// The shortest definite length.
fn length(bytes: usize) -> Vec<u8> {
    let digits: Vec<u8> = bytes
        .to_be_bytes()
        .into_iter()
        .skip_while(|digit| *digit == 0)
        .collect();
    match u8::try_from(bytes) {
        Ok(short) if short < 0x80 => vec![short],
        _ => [vec![0x80 | count(&digits)], digits].concat(),
    }
}

fn count(digits: &[u8]) -> u8 {
    u8::try_from(digits.len()).unwrap_or(u8::MAX)
}

/// Any value with a tag of one byte.
#[must_use]
pub fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    [vec![tag], length(content.len()), content.to_vec()].concat()
}

/// The same with a length in one byte more than it needs.
#[must_use]
pub fn long_length(tag: u8, content: &[u8]) -> Vec<u8> {
    let digits = content.len().to_be_bytes();
    let used = length(content.len()).len();
    let from = digits.len().saturating_sub(used.max(1));
    let digits = digits.get(from..).unwrap_or_default();
    [
        vec![tag, 0x80 | count(digits)],
        digits.to_vec(),
        content.to_vec(),
    ]
    .concat()
}

/// The same with an indefinite length.
#[must_use]
pub fn indefinite(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag, 0x80], content, &[0, 0]].concat()
}

/// SEQUENCE
#[must_use]
pub fn sequence(fields: &[Vec<u8>]) -> Vec<u8> {
    value(0x30, &fields.concat())
}

/// SET OF in the order of DER.
#[must_use]
pub fn set_of(members: &[Vec<u8>]) -> Vec<u8> {
    value(0x31, &sorted(members).concat())
}

/// The members of a SET OF in the order of DER.
#[must_use]
pub fn sorted(members: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut members = members.to_vec();
    members.sort();
    members
}

/// SET with its members as they come.
#[must_use]
pub fn set_as_it_comes(members: &[Vec<u8>]) -> Vec<u8> {
    value(0x31, &members.concat())
}

/// A context tag `[number]` around something.
#[must_use]
pub fn explicit(number: u8, inner: &[u8]) -> Vec<u8> {
    value(0xa0 | number, inner)
}

/// INTEGER
#[must_use]
pub fn integer(number: i64) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let repeats = |pair: &[u8]| {
        matches!(pair, [0, next] if next & 0x80 == 0)
            || matches!(pair, [0xff, next] if next & 0x80 != 0)
    };
    let spare = bytes.windows(2).take_while(|pair| repeats(pair)).count();
    value(2, bytes.get(spare..).unwrap_or_default())
}

/// INTEGER of a magnitude in big endian.
#[must_use]
pub fn unsigned(magnitude: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = magnitude
        .iter()
        .copied()
        .skip_while(|digit| *digit == 0)
        .collect();
    match digits.first() {
        None => integer(0),
        Some(first) if first & 0x80 != 0 => value(2, &[vec![0], digits].concat()),
        Some(_) => value(2, &digits),
    }
}

/// OCTET STRING
#[must_use]
pub fn octets(content: &[u8]) -> Vec<u8> {
    value(4, content)
}

/// OCTET STRING in segments of this many bytes.
#[must_use]
pub fn segments(content: &[u8], bytes: usize) -> Vec<u8> {
    let segments: Vec<Vec<u8>> = content.chunks(bytes.max(1)).map(octets).collect();
    value(0x24, &segments.concat())
}

/// BIT STRING of whole bytes.
#[must_use]
pub fn bits(content: &[u8]) -> Vec<u8> {
    value(3, &[&[0], content].concat())
}

/// OBJECT IDENTIFIER from dotted decimal.
#[must_use]
pub fn oid(dotted: &str) -> Vec<u8> {
    let arcs: Vec<u128> = dotted
        .split('.')
        .filter_map(|arc| arc.parse().ok())
        .collect();
    let content = match arcs.as_slice() {
        [first, second, rest @ ..] => {
            let joined = first.saturating_mul(40).saturating_add(*second);
            std::iter::once(&joined)
                .chain(rest)
                .flat_map(|number| arc(*number))
                .collect()
        }
        _ => Vec::new(),
    };
    value(6, &content)
}

fn arc(mut number: u128) -> Vec<u8> {
    let mut digits = Vec::new();
    let mut more = 0;
    loop {
        digits.push(u8::try_from(number & 0x7f).unwrap_or_default() | more);
        number >>= 7;
        more = 0x80;
        if number == 0 {
            break;
        }
    }
    digits.reverse();
    digits
}

/// `GeneralizedTime` with this content.
#[must_use]
pub fn generalized_time(content: &str) -> Vec<u8> {
    value(24, content.as_bytes())
}

/// `UTF8String`
#[must_use]
pub fn utf8(text: &str) -> Vec<u8> {
    value(12, text.as_bytes())
}

/// The values inside of a value, which must be DER. Empty when it is none.
#[must_use]
pub fn fields(der: &[u8]) -> Vec<&[u8]> {
    let mut fields = Vec::new();
    let mut rest = content(der);
    while let Some((field, after)) = split(rest) {
        fields.push(field);
        rest = after;
    }
    fields
}

/// The nth value inside of a value; empty when there is none.
#[must_use]
pub fn field(der: &[u8], index: usize) -> &[u8] {
    fields(der).get(index).copied().unwrap_or_default()
}

/// The content of a value, which must be DER.
#[must_use]
pub fn content(der: &[u8]) -> &[u8] {
    let header = header_bytes(der).unwrap_or_default();
    der.get(header..).unwrap_or_default()
}

fn header_bytes(der: &[u8]) -> Option<usize> {
    match der.get(1)? {
        short @ 0..0x80 => Some(*short).map(|_| 2),
        long => Some(2 + usize::from(long & 0x7f)),
    }
}

fn split(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let header = header_bytes(der)?;
    let content = match der.get(2..header)? {
        [] => usize::from(*der.get(1)?),
        digits => digits
            .iter()
            .fold(0, |sum, digit| sum << 8 | usize::from(*digit)),
    };
    der.split_at_checked(header.checked_add(content)?)
}

/// `bytes` with the lowest bit of the last byte of `part` flipped, wherever `part` stands first.
#[must_use]
pub fn flipped(bytes: &[u8], part: &[u8]) -> Vec<u8> {
    let mut flipped = part.to_vec();
    if let Some(last) = flipped.last_mut() {
        *last ^= 1;
    }
    replaced(bytes, part, &flipped)
}

/// `bytes` with the first `part` replaced; lengths around it stay as they were.
#[must_use]
pub fn replaced(bytes: &[u8], part: &[u8], by: &[u8]) -> Vec<u8> {
    let at = bytes
        .windows(part.len().max(1))
        .position(|found| found == part);
    let Some((before, after)) = at.and_then(|at| bytes.split_at_checked(at)) else {
        return Vec::new();
    };
    [before, by, after.get(part.len()..).unwrap_or_default()].concat()
}
