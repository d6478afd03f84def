//! The documentation says what the table of the tests says.

use super::{Cannot, EXPECTED, KEY_TYPES, Works};

#[test]
fn the_documentation_has_the_same_table() {
    let text = include_str!("../../../../docs/interop.md");
    let names = KEY_TYPES.map(|key_type| key_type.name).join(" | ");
    let mut expected = vec![format!("| | {names} |")];
    for (client, outcomes) in EXPECTED {
        let cells = outcomes.map(|outcome| match outcome {
            Works => "yes",
            Cannot(_) => "no",
        });
        expected.push(format!("| {client} | {} |", cells.join(" | ")));
    }
    for line in expected {
        assert!(
            text.lines().any(|known| known == line),
            "docs/interop.md lacks:\n{line}"
        );
    }
}
