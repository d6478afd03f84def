//! Where a page ends and the next one begins: opaque to clients, and worth nothing to others, since
//! every page is one of the account that asks.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What a cursor goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    Statement = 1,
    Stamps = 2,
}

/// A cursor of a list.
pub(super) fn write(list: List, values: [i64; 2]) -> String {
    let mut bytes = vec![list as u8];
    for value in values {
        bytes.extend_from_slice(&value.to_be_bytes());
    }
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What a cursor of a list says.
pub(super) fn read(list: List, text: &str) -> Result<[i64; 2], String> {
    let no_cursor = "is no cursor of this list";
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| no_cursor)?;
    let numbers = match bytes.split_first() {
        Some((kind, numbers)) if *kind == list as u8 => numbers,
        _ => return Err(no_cursor.into()),
    };
    let (chunks, rest) = numbers.as_chunks::<8>();
    match (chunks, rest) {
        ([first, second], []) => Ok([i64::from_be_bytes(*first), i64::from_be_bytes(*second)]),
        _ => Err(no_cursor.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_serves_its_own_list_only() {
        let cursor = write(List::Stamps, [-5, i64::MAX]);
        assert_eq!(read(List::Stamps, &cursor), Ok([-5, i64::MAX]));
        assert!(read(List::Statement, &cursor).is_err());
        for bad in ["", "A", "!!", &cursor[1..], &format!("{cursor}AAAA")] {
            assert!(read(List::Stamps, bad).is_err(), "{bad}");
        }
    }
}
