//! The report for people: first what a judge needs, then every finding, then what it rests on.
//!
//! The words of the first lines are fixed. Names of strangers stand in quotes on lines of their
//! own, and the sentence that says what is proven refers to them without repeating them.

use alloc::string::String;
use core::fmt::Write;

use tsa_core::GenTime;

use super::{Report, Statement, ground};
use crate::Lang;
use crate::finding::{Finding, Indication, Outcome};
use crate::text::{quoted, quoted_name};

pub(super) fn render(report: &Report, lang: Lang) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = head(&mut out, report, lang);
    let _ = ground::findings(&mut out, &report.findings, lang);
    let _ = ground::ground(&mut out, report, lang);
    out
}

/// Picks a language.
pub(super) fn pick(lang: Lang, zh: &'static str, en: &'static str) -> &'static str {
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

fn head(out: &mut String, report: &Report, lang: Lang) -> core::fmt::Result {
    let reason = match report.verdict.sub_indication {
        Some(reason) => alloc::format!(" ({reason})"),
        None => String::new(),
    };
    let (indication, words) = (report.verdict.indication, verdict_words(report, lang));
    match lang {
        Lang::Zh => writeln!(out, "结论：{indication}{reason}——{words}。")?,
        Lang::En => writeln!(out, "Verdict: {indication}{reason}: {words}.")?,
    }
    if let Some(finding) = decisive(report) {
        reason_line(out, finding, lang)?;
    }
    if let Some(name) = &report.subject_name {
        let name = quoted(name, lang);
        writeln!(out, "{}{name}", pick(lang, "文件：", "File: "))?;
    }
    if report.verified.is_none() {
        let words = pick(
            lang,
            "证明了什么：本次验证未能证明任何事实。",
            "Proven: nothing has been proven by this verification.",
        );
        writeln!(out, "{words}")?;
    }
    match &report.statement {
        None => writeln!(
            out,
            "{}",
            pick(
                lang,
                "令牌内容不可读，未能取得时间。",
                "What the token states cannot be read; there is no time."
            )
        ),
        Some(statement) => stated(out, report, statement, lang),
    }
}

/// The verdict in words, with what was not checked.
fn verdict_words(report: &Report, lang: Lang) -> &'static str {
    let weak_allowed = report.algorithms == "any";
    match report.verdict.indication {
        Indication::TotalPassed if weak_allowed => pick(
            lang,
            "验证通过（按要求允许弱算法，不宜作为证据），但未检查吊销状态",
            "the time-stamp stands up to verification with weak algorithms allowed, as asked for, \
             which is not for a court; revocation was not checked",
        ),
        Indication::TotalPassed => pick(
            lang,
            "验证通过，但未检查吊销状态",
            "the time-stamp stands up to verification; revocation was not checked",
        ),
        Indication::Indeterminate => pick(
            lang,
            "无法得出结论，且未检查吊销状态",
            "neither proven nor disproven; revocation was not checked",
        ),
        Indication::TotalFailed => {
            let other_data = decisive(report).is_some_and(|finding| finding.code == "TSV-064");
            match (other_data, report.file_given) {
                (true, true) => pick(
                    lang,
                    "该时间戳不能证明此文件，且未检查吊销状态",
                    "the time-stamp does not prove this file; revocation was not checked",
                ),
                (true, false) => pick(
                    lang,
                    "该时间戳不能证明具有所给摘要的数据，且未检查吊销状态",
                    "the time-stamp does not prove the data with the digest given; revocation was \
                     not checked",
                ),
                (false, _) => pick(
                    lang,
                    "该时间戳未能通过验证，且未检查吊销状态",
                    "the time-stamp does not stand up to verification; revocation was not checked",
                ),
            }
        }
    }
}

/// The finding behind the verdict: the first that failed with its sub-indication, else the first
/// that was not made for it.
fn decisive(report: &Report) -> Option<&Finding> {
    let reason = report.verdict.sub_indication?;
    let mut behind = report
        .findings
        .iter()
        .filter(|found| found.sub_indication == Some(reason));
    let first = behind.clone().next();
    behind
        .find(|found| found.result == Outcome::Failed)
        .or(first)
}

fn reason_line(out: &mut String, finding: &Finding, lang: Lang) -> core::fmt::Result {
    let (title, detail) = (finding.check.in_lang(lang), finding.detail.in_lang(lang));
    let (code, failed) = (finding.code, finding.result == Outcome::Failed);
    match lang {
        Lang::Zh => {
            let what = if failed { "未满足" } else { "未能检查" };
            writeln!(out, "原因：{what}“{title}”（{code}）：{detail}")
        }
        Lang::En => {
            let what = if failed { "not met" } else { "not checked" };
            writeln!(out, "Reason: {what}: {title} ({code}): {detail}")
        }
    }
}

fn stated(
    out: &mut String,
    report: &Report,
    statement: &Statement,
    lang: Lang,
) -> core::fmt::Result {
    if report.verified.is_none() {
        let warning = pick(
            lang,
            "以下为令牌所述，未获证实：",
            "What the token states, which is NOT proven:",
        );
        writeln!(out, "{warning}")?;
    }
    // Without a file the digest is all that says what was stamped.
    if !report.file_given {
        digest_line(out, statement, lang)?;
    }
    stated_time(out, statement, lang)?;
    if let Some(signer) = &report.signer {
        let (subject, issuer) = (&signer.subject, &signer.issuer);
        for (label, name) in [
            (pick(lang, "签发者：", "Signer: "), subject),
            (pick(lang, "证书签发机构：", "Certified by: "), issuer),
        ] {
            writeln!(out, "{label}{}", quoted_name(name, lang))?;
        }
    }
    proven(out, report, lang)?;
    if report.file_given {
        digest_line(out, statement, lang)?;
    }
    match lang {
        Lang::Zh => writeln!(
            out,
            "令牌序列号：{}；策略：{}",
            statement.serial, statement.policy
        ),
        Lang::En => writeln!(
            out,
            "Token serial number: {}; policy: {}",
            statement.serial, statement.policy
        ),
    }
}

fn digest_line(out: &mut String, statement: &Statement, lang: Lang) -> core::fmt::Result {
    writeln!(
        out,
        "{}{} {}",
        pick(lang, "数字摘要：", "Digest: "),
        statement.imprint_algorithm,
        statement.imprint_value
    )
}

fn stated_time(out: &mut String, statement: &Statement, lang: Lang) -> core::fmt::Result {
    write!(
        out,
        "{}{}",
        pick(lang, "时间：", "Time: "),
        readable(statement.gen_time, lang, "")
    )?;
    match (statement.accuracy_ns, statement.interval) {
        (Some(nanos), Some((earliest, latest))) => {
            let (earliest, latest) = (utc(earliest), utc(latest));
            match lang {
                Lang::Zh => writeln!(
                    out,
                    "，误差不超过 {}，即 {earliest} 至 {latest}",
                    duration(nanos, "秒")
                )?,
                Lang::En => writeln!(
                    out,
                    " ± {}, that is from {earliest} to {latest}",
                    duration(nanos, "s")
                )?,
            }
        }
        _ => writeln!(
            out,
            "{}",
            pick(
                lang,
                "；令牌未声明精度，因此没有时间区间",
                " (the token states no accuracy, so there is no interval)"
            )
        )?,
    }
    Ok(())
}

/// What is proven and what is not, in fixed words.
fn proven(out: &mut String, report: &Report, lang: Lang) -> core::fmt::Result {
    let (Some(verified), Some(anchor)) = (&report.verified, report.chain.last()) else {
        return Ok(());
    };
    let anchor = quoted_name(&anchor.subject, lang);
    writeln!(
        out,
        "{}{anchor}",
        pick(
            lang,
            "信任锚（由验证人给定）：",
            "Trust anchor (given by the user): "
        )
    )?;
    let unit = pick(lang, "秒", "s");
    let accuracy = verified
        .accuracy()
        .and_then(|accuracy| accuracy.to_nanos())
        .map_or_else(String::new, |nanos| {
            alloc::format!(" ± {}", duration(nanos, unit))
        });
    let time = readable(verified.gen_time(), lang, &accuracy);
    match (lang, report.file_given) {
        (Lang::Zh, is_file) => {
            let (what, whose) = match is_file {
                true => ("本文件", "文件"),
                false => ("具有上述摘要的数据", "数据"),
            };
            writeln!(
                out,
                "证明了什么：据上述签发者证明，{what}在 {time}时已经存在，且此后未被改动。\
                 此结论以信任上述信任锚为前提。"
            )?;
            writeln!(
                out,
                "没有证明什么：{whose}由何人制作、归何人所有，其内容是否真实；\
                 签发时签名证书是否已被吊销。"
            )
        }
        (Lang::En, is_file) => {
            let (what, whose, it) = match is_file {
                true => ("this file", "the file", "it says"),
                false => ("data with this digest", "the data", "they say"),
            };
            writeln!(
                out,
                "Proven: {what} existed, unchanged since, at {time}, according to the signer named \
                 above. This rests on trust in the anchor named above."
            )?;
            writeln!(
                out,
                "Not proven: who made or owns {whose}; that what {it} is true; that the signer's \
                 certificate had not been revoked."
            )
        }
    }
}

/// `2026-05-10 13:21:41.25 UTC`
fn utc(time: GenTime) -> String {
    let text = alloc::format!("{time}");
    alloc::format!("{} UTC", text.trim_end_matches('Z').replace('T', " "))
}

/// The time for people, with its accuracy; in Chinese with Beijing time beside it.
fn readable(time: GenTime, lang: Lang, accuracy: &str) -> String {
    const BEIJING_NANOS: i128 = 8 * 3_600 * 1_000_000_000;
    let beijing = GenTime::from_unix_nanos(time.unix_nanos() + BEIJING_NANOS);
    match (lang, beijing) {
        (Lang::Zh, Some(beijing)) => {
            let beijing = utc(beijing);
            let beijing = beijing.trim_end_matches(" UTC");
            alloc::format!("{}{accuracy}（北京时间 {beijing}）", utc(time))
        }
        _ => alloc::format!("{}{accuracy}", utc(time)),
    }
}

/// Nanoseconds as seconds, without trailing zeros.
fn duration(nanos: u64, unit: &str) -> String {
    let (seconds, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    let digits = alloc::format!("{rest:09}");
    match rest {
        0 => alloc::format!("{seconds} {unit}"),
        _ => alloc::format!("{seconds}.{} {unit}", digits.trim_end_matches('0')),
    }
}
