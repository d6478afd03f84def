//! The files of the suite, its cases, and what is expected of each.
//!
//! `TSA_CORPORA` has them in `pkits/`; without it `scripts/test` fetches the source distribution of
//! pyhanko-certvalidator, which carries the suite with outcomes, and sets `TSA_PKITS`. Both have
//! the same list of outcomes, which is the one used. A list by others, in the corpora only, is held
//! against it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::Value;
use tsa_verify::ObjectIdentifier;

/// NIST-test-policy-1 and so on are below this.
const TEST_POLICIES: &str = "2.16.840.1.101.3.2.1.48";

/// One case.
#[derive(Debug)]
pub(super) struct Case {
    /// Section and number: `41430` is 4.14.30.
    pub(super) id: String,
    pub(super) name: String,
    pub(super) certificate: String,
    pub(super) others: Vec<String>,
    pub(super) crls: Vec<String>,
    pub(super) policies: Vec<ObjectIdentifier>,
    pub(super) require_explicit: bool,
    pub(super) inhibit_mapping: bool,
    pub(super) inhibit_any: bool,
    pub(super) passes: bool,
}

impl Case {
    pub(super) fn has_inputs_of(&self, other: &Self) -> bool {
        let inputs = |case: &Self| {
            let mut policies = case.policies.clone();
            policies.sort_unstable();
            let flags = (
                case.require_explicit,
                case.inhibit_mapping,
                case.inhibit_any,
            );
            (case.certificate.clone(), policies, flags)
        };
        inputs(self) == inputs(other)
    }

    fn of_json(value: &Value) -> Self {
        let text = |key: &str| value[key].as_str().unwrap().to_string();
        let texts = |value: &Value| -> Vec<String> {
            let list = value.as_array().into_iter().flatten();
            list.map(|one| one.as_str().unwrap().to_string()).collect()
        };
        let inputs = &value["params"];
        let flag = |key: &str| inputs[key].as_bool().unwrap_or_default();
        let policies = texts(&inputs["user_initial_policy_set"]);
        Self {
            id: text("id"),
            name: text("name"),
            certificate: text("cert"),
            others: texts(&value["other_certs"]),
            crls: texts(&value["crls"]),
            policies: policies.iter().map(|one| one.parse().unwrap()).collect(),
            require_explicit: flag("initial_explicit_policy"),
            inhibit_mapping: flag("initial_policy_mapping_inhibit"),
            inhibit_any: flag("initial_any_policy_inhibit"),
            passes: value["error"].is_null(),
        }
    }

    /// `test,name,expected,anchor,chain,crls,policies,explicit,mapping,any,…`; lists by `;`.
    fn of_row(row: &str) -> Self {
        let fields: Vec<&str> = row.split(',').collect();
        let list = |field: &str| field.split(';').map(str::to_string).collect::<Vec<_>>();
        let mut chain = list(fields[4]);
        let policies = fields[6].split(' ').filter(|name| *name != "any");
        Self {
            id: String::new(),
            name: fields[1].to_string(),
            certificate: chain.pop().unwrap(),
            others: chain,
            crls: list(fields[5]),
            policies: policies
                .map(|name| test_policy(name.rsplit('-').next().unwrap()))
                .collect(),
            require_explicit: fields[7] == "true",
            inhibit_mapping: fields[8] == "true",
            inhibit_any: fields[9] == "true",
            passes: fields[2] == "VALID",
        }
    }
}

fn test_policy(number: &str) -> ObjectIdentifier {
    format!("{TEST_POLICIES}.{number}").parse().unwrap()
}

/// Case, certificate, the CA above it, policies, explicit, whether it passes.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
    bool,
    bool,
);

/// Settings that NIST's document asks for and the list lacks.
#[rustfmt::skip]
const FURTHER: [Row; 4] = [
    ("40801", "ValidCertificatePathTest1EE", "GoodCA", &["1", "2"], true, true),
    ("40820", "CPSPointerQualifierTest20EE", "GoodCA", &["1"], true, true),
    ("41013", "ValidPolicyMappingTest13EE", "P1anyPolicyMapping1to2CA", &["1", "2"], false, true),
    ("41013", "ValidPolicyMappingTest13EE", "P1anyPolicyMapping1to2CA", &["2"], false, false),
];

/// The suite.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    certificates: BTreeMap<String, Vec<u8>>,
    crls: BTreeMap<String, Vec<u8>>,
}

impl Files {
    /// `None` when there is none.
    pub(super) fn read() -> Option<Self> {
        let corpora = env::var_os("TSA_CORPORA").map(|folder| PathBuf::from(folder).join("pkits"));
        let folder = corpora
            .filter(|folder| folder.is_dir())
            .or_else(|| env::var_os("TSA_PKITS").map(PathBuf::from))?;
        Some(Self {
            certificates: read_all(&folder.join("certs")),
            crls: read_all(&folder.join("crls")),
            folder,
        })
    }

    pub(super) fn certificate(&self, name: &str) -> &[u8] {
        &self.certificates[name]
    }

    pub(super) fn crl(&self, name: &str) -> &[u8] {
        &self.crls[name]
    }

    /// All certificates, and all CRLs.
    pub(super) fn everything(&self) -> [Vec<&[u8]>; 2] {
        [&self.certificates, &self.crls].map(|files| files.values().map(Vec::as_slice).collect())
    }

    pub(super) fn cases(&self) -> Vec<Case> {
        let mut cases = self.list("pkits.json");
        cases.extend(self.list("pkits-user-notice.json"));
        for (id, certificate, above, policies, require_explicit, passes) in FURTHER {
            cases.push(Case {
                id: id.to_string(),
                name: format!("{certificate} with {policies:?}"),
                certificate: format!("{certificate}.crt"),
                others: vec![format!("{above}Cert.crt")],
                crls: vec![format!("{above}CRL.crl")],
                policies: policies.iter().map(|number| test_policy(number)).collect(),
                require_explicit,
                inhibit_mapping: false,
                inhibit_any: false,
                passes,
            });
        }
        cases
    }

    /// In the corpora the files of the list have another beginning.
    fn list(&self, name: &str) -> Vec<Case> {
        let names = [name.to_string(), format!("pyhanko_{name}")];
        let mut texts = names
            .iter()
            .filter_map(|name| fs::read_to_string(self.folder.join(name)).ok());
        let text = texts.next().unwrap_or_else(|| panic!("no {name}"));
        let list: Value = serde_json::from_str(&text).unwrap();
        list.as_array().unwrap().iter().map(Case::of_json).collect()
    }

    /// The list by others, if it is there.
    pub(super) fn second_list(&self) -> Option<Vec<Case>> {
        let text = fs::read_to_string(self.folder.join("expected_boringssl.csv")).ok()?;
        Some(text.lines().skip(1).map(Case::of_row).collect())
    }
}

fn read_all(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    entries
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect()
}
