//! Mutations of encoded values: one value is changed, and the lengths around it are mended.
//!
//! A change of a byte in the middle of a token nearly always breaks a length, and nothing behind
//! the reader is reached. Here the bytes are taken apart as far as they are values with definite
//! lengths, also inside of OCTET STRINGs and BIT STRINGs, and put together again around the change.
//! Not in scope: whether the result is DER or makes sense; plain mutations stay beside these.

use libfuzzer_sys::fuzzer_mutate;

use crate::verify::value_length;

/// Most values that are told apart, and most levels.
const VALUES_MAX: usize = 4_096;
const LEVELS_MAX: usize = 24;

/// A small generator of numbers; the fuzzer gives the seed.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// From the fuzzer's seed.
    #[must_use]
    pub fn new(seed: u32) -> Self {
        Self(u64::from(seed) | 1 << 40)
    }

    /// Below `bound`; 0 when that is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let number = usize::try_from(self.0 >> 20).unwrap_or_default();
        number.checked_rem(bound).unwrap_or_default()
    }
}

/// A value among the bytes.
#[derive(Clone, Copy, Debug)]
struct Node {
    start: usize,
    content: usize,
    end: usize,
    above: Option<usize>,
    level: usize,
}

/// Changes one value behind the first `head` bytes; `plain` changes content in the fuzzer's own
/// way. `None` when there is no value.
pub fn mutate(
    bytes: &[u8],
    head: usize,
    random: &mut Random,
    plain: impl FnOnce(&[u8]) -> Vec<u8>,
) -> Option<Vec<u8>> {
    let nodes = nodes(bytes, head);
    let node = *nodes.get(random.below(nodes.len()))?;
    let other = nodes.get(random.below(nodes.len()))?;
    let (whole, content) = (&bytes[node.start..node.end], &bytes[node.content..node.end]);
    let other = &bytes[other.start..other.end];
    let tag = &bytes[node.start..=node.start];
    let replacement = match random.below(10) {
        0..=2 => value(tag, &plain(content)),
        3 => Vec::new(),
        4 => [whole, whole].concat(),
        5 => other.to_vec(),
        6 => [other, whole].concat(),
        7 => [whole, other].concat(),
        8 => value(&[TAGS[random.below(TAGS.len())]], content),
        _ => value(tag, CONTENTS[random.below(CONTENTS.len())]),
    };
    Some(replaced(bytes, &nodes, node, &replacement))
}

/// Puts a value of `other` in the place of one of `bytes`, or beside it.
pub fn cross(bytes: &[u8], other: &[u8], head: usize, random: &mut Random) -> Option<Vec<u8>> {
    let (nodes, others) = (nodes(bytes, head), self::nodes(other, head));
    let node = *nodes.get(random.below(nodes.len()))?;
    let taken = others.get(random.below(others.len()))?;
    let taken = &other[taken.start..taken.end];
    let replacement = match random.below(3) {
        0 => [taken, &bytes[node.start..node.end]].concat(),
        _ => taken.to_vec(),
    };
    Some(replaced(bytes, &nodes, node, &replacement))
}

/// One step of a fuzzer: three of four mend lengths, the others are plain. Returns the new size.
///
/// A result that does not fit into `max_size` bytes is left to a plain mutation.
pub fn step(data: &mut [u8], size: usize, max_size: usize, seed: u32, head: usize) -> usize {
    let mut random = Random::new(seed);
    if random.below(4) > 0 {
        let plain = |content: &[u8]| {
            let mut room = content.to_vec();
            room.resize(content.len() + 64, 0);
            let size = fuzzer_mutate(&mut room, content.len(), content.len() + 64);
            room.truncate(size);
            room
        };
        let mutated = mutate(&data[..size], head, &mut random, plain);
        if let Some(mutated) = mutated.filter(|mutated| mutated.len() <= max_size) {
            data[..mutated.len()].copy_from_slice(&mutated);
            return mutated.len();
        }
    }
    fuzzer_mutate(data, size, max_size)
}

/// One step of a fuzzer out of two inputs: a value of the second in the first, and the size of what
/// is in `out`; 0 when there is none.
pub fn cross_step(first: &[u8], second: &[u8], out: &mut [u8], seed: u32, head: usize) -> usize {
    let crossed = cross(first, second, head, &mut Random::new(seed));
    match crossed.filter(|crossed| crossed.len() <= out.len()) {
        Some(crossed) => {
            out[..crossed.len()].copy_from_slice(&crossed);
            crossed.len()
        }
        None => 0,
    }
}

/// Every value that can be told apart, those around others first.
fn nodes(bytes: &[u8], head: usize) -> Vec<Node> {
    let mut nodes = Vec::new();
    push_values(&mut nodes, bytes, head..bytes.len(), None, 0);
    let mut next = 0;
    while let Some(node) = nodes.get(next).copied() {
        let tag = bytes[node.start];
        let inside = match tag {
            0x03 => node.content + 1,
            _ => node.content,
        };
        let level = node.level + 1;
        let may_hold = tag & 0x20 != 0 || matches!(tag, 0x03 | 0x04);
        if may_hold && level < LEVELS_MAX && nodes.len() < VALUES_MAX {
            let before = nodes.len();
            let end = push_values(&mut nodes, bytes, inside..node.end, Some(next), level);
            // The content of a string is values, or it is not.
            if tag & 0x20 == 0 && end != node.end {
                nodes.truncate(before);
            }
        }
        next += 1;
    }
    nodes
}

/// Adds the values of a range, one after the other; says where they ended.
fn push_values(
    nodes: &mut Vec<Node>,
    bytes: &[u8],
    range: std::ops::Range<usize>,
    above: Option<usize>,
    level: usize,
) -> usize {
    let mut start = range.start;
    while let Some(length) = bytes.get(start..range.end).and_then(value_length) {
        let octets = match bytes[start + 1] {
            0..=0x7f => 0,
            long => usize::from(long & 0x7f),
        };
        nodes.push(Node {
            start,
            content: start + 2 + octets,
            end: start + length,
            above,
            level,
        });
        start += length;
    }
    start
}

/// The bytes with a value replaced and the lengths of all values around it mended.
fn replaced(bytes: &[u8], nodes: &[Node], node: Node, replacement: &[u8]) -> Vec<u8> {
    let mut around = (node.start, node.end);
    let mut inner = replacement.to_vec();
    let mut above = node.above;
    while let Some(parent) = above.and_then(|index| nodes.get(index)) {
        let (start, end) = around;
        let content = [
            &bytes[parent.content..start],
            &inner,
            &bytes[end..parent.end],
        ]
        .concat();
        inner = value(&bytes[parent.start..=parent.start], &content);
        around = (parent.start, parent.end);
        above = parent.above;
    }
    [&bytes[..around.0], &inner, &bytes[around.1..]].concat()
}

fn value(tag: &[u8], content: &[u8]) -> Vec<u8> {
    tsa_core::tlv::value(tag, content)
}

const TAGS: [u8; 20] = [
    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x13, 0x16, 0x17, 0x18, 0x1e, 0x30, 0x31, 0x80, 0x81,
    0xa0, 0xa1, 0xa2, 0xa4,
];

/// Contents that mean something: identifiers, times, numbers, texts.
const CONTENTS: [&[u8]; 32] = [
    &[],
    &[0],
    &[1],
    &[0xff],
    &[0x80],
    &[0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    // id-sha1, id-sha256, id-sha512, id-sm3
    &[0x2b, 0x0e, 0x03, 0x02, 0x1a],
    &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01],
    &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03],
    &[0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x11],
    // rsaEncryption, rsassa-pss, ecdsa-with-SHA256, Ed25519
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a],
    &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02],
    &[0x2b, 0x65, 0x70],
    // contentType, messageDigest, signingTime, signingCertificate, its second version, protection
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x05],
    &[
        0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x0c,
    ],
    &[
        0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x2f,
    ],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x34],
    // basicConstraints, keyUsage, extKeyUsage, nameConstraints, certificatePolicies, timeStamping
    &[0x55, 0x1d, 0x13],
    &[0x55, 0x1d, 0x0f],
    &[0x55, 0x1d, 0x25],
    &[0x55, 0x1d, 0x1e],
    &[0x55, 0x1d, 0x20],
    &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x08],
    b"20260601000000Z",
    b"20260601000000.123456789Z",
    b"99991231235959Z",
    b"260601000000Z",
    b"\xe2\x80\xaeA\x1b[2J\nVerdict: TOTAL-PASSED",
    "结论：TOTAL-PASSED」。".as_bytes(),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out of a change in one value is still values, one after the other, all over.
    #[test]
    fn changed_values_keep_their_lengths_right() {
        let tokens = crate::seeds::made_tokens().unwrap();
        let token = tokens.first().unwrap();
        let mut random = Random::new(1);
        let mut changed = 0;
        for _ in 0..500 {
            let mutated = mutate(token, 0, &mut random, |content| {
                content.iter().rev().copied().collect()
            });
            let mutated = mutated.unwrap();
            let mut nodes = Vec::new();
            let end = push_values(&mut nodes, &mutated, 0..mutated.len(), None, 0);
            assert_eq!(end, mutated.len());
            changed += usize::from(mutated != *token);
        }
        assert!(changed > 400, "{changed} of 500 were changed");
    }

    /// The signer's certificate lies in a SET in a SEQUENCE …, its key in a BIT STRING.
    #[test]
    fn values_inside_of_strings_are_found() {
        let tokens = crate::seeds::made_tokens().unwrap();
        let token = tokens.first().unwrap();
        let nodes = nodes(token, 0);
        let in_string = |node: &Node| {
            node.above
                .is_some_and(|above| token[nodes[above].start] == 4)
        };
        assert!(nodes.iter().any(in_string));
    }
}
