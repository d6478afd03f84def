"""rfc3161-client over the cases; bare tokens are put into a response, which is all it reads.

Usage: with_rfc3161_client.py CASES
"""

from cryptography import x509
from rfc3161_client import VerifierBuilder, decode_timestamp_response

from cases import each, response, tell


def certificates(path):
    return x509.load_pem_x509_certificates(path.read_bytes()) if path.exists() else []


def verify(folder, answer):
    builder = VerifierBuilder()
    for root in certificates(folder / "root.pem"):
        builder = builder.add_root_certificate(root)
    given = certificates(folder / "certificates.pem")
    if given:
        builder = builder.tsa_certificate(given[0])
    for above in given[1:]:
        builder = builder.add_intermediate_certificate(above)
    policy = demanded(folder)
    if policy:
        builder = builder.policy_id(x509.ObjectIdentifier(policy))
    nonce = asked(folder)
    if nonce is not None:
        builder = builder.nonce(nonce)
    return builder.build().verify_message(answer, (folder / "file").read_bytes())


def demanded(folder):
    words = (folder / "case.json").read_text().split()
    for before, after in zip(words, words[1:]):
        if before == "--policy":
            return after.strip('",')
    return None


def asked(folder):
    """The nonce of a request: its last INTEGER, when it has one behind the imprint."""
    path = folder / "request.tsq"
    if not path.exists():
        return None
    from asn1crypto import tsp

    return tsp.TimeStampReq.load(path.read_bytes())["nonce"].native


for folder, case in each():
    try:
        answer = decode_timestamp_response(response(folder, case))
    except BaseException as error:
        tell(case["name"], "unreadable", error)
        continue
    try:
        holds = verify(folder, answer)
        tell(case["name"], "accepted" if holds else "refused")
    except BaseException as error:
        tell(case["name"], "refused", error)
