//! Cube roots of big numbers, for signatures that an exponent of 3 lets anybody make.
//!
//! Numbers are limbs of 32 bits, the lowest first.

fn limbs(big_endian: &[u8]) -> Vec<u32> {
    let join = |chunk: &[u8]| {
        chunk
            .iter()
            .rev()
            .fold(0, |sum, digit| sum << 8 | u32::from(*digit))
    };
    let little: Vec<u8> = big_endian.iter().rev().copied().collect();
    little.chunks(4).map(join).collect()
}

fn product(left: &[u32], right: &[u32]) -> Vec<u32> {
    let mut sum = vec![0_u32; left.len() + right.len()];
    for (at, one) in left.iter().enumerate() {
        let mut carry = 0_u64;
        let others = right.iter().chain(std::iter::once(&0));
        for (place, other) in sum.iter_mut().skip(at).zip(others) {
            let total = u64::from(*one) * u64::from(*other) + u64::from(*place) + carry;
            *place = u32::try_from(total & 0xffff_ffff).unwrap_or_default();
            carry = total >> 32;
        }
    }
    sum
}

fn is_above(left: &[u32], right: &[u32]) -> bool {
    let length = left.len().max(right.len());
    let padded = |number: &[u32]| -> Vec<u32> {
        let mut number = number.to_vec();
        number.resize(length, 0);
        number.reverse();
        number
    };
    padded(left) > padded(right)
}

/// The largest number whose cube is not above this one, in as many bytes as this one.
#[must_use]
pub(crate) fn cube_root(number: &[u8]) -> Vec<u8> {
    let target = limbs(number);
    let mut root = vec![0_u32; target.len() / 3 + 1];
    for bit in (0..root.len() * 32).rev() {
        let mut next = root.clone();
        if let Some(limb) = next.get_mut(bit / 32) {
            *limb |= 1 << (bit % 32);
        }
        if !is_above(&product(&product(&next, &next), &next), &target) {
            root = next;
        }
    }
    let digits: Vec<u8> = root
        .iter()
        .rev()
        .flat_map(|limb| limb.to_be_bytes())
        .collect();
    let spare = vec![0; number.len().saturating_sub(digits.len())];
    [spare, digits].concat()
}
