//! Certificates in PEM (RFC 7468), one or several in a file.
//!
//! Bytes only: what a certificate says is read by those who need it.

/// Decodes every `CERTIFICATE` block of a text; other blocks are refused.
///
/// # Errors
/// Which block is not a certificate, in words.
pub fn certificates(text: &str) -> Result<Vec<Vec<u8>>, String> {
    const BEGIN: &str = "-----BEGIN ";
    const END: &str = "-----END ";
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(BEGIN) {
        let block = rest.get(start..).unwrap_or_default();
        let number = found.len() + 1;
        let end = block
            .find(END)
            .ok_or_else(|| format!("block {number} has no END line"))?;
        let tail = block.get(end..).unwrap_or_default();
        let line = tail.find('\n').map_or(tail.len(), |newline| newline + 1);
        let block = block.get(..end + line).unwrap_or_default();
        let (label, der) = pem_rfc7468::decode_vec(block.as_bytes())
            .map_err(|error| format!("block {number}: {error}"))?;
        if label != "CERTIFICATE" {
            return Err(format!("block {number} is a `{label}`, not a certificate"));
        }
        found.push(der);
        rest = tail.get(line..).unwrap_or_default();
    }
    match found.is_empty() {
        true => Err("no certificate in PEM".into()),
        false => Ok(found),
    }
}

/// Encodes a certificate.
///
/// # Errors
/// Only when the certificate is too large for the address space.
pub fn encode(der: &[u8]) -> Result<String, pem_rfc7468::Error> {
    pem_rfc7468::encode_string("CERTIFICATE", pem_rfc7468::LineEnding::LF, der)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_blocks_and_text_between_them_are_read() {
        let (one, two) = (encode(&[1; 100]).unwrap(), encode(&[2; 50]).unwrap());
        let text = format!("subject: one\n{one}\nsubject: two\n{two}");
        assert_eq!(certificates(&text), Ok(vec![vec![1; 100], vec![2; 50]]));
    }

    #[test]
    fn anything_else_is_refused_in_words() {
        let one = encode(&[1]).unwrap();
        let key = one.replace("CERTIFICATE", "PRIVATE KEY");
        for (text, words) in [
            ("", "no certificate"),
            (
                one.trim_end_matches("-----END CERTIFICATE-----\n"),
                "no END",
            ),
            (&key, "`PRIVATE KEY`"),
        ] {
            let error = certificates(text).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }
}
