"""gmssl verifies an SM2 signature with SM3 and the default identity.

Usage: verify_sm2.py PUBLIC-KEY MESSAGE SIGNATURE

PUBLIC-KEY is a file with the point, uncompressed; SIGNATURE one with r and s in DER. Fails when the
signature does not hold, or when it holds for another message too.
"""

import sys

from asn1crypto import core
from gmssl import sm2


class Numbers(core.SequenceOf):
    _child_spec = core.Integer


def main():
    point, message, signature = (open(name, "rb").read() for name in sys.argv[1:])
    r, s = Numbers.load(signature, strict=True).native
    key = sm2.CryptSM2(private_key="", public_key=point[1:].hex())
    raw = f"{r:064x}{s:064x}"
    if not key.verify_with_sm3(raw, message):
        sys.exit("the signature does not hold")
    if key.verify_with_sm3(raw, message + b"!"):
        sys.exit("the signature holds for anything")
    print("verified")


main()
