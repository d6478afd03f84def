"""Lets pyHanko judge a sealed certificate by nothing but what is in it and a root.

    check_seal.py ROOT.pem CERTIFICATE.pdf

Prints a line for each signature and time-stamp; the last line is `sound` or `not sound`. CRLs are
demanded, and taken from the file's own security store.
"""

import sys

from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import (
    DocumentSecurityStore,
    validate_pdf_signature,
    validate_pdf_timestamp,
)


def main(root, path):
    with open(path, "rb") as file:
        reader = PdfFileReader(file)
        store = DocumentSecurityStore.read_dss(reader)

        def context():
            return store.as_validation_context({
                "trust_roots": [load_cert_from_pemder(root)],
                "allow_fetching": False,
                "revocation_mode": "require",
            })

        verdicts = []
        for signature in reader.embedded_regular_signatures:
            status = validate_pdf_signature(signature, context(), context())
            stamp = status.timestamp_validity
            verdicts.append(status.bottom_line and stamp.trusted)
            print(signature.field_name, "bottom line", status.bottom_line, "time-stamp",
                  stamp.trusted, status.coverage.name, status.modification_level.name)
        for signature in reader.embedded_timestamp_signatures:
            status = validate_pdf_timestamp(signature, context())
            verdicts.append(status.valid and status.intact and status.trusted)
            print(signature.field_name, "valid", status.valid, "intact", status.intact, "trusted",
                  status.trusted, status.coverage.name)
    print("sound" if len(verdicts) == 2 and all(verdicts) else "not sound")


main(*sys.argv[1:])
