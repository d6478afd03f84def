//! What a run cost, as far as the server says.
//!
//! In scope: adding up the headers `TSA-Credits-Charged` and `TSA-Credits-Remaining`, and words
//! for what they leave open. Not in scope: prices.

use std::fmt;

/// What the answers of one run said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cost {
    answers: u64,
    /// Answers that stated their own cost, and the sum.
    stating_charge: u64,
    charged: u64,
    /// The account after an answer: most and least, since answers overtake each other.
    remaining: Option<(u64, u64)>,
}

impl Cost {
    /// Adds one answer.
    pub(crate) fn add(&mut self, charged: Option<u64>, remaining: Option<u64>) {
        self.answers += 1;
        if let Some(charged) = charged {
            self.stating_charge += 1;
            self.charged = self.charged.saturating_add(charged);
        }
        if let Some(now) = remaining {
            let (most, least) = self.remaining.unwrap_or((now, now));
            self.remaining = Some((most.max(now), least.min(now)));
        }
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.stating_charge, self.remaining) {
            (0, None) => f.write_str("the server stated no cost"),
            (0, Some((most, least))) if self.answers == 1 || most == least => {
                write!(f, "{least} credits left; the server stated no cost")
            }
            (0, Some((most, least))) => {
                let spent = most - least;
                write!(
                    f,
                    "{least} credits left; {spent} spent between the first answer and the last"
                )
            }
            (_, remaining) => {
                write!(f, "{} credits charged", self.charged)?;
                let silent = self.answers - self.stating_charge;
                if silent > 0 {
                    write!(f, " (and {silent} answers that stated no cost)")?;
                }
                match remaining {
                    Some((_, least)) => write!(f, ", {least} left"),
                    None => Ok(()),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_stated_is_told() {
        type Answers<'a> = &'a [(Option<u64>, Option<u64>)];
        let table: [(Answers<'_>, &str); 5] = [
            (&[(None, None)], "the server stated no cost"),
            (
                &[(None, Some(9))],
                "9 credits left; the server stated no cost",
            ),
            (
                &[(None, Some(8)), (None, Some(9)), (None, Some(7))],
                "7 credits left; 2 spent between the first answer and the last",
            ),
            (
                &[(Some(1), Some(9)), (Some(0), Some(9))],
                "1 credits charged, 9 left",
            ),
            (
                &[(Some(2), None), (None, None)],
                "2 credits charged (and 1 answers that stated no cost)",
            ),
        ];
        for (answers, words) in table {
            let mut cost = Cost::default();
            for (charged, remaining) in answers {
                cost.add(*charged, *remaining);
            }
            assert_eq!(cost.to_string(), words);
        }
    }
}
