//! The table of cases: names, comments, and that making one again changes nothing.

use std::collections::BTreeSet;

use tsa_forge::{Expect, Forge, cases};

#[test]
fn names_are_unique_and_fit_a_file() {
    let mut seen = BTreeSet::new();
    for case in cases() {
        assert!(seen.insert(case.name), "{} is there twice", case.name);
        let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
        assert!(
            case.name
                .chars()
                .all(|letter| fits(letter) || letter == '-'),
            "{}",
            case.name
        );
        assert!(
            case.comment.ends_with('.'),
            "{}: {}",
            case.name,
            case.comment
        );
    }
}

#[test]
fn every_row_of_the_list_has_a_case() {
    let covered: BTreeSet<u8> = cases().map(|case| case.row).collect();
    // Rows 29 and 30, revocation and dates of algorithms, have no cases yet; 48 and later are not
    // about tokens.
    let wanted = (0..=47).filter(|row| ![29, 30].contains(row));
    let missing: Vec<u8> = wanted.filter(|row| !covered.contains(row)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_case_made_twice_is_the_same() {
    let (one, other) = (Forge::new().unwrap(), Forge::new().unwrap());
    for case in cases().filter(|case| case.stored) {
        assert_eq!(case.input(&one), case.input(&other), "{}", case.name);
    }
}

#[test]
fn a_case_is_refused_by_one_check_before_others() {
    for case in cases() {
        if let Expect::Refused { code, also, .. } = case.expect {
            assert!(
                !also.contains(&code),
                "{}: {code} is also among `also`",
                case.name
            );
        }
    }
}
