"""pyHanko as client: a document time-stamp and a signature with a time-stamp, both validated.

Usage: stamp_pdf.py URL ROOT.pem

Exits with an error at the first thing that is not as it should be.
"""

import datetime
import sys
from io import BytesIO

from asn1crypto import keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter
from pyhanko.sign import signers, timestamps
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore


def document():
    """A PDF with one empty page."""
    writer = PdfFileWriter()
    contents = writer.add_object(generic.StreamObject(stream_data=b""))
    media_box = generic.ArrayObject(map(generic.NumberObject, [0, 0, 595, 842]))
    writer.insert_page(PageObject(contents=contents, media_box=media_box))
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def author():
    """Someone who signs documents, with a key and a certificate of their own making."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Author")])
    now = datetime.datetime.now(datetime.timezone.utc)
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    pkcs8 = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    signer = signers.SimpleSigner(
        asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER)),
        keys.PrivateKeyInfo.load(pkcs8),
        SimpleCertificateStore(),
    )
    return signer


def assert_good(name, status):
    said = f"{name}: valid {status.valid} intact {status.intact} trusted {status.trusted}"
    print(said)
    assert status.valid and status.intact and status.trusted, said


def document_time_stamp(pdf, stamper, trust):
    out = BytesIO()
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    signers.PdfTimeStamper(stamper).timestamp_pdf(writer, "sha256", output=out)
    signature = PdfFileReader(out).embedded_signatures[0]
    assert_good("document time-stamp", validate_pdf_timestamp(signature, trust))

    # A judge who accepts everything is none: one byte of the page is another.
    changed = out.getvalue().replace(b"595", b"596", 1)
    assert changed != out.getvalue()
    signature = PdfFileReader(BytesIO(changed)).embedded_signatures[0]
    assert not validate_pdf_timestamp(signature, trust).intact
    print("changed document: not intact")


def signature_with_time_stamp(pdf, stamper, root):
    signer = author()
    metadata = signers.PdfSignatureMetadata(
        field_name="Signature", md_algorithm="sha512", subfilter=SigSeedSubFilter.PADES
    )
    out = BytesIO()
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    signers.PdfSigner(metadata, signer, timestamper=stamper).sign_pdf(writer, output=out)
    signature = PdfFileReader(out).embedded_signatures[0]
    author_only = ValidationContext(trust_roots=[signer.signing_cert], allow_fetching=False)
    tsa_only = ValidationContext(trust_roots=[root], allow_fetching=False)
    status = validate_pdf_signature(signature, author_only, tsa_only)
    assert_good("signature", status)
    assert_good("time-stamp of the signature", status.timestamp_validity)


def main():
    url, root_path = sys.argv[1:]
    root = load_cert_from_pemder(root_path)
    trust = ValidationContext(trust_roots=[root], allow_fetching=False)
    stamper = timestamps.HTTPTimeStamper(url)
    pdf = document()
    document_time_stamp(pdf, stamper, trust)
    signature_with_time_stamp(pdf, stamper, root)


main()
