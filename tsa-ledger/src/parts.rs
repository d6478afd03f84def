//! What many tokens have in common, such as the certificates of their signer: stored once, under
//! its SHA-256, and put together again with what stands in each row.
//!
//! Whoever gives a token says where such bytes are; what they are is not known here. Rows from
//! before there were parts have their tokens whole, and so has whatever has too little in common.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo};
use sqlx::{Encode, Postgres, Row as _, Type};

use crate::batch::Item;
use crate::claim::sha256;
use crate::record::NewToken;
use crate::refusal::{During, StoreFault};
use crate::store::Connection;

/// The fewest bytes that are worth a part.
const BYTES_MIN: usize = 64;
/// Parts that a connection remembers.
const KNOWN_MAX: usize = 64;

/// The rule of an audit about the parts themselves.
pub(crate) const PARTS: &str = "parts of tokens are what they were when they were stored";
/// The rule of an audit about what tokens are put together from.
pub(crate) const TOKENS: &str = "the part of every token is there, and so is its place";

/// Parts that are known to be stored, with their numbers; without one, what is stored under that
/// hash is something else. As long as the connection is the same, the database is.
#[derive(Debug, Default)]
pub(crate) struct Parts(Vec<(Box<[u8]>, Option<i64>)>);

/// A token as its row has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut<'a> {
    before: &'a [u8],
    behind: &'a [u8],
    part: Option<i64>,
}

impl Parts {
    /// What the tokens of a batch share that is not known to be stored.
    pub(crate) fn unknown<'a>(&self, items: &'a [Item]) -> Vec<&'a [u8]> {
        let mut unknown = Vec::new();
        for (_, shared, _) in items.iter().filter_map(|item| split(&item.token)) {
            if self.known(shared).is_none() && !unknown.contains(&shared) {
                unknown.push(shared);
            }
        }
        unknown
    }

    /// Learns under which number a part is stored.
    pub(crate) fn learn(&mut self, part: &[u8], number: Option<i64>) {
        if self.0.len() >= KNOWN_MAX {
            self.0.remove(0);
        }
        self.0.push((part.into(), number));
    }

    /// A token without what is stored elsewhere.
    pub(crate) fn cut<'a>(&self, token: &'a NewToken) -> Cut<'a> {
        let stored = split(token).and_then(|(before, shared, behind)| {
            let part = Some(self.known(shared)??);
            Some(Cut {
                before,
                behind,
                part,
            })
        });
        stored.unwrap_or(Cut {
            before: &token.token,
            behind: &[],
            part: None,
        })
    }

    fn known(&self, part: &[u8]) -> Option<Option<i64>> {
        // The signer of the moment is the last that came.
        let mut known = self.0.iter().rev();
        let found = known.find(|(bytes, _)| **bytes == *part);
        found.map(|(_, number)| *number)
    }
}

/// A token before, in and behind what it shares with others, where that is worth it.
fn split(token: &NewToken) -> Option<(&[u8], &[u8], &[u8])> {
    let range = token.shared.clone()?;
    let shared = token.token.get(range.clone())?;
    let is_worth_it = shared.len() >= BYTES_MIN;
    let before = token.token.get(..range.start)?;
    let behind = token.token.get(range.end..)?;
    is_worth_it.then_some((before, shared, behind))
}

impl Cut<'_> {
    /// The number of its part.
    pub(crate) fn part(&self) -> Option<i64> {
        self.part
    }

    /// How long what stands in the row is.
    pub(crate) fn len(&self) -> usize {
        self.before.len() + self.behind.len()
    }

    /// Where that goes.
    pub(crate) fn part_at(&self) -> Option<i64> {
        self.part
            .and_then(|_| i64::try_from(self.before.len()).ok())
    }

    /// What stands in the row.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        [self.before, self.behind].concat()
    }
}

/// What stands in the row, for PostgreSQL.
impl Encode<'_, Postgres> for Cut<'_> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(self.before);
        buffer.extend_from_slice(self.behind);
        Ok(IsNull::No)
    }
}

impl Type<Postgres> for Cut<'_> {
    fn type_info() -> PgTypeInfo {
        <Vec<u8> as Type<Postgres>>::type_info()
    }
}

impl PgHasArrayType for Cut<'_> {
    fn array_type_info() -> PgTypeInfo {
        <Vec<u8> as PgHasArrayType>::array_type_info()
    }
}

/// A token of what stands in its row and, where that says so, a part; `None` when these cannot be
/// of one token.
pub(crate) fn whole(rest: Vec<u8>, at: Option<i64>, part: Option<Vec<u8>>) -> Option<Vec<u8>> {
    match (at, part) {
        (None, None) => Some(rest),
        (Some(at), Some(part)) => {
            let (before, behind) = rest.split_at_checked(usize::try_from(at).ok()?)?;
            Some([before, part.as_slice(), behind].concat())
        }
        _ => None,
    }
}

/// How many parts are not what their hash says.
pub(crate) async fn faults(connection: &mut Connection) -> Result<u64, StoreFault> {
    let what = "auditing";
    let mut last = i64::MIN;
    let mut count = 0;
    loop {
        let row = sqlx::query("SELECT id, hash, bytes FROM part WHERE id > $1 ORDER BY id LIMIT 1")
            .bind(last)
            .fetch_optional(&mut *connection)
            .await
            .during(what)?;
        let Some(row) = row else {
            return Ok(count);
        };
        last = row.try_get(0).during(what)?;
        let (hash, bytes): (&[u8], &[u8]) =
            (row.try_get(1).during(what)?, row.try_get(2).during(what)?);
        count += u64::from(sha256(&[bytes]) != hash);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::UnixMicros;

    fn token(bytes: usize, shared: Option<std::ops::Range<usize>>) -> NewToken {
        let byte = |place: usize| u8::try_from(place % 251).unwrap();
        NewToken {
            serial: vec![1],
            algorithm: "sha256",
            digest: vec![0; 32],
            name: None,
            gen_time: UnixMicros(0),
            token: (0..bytes).map(byte).collect(),
            shared,
        }
    }

    #[test]
    fn a_token_is_whole_again_wherever_its_part_was() {
        for shared in [0..100, 0..300, 7..200, 200..300, 236..300] {
            let token = token(300, Some(shared.clone()));
            let mut parts = Parts::default();
            parts.learn(&token.token[shared.clone()], Some(5));
            let cut = parts.cut(&token);
            assert_eq!(cut.part(), Some(5), "{shared:?}");
            assert_eq!(cut.bytes().len(), 300 - shared.len());
            let part = token.token[shared].to_vec();
            let again = whole(cut.bytes(), cut.part_at(), Some(part));
            assert_eq!(again, Some(token.token));
        }
    }

    #[test]
    fn what_has_no_part_that_is_stored_stays_whole() {
        let mut parts = Parts::default();
        parts.learn(&token(300, None).token[10..200], Some(1));
        parts.learn(&token(300, None).token[20..200], None);
        #[expect(clippy::reversed_empty_ranges, reason = "a caller may be wrong")]
        let cases = [
            None,
            Some(0..63),
            Some(11..200),
            Some(20..200),
            Some(200..301),
            Some(301..302),
            Some(200..100),
        ];
        for shared in cases {
            let token = token(300, shared.clone());
            let cut = parts.cut(&token);
            assert_eq!((cut.part(), cut.part_at()), (None, None), "{shared:?}");
            assert_eq!(cut.bytes(), token.token);
        }
    }

    #[test]
    fn what_cannot_be_of_one_token_is_none() {
        assert_eq!(whole(vec![1], None, None), Some(vec![1]));
        assert_eq!(
            whole(vec![1, 3], Some(1), Some(vec![2])),
            Some(vec![1, 2, 3])
        );
        for (at, part) in [
            (Some(1), None),
            (None, Some(vec![2])),
            (Some(3), Some(vec![2])),
            (Some(-1), Some(vec![2])),
        ] {
            assert_eq!(whole(vec![1, 3], at, part), None);
        }
    }
}
