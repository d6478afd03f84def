"""rfc3161ng over the cases. It looks at imprint, nonce and signature and builds no path.

It verifies RSA signatures only. The authority's certificate is what PEER_SIGNER names, as its users
are told to give it; without it the program takes the first one in the token.

Usage: with_rfc3161ng.py CASES
"""

import os
import pathlib

import rfc3161ng
from asn1crypto import tsp
from pyasn1.codec.der import decoder

from cases import each, response, tell


def nonce(folder):
    path = folder / "request.tsq"
    return tsp.TimeStampReq.load(path.read_bytes())["nonce"].native if path.exists() else None


for folder, case in each():
    try:
        spec = rfc3161ng.TimeStampResp()
        answer, _ = decoder.decode(response(folder, case), asn1Spec=spec)
        token = answer.time_stamp_token
        token["content"]
    except BaseException as error:
        tell(case["name"], "unreadable", error)
        continue
    given = pathlib.Path(os.environ.get("PEER_SIGNER", folder / "certificates.pem"))
    try:
        rfc3161ng.check_timestamp(
            token,
            certificate=given.read_bytes() if given.exists() else b"",
            data=(folder / "file").read_bytes(),
            nonce=nonce(folder),
            hashname="sha256",
        )
        tell(case["name"], "accepted")
    except BaseException as error:
        tell(case["name"], "refused", error)
