"""Lets pyHanko judge a sealed certificate by nothing but what is in it and a root.

    check_seal.py ROOT.pem CERTIFICATE.pdf

Prints a line for each signature and time-stamp; the last line is `sound` or `not sound`. CRLs are
demanded, and taken from the file's own security store.
"""

import asyncio
import sys
from datetime import datetime, timezone

from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import (
    DocumentSecurityStore,
    validate_pdf_signature,
    validate_pdf_timestamp,
)
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.policy_decl import (
    PdfSignatureValidationSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator.context import CertValidationPolicySpec, ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import (
    CertRevTrustPolicy,
    RevocationCheckingPolicy,
    RevocationCheckingRule,
)
from pyhanko_certvalidator.registry import SimpleTrustManager

# When all of it is judged: the tests pass on any day.
MOMENT = datetime(2026, 12, 1, tzinfo=timezone.utc)


def main(root, path):
    with open(path, "rb") as file:
        reader = PdfFileReader(file)
        store = DocumentSecurityStore.read_dss(reader)

        def context():
            return store.as_validation_context({
                "trust_roots": [load_cert_from_pemder(root)],
                "allow_fetching": False,
                "moment": MOMENT,
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
            print("long-term validation", long_term(root, reader))
    print("sound" if len(verdicts) == 2 and all(verdicts) else "not sound")


# ETSI EN 319 102-1 §5.6, with CRLs demanded for every certificate.
def long_term(root, reader):
    demanded = RevocationCheckingRule.CRL_REQUIRED
    policy = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(trust_roots=[load_cert_from_pemder(root)]),
        revinfo_policy=CertRevTrustPolicy(RevocationCheckingPolicy(demanded, demanded)),
    )
    validation = PdfSignatureValidationSpec(SignatureValidationSpec(cert_validation_policy=policy))
    seal = reader.embedded_regular_signatures[0]
    timing = ValidationTimingInfo(MOMENT, MOMENT, point_in_time_validation=True)
    return asyncio.run(ades_lta_validation(seal, validation, timing_info=timing)).ades_subindic


main(*sys.argv[1:])
