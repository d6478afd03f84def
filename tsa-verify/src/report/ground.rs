//! The rest of the report for people: every finding, and what the verdict rests on.

use alloc::string::String;
use core::fmt::Write;

use super::text::pick;
use super::{Input, Report};
use crate::Lang;
use crate::finding::{Finding, Outcome};
use crate::text::{quoted, quoted_name};

/// Every check with its outcome.
pub(crate) fn findings(out: &mut String, findings: &[Finding], lang: Lang) -> core::fmt::Result {
    writeln!(out, "\n{}", pick(lang, "各项检查：", "Checks:"))?;
    for finding in findings {
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
        let clause = match lang {
            Lang::Zh => alloc::format!("（{}）", finding.clause),
            Lang::En => alloc::format!(" ({})", finding.clause),
        };
        writeln!(
            out,
            "  {} [{result}{reason}] {}{clause}\n      {}",
            finding.code,
            finding.check.in_lang(lang),
            finding.detail.in_lang(lang)
        )?;
    }
    Ok(())
}

/// Program, policy, time and the digests of all inputs.
pub(super) fn ground(out: &mut String, report: &Report, lang: Lang) -> core::fmt::Result {
    writeln!(out, "\n{}", pick(lang, "验证依据：", "What this rests on:"))?;
    let mut line = |label: &str, value: &str| writeln!(out, "  {label}{value}");
    let program = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
    line(pick(lang, "程序：", "program: "), program)?;
    let engine = pick(lang, "密码引擎：", "cryptographic engine: ");
    line(engine, report.engine)?;
    let model = pick(lang, "有效性模型：", "model of validity: ");
    line(model, report.model)?;
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
        &match lang {
            Lang::Zh => alloc::format!("{at}（{source}）"),
            Lang::En => alloc::format!("{at} ({source})"),
        },
    )?;
    line(
        pick(lang, "算法：", "algorithms: "),
        match report.algorithms {
            "any" => pick(
                lang,
                "按要求允许弱算法，只作提示（any）",
                "any: weak ones are allowed as asked for, and only noted",
            ),
            _ => pick(
                lang,
                "弱算法予以否决；本版本按固定规则判断，尚无带日期的算法表（table）",
                "table: weak ones deny the verdict, by a fixed rule; the table with dates is not \
                 in this version",
            ),
        },
    )?;
    line(
        pick(lang, "吊销检查：", "revocation: "),
        match report.revocation_wanted {
            "require" => pick(lang, "要求检查；未检查", "required; not checked"),
            "off" => pick(
                lang,
                "按要求不检查；未检查",
                "off, as asked for; not checked",
            ),
            _ => pick(lang, "有数据时检查；未检查", "if available; not checked"),
        },
    )?;
    inputs(out, &report.inputs, lang)
}

/// The digests of all inputs.
pub(crate) fn inputs(out: &mut String, inputs: &[Input], lang: Lang) -> core::fmt::Result {
    for input in inputs {
        writeln!(out, "  {}{}", role(input, lang), named(input, lang))?;
    }
    Ok(())
}

fn role(input: &Input, lang: Lang) -> String {
    let zh = match input.role.as_str() {
        "token" => "令牌",
        "file" => "文件",
        "request" => "请求",
        "intermediate" => "另给出的证书",
        "certificate" => "证书",
        "crl" => "CRL",
        "trust-anchor" => "信任锚",
        other => other,
    };
    match lang {
        Lang::Zh => alloc::format!("{zh}：SHA-256 "),
        Lang::En => alloc::format!("{}: SHA-256 ", input.role),
    }
}

/// The digest of an input, and its name in quotes when it has one.
fn named(input: &Input, lang: Lang) -> String {
    let name = match (input.name.as_str(), input.role.as_str()) {
        ("", _) => return input.sha256.clone(),
        (name, "trust-anchor") => quoted_name(name, lang),
        (name, _) => quoted(name, lang),
    };
    alloc::format!("{}  {name}", input.sha256)
}
