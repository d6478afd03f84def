//! Check 10: the authority's name in the token is one of its certificate's (RFC 3161 §2.4.2).

use tsa_core::tlv::{Reader, Tag, scan};

use super::{Case, without_certificate, without_statement};
use crate::finding::{Answer, SubIndication};
use crate::name::Name;
use crate::path::Certificate;
use crate::text::{shown, shown_hex, tell, without_punctuation};

pub(super) fn matches<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let Some(info) = case.facts.tst_info() else {
        return without_statement();
    };
    let Some(tsa) = &info.tsa else {
        return Answer::not_asked(tell!("令牌未写明 tsa 名称", "the token states no tsa name"));
    };
    let Some(certificate) = case.facts.signer.certificate() else {
        return without_certificate();
    };
    let stated = move || shown_general_name(tsa);
    let subject = certificate.anatomy.subject;
    if certificate.extensions.subject_alt_names.contains(tsa) {
        return Answer::passed(tell!("「{stated}」", "“{stated}”", stated = stated()));
    }
    match directory_name(tsa) {
        Some(name) if name == subject => {
            Answer::passed(tell!("「{stated}」", "“{stated}”", stated = stated()))
        }
        Some(name) if is_a_name_of(name, certificate) => case.deviation(tell!(
            "「{stated}」：与证书主体名称相同，但编码不同",
            "“{stated}”: the signer's name in another encoding",
            stated = stated()
        )),
        _ => Answer::failed(
            SubIndication::SigConstraintsFailure,
            tell!(
                "令牌写明「{stated}」，证书主体为「{subject}」",
                "the token states “{stated}”, the certificate's subject is “{subject}”",
                stated = stated(),
                subject = certificate.subject()
            ),
        ),
    }
}

fn is_a_name_of(name: &[u8], certificate: &Certificate<'_>) -> bool {
    let alternatives = &certificate.extensions.subject_alt_names;
    Name::is_same(name, certificate.anatomy.subject)
        || alternatives
            .iter()
            .filter_map(|alternative| directory_name(alternative))
            .any(|alternative| Name::is_same(name, alternative))
}

/// The `Name` inside a `GeneralName`, if it is a directoryName.
fn directory_name(general_name: &[u8]) -> Option<&[u8]> {
    let scanned = scan(general_name).ok()?;
    let element = Reader::new(&scanned).next_element().ok()??;
    (element.tag == Tag::context(4)).then_some(())?;
    Some(element.explicit("directoryName").ok()?.raw)
}

/// A `GeneralName`, harmless to show.
pub(crate) fn shown_general_name(general_name: &[u8]) -> alloc::string::String {
    if let Some(name) = directory_name(general_name) {
        return Name::shown_of(name);
    }
    let text = scan(general_name).ok().and_then(|scanned| {
        let element = Reader::new(&scanned).next_element().ok()??;
        // rfc822Name, dNSName and uniformResourceIdentifier are texts.
        let is_text = [1, 2, 6].map(Tag::context).contains(&element.tag);
        let text = core::str::from_utf8(element.content).ok()?;
        is_text.then(|| without_punctuation(&shown(text)))
    });
    text.unwrap_or_else(|| alloc::format!("#{}", shown_hex(general_name)))
}
