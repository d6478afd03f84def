//! How an incident is told: the list of tokens line by line, and the report in words and in JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;
use tsa_ledger::StoredToken;
use x509_cert::Certificate;
use x509_cert::der::Decode;

use crate::args::ListFormat;
use crate::http::api_time;
use crate::pem;

/// A token of the list.
#[derive(Debug, Serialize)]
pub(crate) struct Line<'a> {
    pub(crate) serial: String,
    pub(crate) gen_time: String,
    pub(crate) account: &'a str,
    pub(crate) algorithm: &'a str,
    pub(crate) digest: String,
    /// Whether it could be read; one that cannot may be the key's.
    pub(crate) readable: bool,
}

/// The head of the table.
pub(crate) const CSV_HEAD: &str = "serial,gen_time,account,algorithm,digest,readable";

impl<'a> Line<'a> {
    pub(crate) fn new(token: &'a StoredToken, account: &'a str, readable: bool) -> Self {
        let magnitude = token
            .serial
            .strip_prefix(&[0])
            .filter(|rest| !rest.is_empty());
        Self {
            serial: base16ct::lower::encode_string(magnitude.unwrap_or(&token.serial)),
            gen_time: api_time(token.gen_time),
            account,
            algorithm: &token.algorithm,
            digest: base16ct::lower::encode_string(&token.digest),
            readable,
        }
    }

    pub(crate) fn shown(&self, format: ListFormat) -> String {
        let Self {
            serial,
            gen_time,
            account,
            algorithm,
            digest,
            readable,
        } = self;
        match format {
            ListFormat::Text => {
                let odd = if *readable { "" } else { "  (cannot be read)" };
                format!("{gen_time}  {serial}  {account}  {algorithm}:{digest}{odd}")
            }
            ListFormat::Json => serde_json::to_string(self).unwrap_or_default(),
            ListFormat::Csv => {
                format!("{serial},{gen_time},\"{account}\",{algorithm},{digest},{readable}")
            }
        }
    }
}

/// What was found and done.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    /// SHA-256 of the public key.
    pub(crate) key: String,
    pub(crate) words: String,
    pub(crate) at: String,
    pub(crate) from: String,
    pub(crate) to: String,
    /// Since when the key is stopped; `None` where it was not to be.
    pub(crate) stopped_since: Option<String>,
    pub(crate) certificates: Vec<CertificateReport>,
    pub(crate) tokens: u64,
    pub(crate) unreadable: u64,
    pub(crate) by_account: BTreeMap<String, u64>,
    /// SHA-256 of the list, as its file has it.
    pub(crate) list_sha256: Option<String>,
    /// What could not be done, and what is left to do.
    pub(crate) remains: Vec<String>,
}

/// A certificate of the key.
#[derive(Debug, Serialize)]
pub(crate) struct CertificateReport {
    pub(crate) serial: String,
    pub(crate) subject: String,
    pub(crate) issuer: String,
    /// What became of it, in words.
    pub(crate) revocation: String,
    /// To be sent to its CA, where that is somebody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pem: Option<String>,
}

impl CertificateReport {
    pub(crate) fn new(certificate: &[u8], is_ours: bool) -> Self {
        let read = Certificate::from_der(certificate).ok();
        let name = |name: Option<String>| name.unwrap_or_else(|| "(cannot be read)".into());
        let tbs = read.as_ref().map(Certificate::tbs_certificate);
        let anatomy = tsa_core::CertificateAnatomy::read(certificate);
        Self {
            serial: anatomy.map_or_else(|_| "?".into(), |it| it.serial_number.to_hex()),
            subject: name(tbs.map(|tbs| tbs.subject().to_string())),
            issuer: name(tbs.map(|tbs| tbs.issuer().to_string())),
            revocation: String::new(),
            pem: (!is_ours).then(|| pem::encode(certificate).unwrap_or_default()),
        }
    }
}

impl Report {
    /// The report for people.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        let mut line = |words: String| {
            let _ = writeln!(text, "{words}");
        };
        line(format!("Incident report, {}", self.at));
        line(format!("  what          {}", self.words));
        line(format!(
            "  key           {} (SHA-256 of the public key)",
            self.key
        ));
        line(match &self.stopped_since {
            Some(since) => format!("  stopped       since {since}; it signs no token any more"),
            None => "  stopped       no: tokens were listed only".into(),
        });
        line(format!(
            "  tokens        {} from {} until {}",
            self.tokens, self.from, self.to
        ));
        for (account, tokens) in &self.by_account {
            line(format!("                {tokens} of account {account}"));
        }
        if self.unreadable > 0 {
            let count = self.unreadable;
            line(format!(
                "                {count} of these cannot be read: perhaps of this key"
            ));
        }
        if let Some(digest) = &self.list_sha256 {
            line(format!("  list          tokens.csv, SHA-256 {digest}"));
        }
        for it in &self.certificates {
            line(format!("  certificate   {} of {}", it.serial, it.subject));
            line(format!("                issued by {}", it.issuer));
            line(format!("                {}", it.revocation));
        }
        if !self.remains.is_empty() {
            line("What is left to do:".into());
        }
        for words in &self.remains {
            line(format!("  - {words}"));
        }
        for pem in self.certificates.iter().filter_map(|it| it.pem.as_ref()) {
            line(pem.trim_end().to_owned());
        }
        text
    }
}
