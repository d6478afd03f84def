//! Check 5: what was stamped (RFC 3161 §2.4.1, §2.4.2).

use tsa_core::{DigestAlgorithm, MessageImprint};

use super::{Case, without_statement};
use crate::finding::{Answer, SubIndication};
use crate::policy::Algorithms;
use crate::text::{hex, shown_hex, tell};

pub(super) fn algorithm<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let Some(info) = case.facts.tst_info() else {
        return without_statement();
    };
    let identifier = &info.message_imprint.hash_algorithm;
    let Some(algorithm) = identifier.digest_algorithm() else {
        return Answer::failed(
            SubIndication::CryptoConstraintsFailure,
            tell!(
                "未知的摘要算法，或带有不当参数：{found}",
                "an unknown digest algorithm, or one with odd parameters: {found}",
                found = identifier.algorithm
            ),
        );
    };
    let accepted = case.policy.imprint_algorithms.contains(&algorithm);
    match (accepted, case.policy.algorithms) {
        (true, _) => Answer::passed(tell!("{algorithm}", "{algorithm}", algorithm = algorithm)),
        (false, Algorithms::Any) => Answer::note(tell!(
            "{algorithm} 过弱或未被接受；按要求未予否决",
            "{algorithm} is weak or not accepted; not denied, as asked for",
            algorithm = algorithm
        )),
        (false, Algorithms::Table) => Answer::failed(
            SubIndication::CryptoConstraintsFailure,
            tell!(
                "摘要算法 {algorithm} 不可接受",
                "the digest algorithm {algorithm} is not acceptable",
                algorithm = algorithm
            ),
        ),
    }
}

pub(super) fn length<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let Some(info) = case.facts.tst_info() else {
        return without_statement();
    };
    let found = info.message_imprint.hashed_message.len();
    let algorithm = info.message_imprint.digest_algorithm();
    match algorithm.map(DigestAlgorithm::digest_bytes) {
        None => Answer::blocked(
            SubIndication::CryptoConstraintsFailure,
            tell!("摘要算法未知", "the digest algorithm is unknown"),
        ),
        Some(expected) if expected == found => {
            Answer::passed(tell!("{found} 字节", "{found} bytes", found = found))
        }
        Some(expected) => Answer::failed(
            SubIndication::FormatFailure,
            tell!(
                "摘要长 {found} 字节，应为 {expected} 字节",
                "{found} bytes, {expected} expected",
                found = found,
                expected = expected
            ),
        ),
    }
}

pub(super) fn equals<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let subject = case.facts.subject;
    let not_compared = |detail| Answer::blocked(SubIndication::SignedDataNotFound, detail);
    if subject.file_not_digested() {
        return not_compared(tell!(
            "给出了文件，但无法用令牌所用算法计算其摘要，未作比对",
            "the file that was given cannot be digested by the token's algorithm; not compared"
        ));
    }
    let Some(info) = case.facts.tst_info() else {
        return without_statement();
    };
    let imprint = &info.message_imprint;
    let algorithm = imprint.digest_algorithm();
    let given = algorithm.and_then(|known| Some((known, subject.digest(known)?)));
    match (given, subject.request_imprint()) {
        (Some((algorithm, digest)), _) if digest.len() != algorithm.digest_bytes() => {
            not_compared(tell!(
                "所给摘要长 {found} 字节，{algorithm} 的摘要长 {expected} 字节，未作比对",
                "the digest given has {found} bytes, one by {algorithm} has {expected}; not \
                 compared",
                found = digest.len(),
                algorithm = algorithm,
                expected = algorithm.digest_bytes()
            ))
        }
        (Some((_, digest)), _) => compare(digest, imprint, subject.has_file()),
        (None, _) if subject.has_digest() => not_compared(tell!(
            "没有用令牌所用算法计算的摘要",
            "no digest by the token's algorithm was given"
        )),
        (None, Some(requested)) => match requested.is_equivalent(imprint) {
            true => Answer::passed(tell!(
                "与请求中的摘要一致：{digest}",
                "as in the request: {digest}",
                digest = shown_hex(&imprint.hashed_message)
            )),
            false => Answer::failed(
                SubIndication::HashFailure,
                tell!(
                    "请求中的摘要为 {digest}，令牌中为 {found}",
                    "the request's digest is {digest}, the token's {found}",
                    digest = shown_hex(&requested.hashed_message),
                    found = shown_hex(&imprint.hashed_message)
                ),
            ),
        },
        (None, None) => not_compared(tell!(
            "没有给出可比对的文件或摘要",
            "no file or digest was given to compare with"
        )),
    }
}

fn compare<'c>(digest: &'c [u8], imprint: &'c MessageImprint, is_file: bool) -> Answer<'c> {
    let (zh, en) = match is_file {
        true => ("文件摘要", "the file's digest"),
        false => ("所给摘要", "the digest given"),
    };
    match digest == imprint.hashed_message {
        true => Answer::passed(tell!(
            "{zh} {digest} 与令牌一致",
            "{en} {digest} is the token's",
            zh = zh,
            en = en,
            digest = hex(digest)
        )),
        false => Answer::failed(
            SubIndication::HashFailure,
            tell!(
                "{zh} {digest}，令牌中为 {found}",
                "{en} is {digest}, the token's {found}",
                zh = zh,
                en = en,
                digest = hex(digest),
                found = shown_hex(&imprint.hashed_message)
            ),
        ),
    }
}
