"""cryptography verifies an ML-DSA signature, and that the root has issued its certificate.

Usage: verify_ml_dsa.py ROOT.pem CERTIFICATE.pem MESSAGE SIGNATURE

Fails when the signature does not hold, or when it holds for another message too.
"""

import sys

from cryptography import x509
from cryptography.exceptions import InvalidSignature


def main():
    root, certificate, message, signature = (open(name, "rb").read() for name in sys.argv[1:])
    certificate = x509.load_pem_x509_certificate(certificate)
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(root))
    key = certificate.public_key()
    key.verify(signature, message)
    try:
        key.verify(signature, message + b"!")
    except InvalidSignature:
        print("verified")
    else:
        sys.exit("the signature holds for anything")


main()
