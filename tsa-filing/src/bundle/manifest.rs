//! `ASiCManifest`: the parts of a container with their digests (EN 319 162-1 §A.4).

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use ring::digest::Digest;
use tsa_verify::evidence_format::{ASIC_NAMESPACE, DIGEST_METHOD, DSIG_NAMESPACE, TOKEN_TYPE};

use super::name::uri;

/// A part that the manifest names.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) media_type: &'static str,
    pub(super) digest: Digest,
}

/// The manifest of these parts, to be stamped by the token at `token`.
pub(super) fn asic_manifest(token: &str, parts: &[Listed]) -> io::Result<Vec<u8>> {
    let mut writer = Writer::new(Vec::new());
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    writer
        .create_element("asic:ASiCManifest")
        .with_attribute(("xmlns:asic", ASIC_NAMESPACE))
        .with_attribute(("xmlns:ds", DSIG_NAMESPACE))
        .write_inner_content(|writer| {
            writer
                .create_element("asic:SigReference")
                .with_attribute(("URI", token))
                .with_attribute(("MimeType", TOKEN_TYPE))
                .write_empty()?;
            for part in parts {
                reference(writer, part)?;
            }
            Ok(())
        })?;
    Ok(writer.into_inner())
}

fn reference(writer: &mut Writer<Vec<u8>>, part: &Listed) -> io::Result<()> {
    writer
        .create_element("asic:DataObjectReference")
        .with_attribute(("URI", uri(&part.name).as_str()))
        .with_attribute(("MimeType", part.media_type))
        .write_inner_content(|writer| {
            writer
                .create_element("ds:DigestMethod")
                .with_attribute(("Algorithm", DIGEST_METHOD))
                .write_empty()?;
            let value = STANDARD.encode(part.digest.as_ref());
            writer
                .create_element("ds:DigestValue")
                .write_text_content(BytesText::new(&value))?;
            Ok(())
        })?;
    Ok(())
}
