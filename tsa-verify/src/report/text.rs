//! The report for people: first what a judge needs, then every finding, then what it rests on.

use alloc::string::String;
use core::fmt::Write;

use tsa_core::GenTime;

use super::{Report, Statement};
use crate::Lang;
use crate::finding::{Finding, Indication, Outcome};

pub(super) fn render(report: &Report, lang: Lang) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = head(&mut out, report, lang);
    let _ = findings(&mut out, report, lang);
    let _ = ground(&mut out, report, lang);
    out
}

/// Picks a language.
fn pick(lang: Lang, zh: &'static str, en: &'static str) -> &'static str {
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
    let indication = report.verdict.indication;
    let words = match indication {
        Indication::TotalPassed => pick(
            lang,
            "验证通过，但未检查吊销状态",
            "the time-stamp is valid; revocation was not checked",
        ),
        Indication::Indeterminate => pick(
            lang,
            "无法得出结论，且未检查吊销状态",
            "neither proven nor disproven; revocation was not checked",
        ),
        Indication::TotalFailed => pick(
            lang,
            "验证不通过，且未检查吊销状态",
            "the time-stamp is not valid; revocation was not checked",
        ),
    };
    match lang {
        Lang::Zh => writeln!(out, "结论：{indication}{reason}——{words}。")?,
        Lang::En => writeln!(out, "Verdict: {indication}{reason}: {words}.")?,
    }
    if let Some(finding) = decisive(report) {
        match lang {
            Lang::Zh => writeln!(
                out,
                "原因：{} {}——{}",
                finding.code, finding.check.zh, finding.detail.zh
            )?,
            Lang::En => writeln!(
                out,
                "Reason: {} {}: {}",
                finding.code, finding.check.en, finding.detail.en
            )?,
        }
    }
    if let Some(name) = &report.subject_name {
        writeln!(out, "{}{name}", pick(lang, "文件：", "File: "))?;
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
        )?,
        Some(statement) => stated(out, report, statement, lang)?,
    }
    proven(out, report, lang)
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
    writeln!(
        out,
        "{}{} {}",
        pick(lang, "数字摘要：", "Digest: "),
        statement.imprint_algorithm,
        statement.imprint_value
    )?;
    stated_time(out, statement, lang)?;
    if let Some(signer) = &report.signer {
        match lang {
            Lang::Zh => writeln!(
                out,
                "签发者：{}；其证书由 {} 签发",
                signer.subject, signer.issuer
            )?,
            Lang::En => writeln!(
                out,
                "Signed by: {}, certified by {}",
                signer.subject, signer.issuer
            )?,
        }
    }
    writeln!(
        out,
        "{}{}; {}{}",
        pick(lang, "令牌序列号：", "Token serial number: "),
        statement.serial,
        pick(lang, "策略：", "policy: "),
        statement.policy
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

fn proven(out: &mut String, report: &Report, lang: Lang) -> core::fmt::Result {
    let (Some(verified), Some(anchor)) = (&report.verified, report.chain.last()) else {
        return writeln!(
            out,
            "{}",
            pick(
                lang,
                "证明了什么：本次验证未能证明任何事实。",
                "Proven: nothing has been proven by this verification."
            )
        );
    };
    let chain = verified.chain();
    let signer = chain.first().map_or("", |signer| signer.subject.as_str());
    let issuer = chain.first().map_or("", |signer| signer.issuer.as_str());
    let unit = pick(lang, "秒", "s");
    let accuracy = verified
        .accuracy()
        .and_then(|accuracy| accuracy.to_nanos())
        .map_or_else(String::new, |nanos| {
            alloc::format!(" ± {}", duration(nanos, unit))
        });
    let time = readable(verified.gen_time(), lang, &accuracy);
    let anchor = &anchor.subject;
    match lang {
        Lang::Zh => {
            writeln!(
                out,
                "证明了什么：据 {signer}（由 {issuer} 认证）证明，本文件在 {time}时已经存在，且此后未被改动。此结论以信任 {anchor} 为前提。"
            )?;
            writeln!(
                out,
                "没有证明什么：文件由何人制作、归何人所有，其内容是否真实；签发时签名证书是否已被吊销。"
            )
        }
        Lang::En => {
            writeln!(
                out,
                "Proven: this file existed, unchanged since, at {time}, according to {signer}, \
                 certified by {issuer}. This rests on trust in {anchor}."
            )?;
            writeln!(
                out,
                "Not proven: who made or owns the file; that what it says is true; that the \
                 signer's certificate had not been revoked."
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

fn findings(out: &mut String, report: &Report, lang: Lang) -> core::fmt::Result {
    writeln!(out, "\n{}", pick(lang, "各项检查：", "Checks:"))?;
    for finding in &report.findings {
        let result = match (lang, finding.result) {
            (Lang::En, result) => result.name(),
            (_, Outcome::Passed) => "通过",
            (_, Outcome::Failed) => "不通过",
            (_, Outcome::NotMade) => "未检查",
            (_, Outcome::Note) => "提示",
        };
        let reason = match finding.sub_indication {
            Some(reason) => alloc::format!(" {reason}"),
            None => String::new(),
        };
        writeln!(
            out,
            "  {} [{result}{reason}] {} ({})\n      {}",
            finding.code,
            finding.check.in_lang(lang),
            finding.clause,
            finding.detail.in_lang(lang)
        )?;
    }
    Ok(())
}

fn ground(out: &mut String, report: &Report, lang: Lang) -> core::fmt::Result {
    writeln!(out, "\n{}", pick(lang, "验证依据：", "What this rests on:"))?;
    let mut line = |label: &str, value: &str| writeln!(out, "  {label}{value}");
    let program = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
    line(pick(lang, "程序：", "program: "), program)?;
    line(
        pick(lang, "密码引擎：", "cryptographic engine: "),
        report.engine,
    )?;
    line(
        pick(lang, "有效性模型：", "model of validity: "),
        report.model,
    )?;
    line(
        pick(lang, "读取方式：", "reading: "),
        match report.strict {
            true => pick(lang, "严格", "strict"),
            false => pick(
                lang,
                "宽松（偏差列为提示）",
                "lenient (departures are notes)",
            ),
        },
    )?;
    let unknown = pick(lang, "（无）", "(none)");
    let at = report.validation_time.as_deref().unwrap_or(unknown);
    let source = match report.validation_time_source {
        "now" => pick(lang, "本机时钟", "the clock of this machine"),
        "given" => pick(lang, "使用者给定", "given by the user"),
        _ => pick(lang, "令牌的 genTime", "the token's genTime"),
    };
    line(
        pick(lang, "验证时间：", "validation time: "),
        &alloc::format!("{at} ({source})"),
    )?;
    line(
        pick(lang, "算法：", "algorithms: "),
        &alloc::format!(
            "{}{}",
            report.algorithms,
            pick(
                lang,
                "；本版本按固定规则判断，尚无带日期的算法表",
                "; judged by a fixed rule, the table with dates is not in this version"
            )
        ),
    )?;
    line(
        pick(lang, "吊销检查：", "revocation: "),
        &alloc::format!(
            "{}{}",
            report.revocation_wanted,
            pick(lang, "；未检查", "; not checked")
        ),
    )?;
    for input in &report.inputs {
        let role = alloc::format!("{}: SHA-256 ", input.role);
        let space = if input.name.is_empty() { "" } else { "  " };
        line(
            &role,
            &alloc::format!("{}{space}{}", input.sha256, input.name),
        )?;
    }
    Ok(())
}
