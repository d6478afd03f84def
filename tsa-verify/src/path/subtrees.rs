//! Forms of names that constraints can be held against: directoryName, dNSName, rfc822Name,
//! uniformResourceIdentifier and iPAddress (RFC 5280 §4.2.1.6 and §4.2.1.10).
//!
//! A name or base that is not of its form's own syntax is `None`, so that no odd spelling gets past
//! a constraint: the caller takes it for "not processed". Not in scope: which names a certificate
//! has.

use alloc::string::String;
use alloc::vec::Vec;

use tsa_core::tlv::{Element, Tag};

use super::names::FoldedName;

/// Longest host name, in characters (RFC 1035 §2.3.4).
const HOST_CHARACTERS_MAX: usize = 253;

/// The choice of a `GeneralName`, by its tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NameForm(u32);

impl NameForm {
    pub(super) const RFC_822: Self = Self(1);
    const DNS: Self = Self(2);
    pub(super) const DIRECTORY: Self = Self(4);
    const URI: Self = Self(6);
    const IP_ADDRESS: Self = Self(7);

    /// `None` when the element is no `GeneralName`.
    pub(super) fn of(element: &Element<'_>) -> Option<Self> {
        let number = element.tag.number;
        (element.tag == Tag::context(number)).then_some(Self(number))
    }
}

/// A name to be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Directory(FoldedName),
    /// In lower case; the first label may be `*`.
    Dns(String),
    Mailbox {
        local: Vec<u8>,
        host: String,
    },
    /// The host of the URI.
    Uri(String),
    /// 4 or 16 octets.
    IpAddress(Vec<u8>),
}

/// The base of a subtree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Base {
    Directory(FoldedName),
    Dns(Domain),
    /// One mailbox, and no other.
    Mailbox {
        local: Vec<u8>,
        host: String,
    },
    /// Mailboxes on a host, or on the hosts of a domain.
    MailHosts(Domain),
    Uri(Domain),
    IpAddress {
        address: Vec<u8>,
        mask: Vec<u8>,
    },
}

/// Host names by their end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Domain {
    /// Every host.
    All,
    /// The name that was given.
    Named(String),
    /// What stands below the name: it was given with a dot before it.
    Below(String),
}

impl Domain {
    fn read(octets: &[u8]) -> Option<Self> {
        match octets {
            [] => Some(Self::All),
            [b'.', rest @ ..] => host(rest).map(Self::Below),
            _ => host(octets).map(Self::Named),
        }
    }

    /// Whether the host is exactly the name, or below a name given with a dot (rfc822Name, URI).
    fn has_host(&self, host: &str) -> bool {
        match self {
            Self::All => true,
            Self::Named(name) => host == name,
            Self::Below(name) => is_below(host, name),
        }
    }

    /// Whether the host is the name or has labels added on its left (dNSName).
    fn has_dns_name(&self, host: &str) -> bool {
        match self {
            Self::Named(name) => host == name || is_below(host, name),
            Self::All | Self::Below(_) => self.has_host(host),
        }
    }

    fn name(&self) -> Option<&str> {
        match self {
            Self::All => None,
            Self::Named(name) | Self::Below(name) => Some(name),
        }
    }
}

fn is_below(host: &str, name: &str) -> bool {
    host.strip_suffix(name)
        .is_some_and(|labels| labels.len() > 1 && labels.ends_with('.'))
}

impl Subject {
    /// Reads a `GeneralName` of this form; `None` when the form is not processed or the value is
    /// not of its syntax.
    pub(super) fn read(form: NameForm, element: &Element<'_>) -> Option<Self> {
        if form == NameForm::DIRECTORY {
            return read_directory(element).map(Self::Directory);
        }
        let octets = element.octets().ok()?;
        match form {
            NameForm::RFC_822 => Self::of_mailbox(&octets),
            NameForm::DNS => {
                let (star, rest) = match octets.strip_prefix(b"*.") {
                    Some(rest) => ("*.", rest),
                    None => ("", &*octets),
                };
                Some(Self::Dns(alloc::format!("{star}{}", host(rest)?)))
            }
            NameForm::URI => uri_host(&octets).map(Self::Uri),
            NameForm::IP_ADDRESS => {
                matches!(octets.len(), 4 | 16).then(|| Self::IpAddress(octets.into_owned()))
            }
            _ => None,
        }
    }

    /// `local-part@host` (RFC 5280 §4.2.1.6).
    pub(super) fn of_mailbox(octets: &[u8]) -> Option<Self> {
        let (local, host) = mailbox(octets)?;
        Some(Self::Mailbox { local, host })
    }

    /// Whether all that the name stands for is within the subtree.
    pub(super) fn is_within(&self, base: &Base) -> bool {
        match (self, base) {
            (Self::Directory(name), Base::Directory(base)) => name.is_within(base),
            (Self::Dns(name), Base::Dns(domain)) => domain.has_dns_name(name),
            (Self::Mailbox { host, .. }, Base::MailHosts(domain))
            | (Self::Uri(host), Base::Uri(domain)) => domain.has_host(host),
            // RFC 5280 §7.5: the local part by its exact octets.
            (Self::Mailbox { local, host }, Base::Mailbox { .. }) => {
                matches!(base, Base::Mailbox { local: one, host: at } if one == local && at == host)
            }
            (Self::IpAddress(name), Base::IpAddress { address, mask }) => {
                name.len() == address.len()
                    && name
                        .iter()
                        .zip(address)
                        .zip(mask)
                        .all(|((one, other), mask)| one & mask == other & mask)
            }
            _ => false,
        }
    }

    /// Whether something that the name stands for is within the subtree: a name with `*` stands
    /// for all hosts beside a host that the base may name.
    pub(super) fn reaches_into(&self, base: &Base) -> bool {
        if let (Self::Dns(name), Base::Dns(domain)) = (self, base)
            && let Some(parent) = name.strip_prefix("*.")
            && let Some((_, above)) = domain.name().and_then(|base| base.split_once('.'))
            && above == parent
        {
            return true;
        }
        self.is_within(base)
    }
}

impl Base {
    /// Reads the base of a subtree; `None` when the form is not processed or the value is not of
    /// its syntax.
    pub(super) fn read(form: NameForm, element: &Element<'_>) -> Option<Self> {
        if form == NameForm::DIRECTORY {
            return read_directory(element).map(Self::Directory);
        }
        let octets = element.octets().ok()?;
        match form {
            NameForm::RFC_822 if octets.contains(&b'@') => {
                let (local, host) = mailbox(&octets)?;
                Some(Self::Mailbox { local, host })
            }
            NameForm::RFC_822 => Domain::read(&octets).map(Self::MailHosts),
            NameForm::DNS => Domain::read(&octets).map(Self::Dns),
            NameForm::URI => Domain::read(&octets).map(Self::Uri),
            NameForm::IP_ADDRESS => {
                matches!(octets.len(), 8 | 32).then_some(())?;
                let (address, mask) = octets.split_at_checked(octets.len() / 2)?;
                is_prefix(mask).then(|| Self::IpAddress {
                    address: address.to_vec(),
                    mask: mask.to_vec(),
                })
            }
            _ => None,
        }
    }
}

/// Whether a `GeneralName` is within a base, and reaches into it; `None` when their forms differ or
/// one is not processed. For fuzzing.
pub(crate) fn general_names(name: &Element<'_>, base: &Element<'_>) -> Option<(bool, bool)> {
    let form = NameForm::of(name).filter(|form| NameForm::of(base) == Some(*form))?;
    let (name, base) = (Subject::read(form, name)?, Base::read(form, base)?);
    Some((name.is_within(&base), name.reaches_into(&base)))
}

fn read_directory(element: &Element<'_>) -> Option<FoldedName> {
    FoldedName::read(element.explicit("directoryName").ok()?.raw)
}

/// Ones, then zeros (RFC 4632).
fn is_prefix(mask: &[u8]) -> bool {
    let mut after = mask.iter().skip_while(|octet| **octet == 0xff);
    let edge = after.next().copied().unwrap_or_default();
    edge.leading_ones() + edge.trailing_zeros() == 8 && after.all(|octet| *octet == 0)
}

/// A host name in lower case, without the dot at its end; `None` for what is none: other
/// characters, empty labels, addresses in digits.
fn host(octets: &[u8]) -> Option<String> {
    let octets = octets.strip_suffix(b".").unwrap_or(octets);
    let text = core::str::from_utf8(octets).ok()?;
    let is_label = |label: &str| {
        let known = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_');
        (1..=63).contains(&label.len()) && label.bytes().all(known)
    };
    let is_number = |label: &str| label.bytes().all(|octet| octet.is_ascii_digit());
    let sound = text.len() <= HOST_CHARACTERS_MAX && text.split('.').all(is_label);
    let last = text.rsplit('.').next().unwrap_or_default();
    (sound && !is_number(last)).then(|| text.to_ascii_lowercase())
}

fn mailbox(octets: &[u8]) -> Option<(Vec<u8>, String)> {
    let at = octets.iter().rposition(|octet| *octet == b'@')?;
    let (local, rest) = octets.split_at_checked(at)?;
    let printable = local.iter().all(|octet| matches!(octet, b' '..=b'~'));
    (printable && !local.is_empty()).then_some(())?;
    Some((local.to_vec(), host(rest.strip_prefix(b"@")?)?))
}

/// The host in a URI (RFC 3986 §3.2). RFC 5280 §4.2.1.10: a URI without an authority, or whose
/// host is no name, is refused under a constraint; so is one with a character that no URI has.
fn uri_host(octets: &[u8]) -> Option<String> {
    let known = |octet: &u8| octet.is_ascii_graphic() && !matches!(octet, b'\\' | b'"' | b'<');
    octets.iter().all(known).then_some(())?;
    let text = core::str::from_utf8(octets).ok()?;
    let (scheme, rest) = text.split_once(':')?;
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|one| one.is_ascii_alphanumeric() || matches!(one, '+' | '-' | '.'));
    is_scheme.then_some(())?;
    let authority = rest.strip_prefix("//")?;
    let authority = authority.split(['/', '?', '#']).next()?;
    let at = authority.rsplit_once('@');
    let host_and_port = at.map_or(authority, |(_, host)| host);
    let (name, port) = host_and_port.split_once(':').unwrap_or((host_and_port, ""));
    port.bytes()
        .all(|octet| octet.is_ascii_digit())
        .then_some(())?;
    host(name.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tsa_core::tlv::{Reader, scan, value};

    fn element<T>(tag: u8, content: &[u8], read: impl Fn(NameForm, &Element<'_>) -> T) -> T {
        let encoded = value(&[tag], content);
        let scanned = scan(&encoded).unwrap();
        let element = Reader::new(&scanned).next_element().unwrap().unwrap();
        read(NameForm::of(&element).unwrap(), &element)
    }

    /// Tag of the form, name, base, whether it is within; `None` when one is not of its form.
    type Row = (u8, &'static [u8], &'static [u8], Option<bool>);

    #[rustfmt::skip]
    const TABLE: &[Row] = &[
        (0x82, b"host.example.com", b"example.com", Some(true)),
        (0x82, b"EXAMPLE.com.", b"example.COM", Some(true)),
        (0x82, b"badexample.com", b"example.com", Some(false)),
        (0x82, b"example.com", b".example.com", Some(false)),
        (0x82, b"a.example.com", b".example.com", Some(true)),
        (0x82, b"example.com", b"", Some(true)),
        (0x82, b"*.example.com", b"example.com", Some(true)),
        (0x82, b"a..example.com", b"example.com", None),
        (0x82, b"a\0.example.com", b"example.com", None),
        (0x82, b"a.*.example.com", b"example.com", None),
        (0x82, b"a.example.com", b"*.example.com", None),
        (0x82, b"", b"example.com", None),
        (0x81, b"a@example.com", b"example.com", Some(true)),
        (0x81, b"a@mail.example.com", b"example.com", Some(false)),
        (0x81, b"a@mail.example.com", b".example.com", Some(true)),
        (0x81, b"a@example.com", b".example.com", Some(false)),
        (0x81, b"a@EXAMPLE.com", b"a@example.com", Some(true)),
        (0x81, b"A@example.com", b"a@example.com", Some(false)),
        (0x81, b"example.com", b"example.com", None),
        (0x81, b"a@[10.0.0.1]", b"example.com", None),
        (0x86, b"http://Example.com/a?b@c", b"example.com", Some(true)),
        (0x86, b"http://u:p@example.com:80#x", b"example.com", Some(true)),
        (0x86, b"http://example.com@evil.org/", b"example.com", Some(false)),
        (0x86, b"http://a.example.com", b"example.com", Some(false)),
        (0x86, b"http://a.example.com", b".example.com", Some(true)),
        (0x86, b"http://10.0.0.1/", b"example.com", None),
        (0x86, b"http://[::1]/", b"example.com", None),
        (0x86, b"http://evil.org\\.example.com/", b"example.com", None),
        (0x86, b"mailto:a@example.com", b"example.com", None),
        (0x86, b"//example.com/", b"example.com", None),
        (0x87, &[10, 1, 2, 3], &[10, 0, 0, 0, 255, 0, 0, 0], Some(true)),
        (0x87, &[11, 1, 2, 3], &[10, 0, 0, 0, 255, 0, 0, 0], Some(false)),
        (0x87, &[10, 1, 2, 3], &[10, 1, 2, 3, 255, 255, 255, 255], Some(true)),
        (0x87, &[0; 16], &[10, 0, 0, 0, 255, 0, 0, 0], Some(false)),
        (0x87, &[0; 16], &[0; 32], Some(true)),
        (0x87, &[10, 1, 2, 3], &[10, 0, 0, 0, 255, 0, 255, 0], None),
        (0x87, &[10, 1, 2, 3], &[10, 0, 0, 0], None),
        (0x87, &[10, 1, 2], &[0; 8], None),
        (0x88, b"x", b"x", None),
    ];

    #[test]
    fn names_are_within_subtrees_as_rfc_5280_says() {
        for (tag, name, base, expected) in TABLE {
            let name = element(*tag, name, Subject::read);
            let base = element(*tag, base, Base::read);
            let within = name
                .clone()
                .zip(base.clone())
                .map(|(name, base)| name.is_within(&base));
            assert_eq!(within, *expected, "{name:?} {base:?}");
        }
    }

    #[test]
    fn a_wildcard_reaches_into_what_it_stands_for() {
        let name = |text: &[u8]| element(0x82, text, Subject::read).unwrap();
        let base = |text: &[u8]| element(0x82, text, Base::read).unwrap();
        let star = name(b"*.example.com");
        assert!(star.reaches_into(&base(b"secret.example.com")));
        assert!(star.reaches_into(&base(b"example.com")));
        assert!(!star.is_within(&base(b"secret.example.com")));
        assert!(!star.reaches_into(&base(b"a.secret.example.com")));
        assert!(!name(b"a.example.com").reaches_into(&base(b"b.example.com")));
    }
}
