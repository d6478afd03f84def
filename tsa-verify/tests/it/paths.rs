//! Paths made here: constraints, anchors and keys that limit themselves, cross-signed issuers, and
//! bags that are made to cost time.

use tsa_core::tlv::value;
use tsa_core::{AlgorithmIdentifier, Parameters, oid};
use tsa_verify::{Report, TrustStore};

use crate::paths_made::{
    Made, PRINTABLE, UTF8, common_name, country, encoded_oid, extension, intermediate, key_of,
    name, name_constraints, of_ca, purpose, signed, signer, subject_of, token, token_of,
};
use crate::support::{
    Kind, PASSED, Token, algorithm_identifier, bag, certificate, default_policy, judge, judge_with,
    pss_parameters, summary, trust,
};

const CONSTRAINTS: &str = "INDETERMINATE CHAIN_CONSTRAINTS_FAILURE";
const NAMES: &str = "2.5.29.30";
const POLICIES: &str = "2.5.29.36";
const MAPPINGS: &str = "2.5.29.33";
const ANY_POLICY: &str = "2.5.29.54";

/// What it is, the extension, its value, the code that denies it.
#[rustfmt::skip]
fn constraints() -> Vec<(&'static str, &'static str, Vec<u8>, Option<&'static str>)> {
    let permitted = |bases: &[Vec<u8>]| name_constraints(0, bases);
    let excluded = |bases: &[Vec<u8>]| name_constraints(1, bases);
    let mapping = |pair: [&str; 2]| {
        value(&[0x30], &value(&[0x30], &pair.map(encoded_oid).concat()))
    };
    let email = value(&[0x81], b"example.org");
    let explicit = value(&[0x30], &value(&[0x80], &[0]));
    let (denied, no_policy, unreadable) = (Some("PKX-040"), Some("PKX-041"), Some("PKX-038"));
    let (here, there) = (country(UTF8, "cn"), country(UTF8, "DE"));
    vec![
        ("excluded", NAMES, excluded(std::slice::from_ref(&here)), denied),
        ("other excluded", NAMES, excluded(std::slice::from_ref(&there)), None),
        ("permitted", NAMES, permitted(std::slice::from_ref(&here)), None),
        ("one of two permitted", NAMES, permitted(&[there.clone(), here]), None),
        ("other permitted", NAMES, permitted(&[there]), denied),
        ("form without names", NAMES, permitted(&[email]), None),
        ("empty", NAMES, value(&[0x30], &[]), unreadable),
        ("garbage", NAMES, b"xx".to_vec(), unreadable),
        ("explicit policy", POLICIES, explicit, no_policy),
        ("no policy constraint", POLICIES, value(&[0x30], &[]), unreadable),
        ("any policy inhibited", ANY_POLICY, vec![2, 1, 0], None),
        ("garbage for a number", ANY_POLICY, b"xx".to_vec(), unreadable),
        ("mapping", MAPPINGS, mapping(["2.999.1", "2.999.2"]), None),
        ("mapping to any", MAPPINGS, mapping(["2.999.1", "2.5.29.32.0"]), no_policy),
    ]
}

/// RFC 5280 §6.1 processes them either way.
#[test]
fn constraints_of_an_issuer_count_critical_or_not() {
    let issuer = common_name("Constrained");
    let subject = name(&[("2.5.4.6", PRINTABLE, "CN"), ("2.5.4.3", UTF8, "Below")]);
    let below = signer(&issuer, &subject).der();
    for (what, id, content, code) in constraints() {
        let expected = code.map_or(PASSED.to_string(), |code| format!("{CONSTRAINTS} {code}"));
        for critical in [false, true] {
            let above = intermediate(&issuer, &[extension(id, critical, &content)]).der();
            let report = judge(&token(&below, &[above]).signed());
            assert_eq!(summary(&report), expected, "{what}, critical: {critical}");
        }
    }
}

/// What is excluded, the names below, whether they pass.
#[test]
fn constraints_hold_for_names_of_their_form_wherever_they_stand() {
    let email = || value(&[0x81], b"example.org");
    let registered = || value(&[0x88], &[0x2a, 3]);
    let in_subject = |address| name(&[("1.2.840.113549.1.9.1", 22, address)]);
    let alternative = |general: &[u8]| extension("2.5.29.17", false, &value(&[0x30], general));
    let plain = || common_name("Below");
    let dns = value(&[0x82], b"tsa.test");
    let table = [
        (email(), plain(), None, true),
        (email(), in_subject("tsa@example.com"), None, true),
        (email(), in_subject("tsa@example.org"), None, false),
        (
            email(),
            in_subject("tsa@EXAMPLE.ORG"),
            Some(dns.clone()),
            false,
        ),
        (email(), in_subject("no address"), None, false),
        (
            email(),
            plain(),
            Some(value(&[0x81], b"a@example.org")),
            false,
        ),
        (email(), plain(), Some(value(&[0x81], b"a@b.test")), true),
        (email(), plain(), Some(dns.clone()), true),
        (value(&[0x82], b"test"), plain(), Some(dns.clone()), false),
        (
            value(&[0x82], b"not a host"),
            plain(),
            Some(dns.clone()),
            false,
        ),
        (registered(), plain(), Some(dns), true),
        (registered(), plain(), Some(registered()), false),
        (
            registered(),
            plain(),
            Some(value(&[0x88], &[0x2a, 4])),
            false,
        ),
    ];
    let issuer = common_name("Constrained");
    for (excluded, subject, general, passes) in table {
        let constraints = name_constraints(1, std::slice::from_ref(&excluded));
        let above = intermediate(&issuer, &[extension("2.5.29.30", true, &constraints)]);
        let mut below = signer(&issuer, &subject);
        below.extensions.extend(general.as_deref().map(alternative));
        let report = judge(&token(&below.der(), &[above.der()]).signed());
        let denied = format!("{CONSTRAINTS} PKX-040");
        let expected = if passes { PASSED } else { &denied };
        let case = format!("{excluded:02x?} {subject:02x?} {general:02x?}");
        assert_eq!(summary(&report), expected, "{case}");
    }
}

#[test]
fn a_critical_extension_that_is_garbage_is_refused_even_where_it_would_not_matter() {
    let issuer = common_name("Garbled");
    let below = signer(&issuer, &common_name("Below")).der();
    for id in ["2.5.29.32", "2.5.29.31"] {
        let garbled = extension(id, true, b"garbage");
        let above = intermediate(&issuer, &[garbled]).der();
        let report = judge(&token(&below, &[above]).signed());
        assert_eq!(summary(&report), format!("{CONSTRAINTS} PKX-038"), "{id}");
    }
}

/// Judges a token whose signer stands directly below this anchor.
fn below_anchor(change: impl FnOnce(&mut Made)) -> Report {
    let root = common_name("Anchor");
    let mut anchor = Made {
        issuer: root.clone(),
        subject: root.clone(),
        key: key_of("intermediate"),
        signed_by: ("intermediate", Kind::P384),
        extensions: of_ca(&[]),
        version: 3,
    };
    change(&mut anchor);
    let mut store = TrustStore::new();
    store.add(&anchor.der()).unwrap();
    let below = signer(&root, &common_name("Below")).der();
    let token = token(&below, &[]).signed();
    judge_with(&token, &bag(&[]), &store, &default_policy())
}

#[test]
fn what_an_anchor_says_of_its_own_use_counts() {
    let denied = |code: &str| format!("{CONSTRAINTS} {code}");
    let more = |one: Vec<u8>| move |anchor: &mut Made| anchor.extensions.push(one);
    assert_eq!(summary(&below_anchor(|_| {})), PASSED);
    assert_eq!(summary(&below_anchor(|anchor| anchor.version = 1)), PASSED);
    let leaf = below_anchor(|anchor| anchor.extensions.clear());
    assert_eq!(summary(&leaf), denied("PKX-034"));
    let web = below_anchor(more(purpose("1.3.6.1.5.5.7.3.1")));
    assert_eq!(summary(&web), denied("PKX-042"));
    let time_stamping = below_anchor(more(purpose("1.3.6.1.5.5.7.3.8")));
    assert_eq!(summary(&time_stamping), PASSED);
    let unknown = below_anchor(more(extension("1.2.3.4", true, b"x")));
    assert_eq!(summary(&unknown), denied("PKX-038"));
    let excluded = value(&[0xa4], &common_name("below"));
    let excluded = extension("2.5.29.30", true, &name_constraints(1, &[excluded]));
    assert_eq!(summary(&below_anchor(more(excluded))), denied("PKX-040"));
}

#[test]
fn a_signers_certificate_that_is_trusted_is_not_an_issuer() {
    let mut below = signer(&subject_of("tsa-p256"), &common_name("Child of a leaf"));
    below.signed_by = ("tsa-p256", Kind::P256);
    let token = token(&below.der(), &[]).signed();
    let trust_leaf = trust(&["tsa-p256"]);
    let report = judge_with(&token, &bag(&[]), &trust_leaf, &default_policy());
    assert_eq!(summary(&report), format!("{CONSTRAINTS} PKX-034 PKX-036"));
    let own = Token::p256().signed();
    let report = judge_with(&own, &bag(&[]), &trust_leaf, &default_policy());
    assert_eq!(summary(&report), PASSED);
}

/// The order of a bag decides nothing: of two paths the one that nothing denies is judged.
#[test]
fn a_sound_path_is_found_beside_one_that_is_denied() {
    let issuer = common_name("Cross");
    let below = signer(&issuer, &common_name("Below")).der();
    let sound = intermediate(&issuer, &[]).der();
    let excluded = name_constraints(1, &[value(&[0xa4], &common_name("Below"))]);
    let constrained = intermediate(&issuer, &[extension("2.5.29.30", false, &excluded)]).der();
    let weak = {
        let mut made = intermediate(&issuer, &[]);
        made.issuer = subject_of("rsa-root");
        let sha1 = AlgorithmIdentifier::null(oid::SHA_1_WITH_RSA);
        let tbs = made.tbs(&sha1);
        let signature = openssl_sha1("rsa-root", &tbs);
        signed(tbs, &sha1, &signature)
    };
    for (what, other) in [("constrained", constrained), ("weak", weak)] {
        for above in [[other.clone(), sound.clone()], [sound.clone(), other]] {
            let token = token(&below, &above).signed();
            let anchors = trust(&["root", "rsa-root"]);
            let report = judge_with(&token, &bag(&[]), &anchors, &default_policy());
            assert_eq!(summary(&report), PASSED, "{what}");
        }
    }
}

/// ring does not sign with SHA-1.
fn openssl_sha1(key: &str, message: &[u8]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let [input, output] = ["message", "signature"].map(|name| folder.path().join(name));
    std::fs::write(&input, message).unwrap();
    let key = crate::support::certs_folder().join(format!("keys/{key}.pem"));
    let status = std::process::Command::new("openssl")
        .args(["dgst", "-sha1", "-sign"])
        .arg(key)
        .arg("-out")
        .args([&output, &input])
        .status()
        .expect("openssl must be installed");
    assert!(status.success());
    std::fs::read(&output).unwrap()
}

#[test]
fn a_key_for_pss_is_for_nothing_else() {
    let bits = {
        let key = key_of("tsa-rsa2048");
        let plain = algorithm_identifier(&AlgorithmIdentifier::null(oid::RSA_ENCRYPTION));
        let at = key.windows(plain.len()).position(|window| window == plain);
        key[at.unwrap() + plain.len()..].to_vec()
    };
    let wrong = "TOTAL-FAILED SIG_CRYPTO_FAILURE TSV-094";
    let with = |salt| Parameters::Other(pss_parameters(salt));
    let table = [
        (Parameters::Absent, Kind::RsaPss, PASSED),
        (with(32), Kind::RsaPss, PASSED),
        (with(20), Kind::RsaPss, PASSED),
        (with(33), Kind::RsaPss, wrong),
        (Parameters::Other(vec![0x30, 0]), Kind::RsaPss, wrong),
        (Parameters::Absent, Kind::Rsa, wrong),
        (with(32), Kind::Rsa, wrong),
    ];
    for (parameters, kind, expected) in table {
        let algorithm = algorithm_identifier(&AlgorithmIdentifier {
            algorithm: oid::RSASSA_PSS,
            parameters: parameters.clone(),
        });
        let mut made = signer(&subject_of("intermediate"), &common_name("Below"));
        made.key = value(&[0x30], &[algorithm, bits.clone()].concat());
        let token = token_of(
            &made.der(),
            "tsa-rsa2048",
            kind,
            &[certificate("intermediate")],
        );
        let report = judge(&token.signed());
        assert_eq!(summary(&report), expected, "{parameters:?} {kind:?}");
    }
}

#[test]
fn names_chain_across_string_types() {
    let above = intermediate(&common_name("Some  CA"), &[]).der();
    let as_printable = name(&[("2.5.4.3", PRINTABLE, "Some CA")]);
    let below = signer(&as_printable, &common_name("Below")).der();
    assert_eq!(summary(&judge(&token(&below, &[above]).signed())), PASSED);
}

/// Defects times length of names once made a report of gigabytes.
#[test]
fn a_report_stays_small_however_many_defects_and_however_long_the_names() {
    let text = "x".repeat(500);
    let long = name(&vec![("2.5.4.3", UTF8, text.as_str()); 1_000]);
    let mut made = signer(&subject_of("root"), &long);
    let unknown = |number| extension(&format!("1.2.3.{number}"), true, b"x");
    made.extensions.extend((0..100).map(unknown));
    let report = judge(&token(&made.der_unsigned(), &[]).signed());
    let found = report
        .findings()
        .iter()
        .find(|found| found.code == "PKX-038");
    assert!(found.unwrap().detail.en.ends_with("; 92 more"));
    assert!(found.unwrap().detail.zh.ends_with("；另有 92 项"));
}

/// What is too long to be a key issues nothing, and costs nothing.
#[test]
fn a_key_of_absurd_length_is_no_issuer() {
    let issuer = common_name("Loop");
    let absurd = |number: u8| {
        let algorithm = algorithm_identifier(&AlgorithmIdentifier::absent(oid::ED25519));
        let mut bits = vec![0; 100_000];
        bits[99_999] = number;
        let mut made = intermediate(&issuer, &[]);
        made.issuer.clone_from(&issuer);
        made.key = value(&[0x30], &[algorithm, value(&[3], &bits)].concat());
        made.der_unsigned()
    };
    let above: Vec<Vec<u8>> = (0..20).map(absurd).collect();
    let below = signer(&issuer, &common_name("Below")).der();
    let report = judge(&token(&below, &above).signed());
    let no_chain = "INDETERMINATE NO_CERTIFICATE_CHAIN_FOUND PKX-010";
    assert_eq!(summary(&report), no_chain);
    let sound = intermediate(&issuer, &[]).der();
    let report = judge(&token(&below, &[above, vec![sound]].concat()).signed());
    assert_eq!(summary(&report), PASSED);
}

/// A signature over more bytes than honest certificates have is not checked, and says so.
#[test]
fn a_certificate_of_absurd_length_is_not_believed() {
    let mut made = signer(&subject_of("intermediate"), &common_name("Below"));
    let padding = extension("1.2.3.4", false, &vec![0; 9 << 20]);
    made.extensions.push(padding);
    let report = judge(&token(&made.der(), &[certificate("intermediate")]).signed());
    let expected = "INDETERMINATE CRYPTO_CONSTRAINTS_FAILURE PKX-030";
    assert!(
        summary(&report).starts_with(expected),
        "{}",
        summary(&report)
    );
    let found = report
        .findings()
        .iter()
        .find(|found| found.code == "PKX-030");
    assert!(found.unwrap().detail.en.contains("budget of work"));
}
