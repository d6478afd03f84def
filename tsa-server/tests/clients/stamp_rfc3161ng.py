"""rfc3161ng as client: asks, and checks what comes back.

Usage: stamp_rfc3161ng.py URL [CHAIN.pem]

Exits with an error at the first thing that is not as it should be. The package looks at the
signature only and builds no certification path. It is told the signer's certificate; without
CHAIN.pem it believes that the first certificate of the token is the signer's.
"""

import secrets
import sys

import rfc3161ng

DATA = b"what is stamped"
POLICY = "1.3.6.1.4.1.32473.1"


def main():
    url, *chain = sys.argv[1:]
    signer = b""
    for path in chain:
        with open(path, "rb") as file:
            signer = file.read()  # It reads the first of them.
    for hashname in ["sha256", "sha384", "sha512"]:
        stamp(url, signer, hashname, True)
        if signer:
            stamp(url, signer, hashname, False)


def stamp(url, signer, hashname, with_certificates):
    stamper = rfc3161ng.RemoteTimestamper(
        url,
        certificate=signer,
        hashname=hashname,
        include_tsa_certificate=with_certificates,
        tsa_policy_id=POLICY,
    )
    nonce = secrets.randbits(64)
    token = stamper(data=DATA, nonce=nonce)
    # Checks imprint, nonce and signature, and raises.
    assert stamper.check(token, data=DATA, nonce=nonce)
    refusal = None
    try:
        stamper.check(token, data=b"something else", nonce=nonce)
    except ValueError as error:
        refusal = str(error)
    assert refusal == "Message imprint mismatch"
    time = rfc3161ng.get_timestamp(token, naive=False)
    certificates = "with" if with_certificates else "without"
    print(f"verified {hashname} {certificates} certificates, {time}")


main()
