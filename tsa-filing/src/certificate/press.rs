//! Pages become PDF/A-3u (ISO 19005-3), with the tokens and the manifest attached.
//!
//! The same document gives the same bytes: the only date in it is the manifest's. krilla's
//! validator is on; that no glyph is missing is seen to when lines are set.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::Offset;
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::metadata::{DateTime, Metadata};
use krilla::page::PageSettings;
use krilla::{Data, SerializeSettings};
use tsa_verify::evidence_format::{MANIFEST, file_certificate_name, token_name};

use super::document::Document;
use super::kind::{Kind, KindError};
use super::layout;
use super::sheet::{HEIGHT, Sheet, WIDTH};
use super::typeface::{FontError, Typefaces};
use crate::unseen::is_unseen;

/// What prints certificates: fonts and kinds, read once.
pub struct Press {
    faces: Typefaces,
    kinds: Vec<Kind>,
}

/// A certificate before it is sealed.
#[derive(Clone, Debug)]
pub struct Printed {
    pub(super) pdf: Vec<u8>,
}

/// The pages of a document before they are PDF: for whoever compares what PDF alone costs.
pub struct Composed(Vec<Sheet>);

/// Nothing can be printed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PressError {
    /// A font.
    #[error(transparent)]
    Font(#[from] FontError),
    /// A kind.
    #[error(transparent)]
    Kind(#[from] KindError),
}

/// Why a document cannot be printed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrintError {
    /// Its kind is not known.
    #[error("no kind of document is called {0:?}")]
    UnknownKind(String),
    /// Its date is no date.
    #[error("{0:?} is no RFC 3339 time")]
    Time(String),
    /// What the PDF library refuses.
    #[error("the PDF cannot be made: {0}")]
    Pdf(String),
}

impl std::fmt::Debug for Press {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Press").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Composed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Composed").field(&self.0.len()).finish()
    }
}

impl Press {
    /// Reads the fonts, and takes the kinds that come with the program.
    ///
    /// # Errors
    /// [`PressError`]; the tests show that there is none.
    pub fn new() -> Result<Self, PressError> {
        Ok(Self::with_kinds(Typefaces::load()?, Kind::built_in()?))
    }

    fn with_kinds(faces: Typefaces, kinds: Vec<Kind>) -> Self {
        Self { faces, kinds }
    }

    /// Takes another kind, in the place of one of the same name.
    #[must_use]
    pub fn with_kind(mut self, kind: Kind) -> Self {
        self.kinds.retain(|known| known.kind != kind.kind);
        self.kinds.push(kind);
        self
    }

    /// A kind by its name.
    #[must_use]
    pub fn kind(&self, name: &str) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.kind == name)
    }

    /// Prints a document.
    ///
    /// # Errors
    /// [`PrintError`].
    pub fn print(&self, document: &Document) -> Result<Printed, PrintError> {
        self.paint(document, &self.compose(document)?)
    }

    /// First half of [`Self::print`]: sets the text and lays out the pages.
    ///
    /// # Errors
    /// [`PrintError::UnknownKind`].
    pub fn compose(&self, document: &Document) -> Result<Composed, PrintError> {
        let manifest = &document.manifest;
        let kind = self
            .kind(&manifest.kind)
            .ok_or_else(|| PrintError::UnknownKind(manifest.kind.clone()))?;
        Ok(Composed(layout::pages(&self.faces, kind, manifest)))
    }

    /// Second half of [`Self::print`]: what the PDF library does.
    ///
    /// # Errors
    /// [`PrintError`].
    pub fn paint(&self, document: &Document, pages: &Composed) -> Result<Printed, PrintError> {
        let refused = |what: &dyn std::fmt::Debug| PrintError::Pdf(format!("{what:?}"));
        let configuration = ConfigurationBuilder::new()
            .with_archival_validator(Archival::A3_U)
            .finish()
            .map_err(|error| refused(&error))?;
        let mut pdf = krilla::Document::new_with(SerializeSettings {
            configuration,
            ..SerializeSettings::default()
        });
        let settings = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| refused(&"page size"))?;
        for sheet in &pages.0 {
            let mut page = pdf.start_page_with(settings.clone());
            let mut surface = page.surface();
            sheet.paint(&mut surface, &self.faces);
            surface.finish();
            page.finish();
        }
        let date = date(&document.manifest.issued)?;
        pdf.set_metadata(self.metadata(document, date));
        for attachment in attachments(document, date) {
            let name = attachment.path.clone();
            pdf.embed_file(attachment).ok_or_else(|| refused(&name))?;
        }
        let pdf = pdf.finish().map_err(|error| refused(&error))?;
        Ok(Printed { pdf })
    }

    fn metadata(&self, document: &Document, date: DateTime) -> Metadata {
        let manifest = &document.manifest;
        let title = self.kind(&manifest.kind).map(|kind| kind.title.as_str());
        Metadata::new()
            .title(format!("{} {}", title.unwrap_or_default(), manifest.number))
            .authors(vec![plain(&manifest.issuer)])
            .description(plain(&manifest.title))
            .language("zh-CN".into())
            .creator("tsa-filing".into())
            .creation_date(date)
            .document_id(manifest.number.to_string())
    }
}

/// Text for metadata, which is XML: characters that XML does not allow are left out.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|&character| !is_unseen(character))
        .collect()
}

impl Printed {
    /// The PDF.
    #[must_use]
    pub fn pdf(&self) -> &[u8] {
        &self.pdf
    }
}

fn attachments(document: &Document, date: DateTime) -> impl Iterator<Item = EmbeddedFile> {
    let file = move |path, (mime, description): (&str, &str), kind, data: &Arc<Vec<u8>>, small| {
        EmbeddedFile {
            path,
            mime_type: MimeType::new(mime),
            description: Some(description.to_owned()),
            association_kind: kind,
            data: Data::from(Arc::clone(data)),
            modification_date: Some(date),
            // Signatures and digests do not get smaller.
            compress: Some(small),
            location: None,
        }
    };
    let source = AssociationKind::Source;
    let about = ("application/json", "本证书的机器可读内容");
    let manifest = file(MANIFEST.to_owned(), about, source, &document.json, true);
    let responses = document.responses.iter().enumerate();
    let responses = responses.map(move |(index, response)| {
        let about = (
            "application/timestamp-reply",
            "文件的可信时间戳（RFC 3161）",
        );
        file(
            token_name(index),
            about,
            AssociationKind::Data,
            response,
            false,
        )
    });
    let certificates = document.file_certificates.iter().enumerate();
    let certificates = certificates.map(move |(index, certificate)| {
        let about = ("application/pdf", "文件的可信时间戳认证证书");
        let kind = AssociationKind::Supplement;
        file(
            file_certificate_name(index),
            about,
            kind,
            certificate,
            false,
        )
    });
    std::iter::once(manifest)
        .chain(responses)
        .chain(certificates)
}

fn date(time: &str) -> Result<DateTime, PrintError> {
    let refused = || PrintError::Time(time.to_owned());
    let instant: Timestamp = time.parse().map_err(|_| refused())?;
    let civil = Offset::UTC.to_datetime(instant);
    let year = u16::try_from(civil.year()).map_err(|_| refused())?;
    let small = |number: i8| u8::try_from(number).unwrap_or_default();
    Ok(DateTime::new(year)
        .month(small(civil.month()))
        .day(small(civil.day()))
        .hour(small(civil.hour()))
        .minute(small(civil.minute()))
        .second(small(civil.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0))
}
