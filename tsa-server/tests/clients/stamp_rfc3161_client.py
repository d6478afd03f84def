"""rfc3161-client as client: a strict reader of DER in Rust, and OpenSSL behind it.

Usage: stamp_rfc3161_client.py URL ROOT.pem CHAIN.pem

Exits with an error at the first thing that is not as it should be.
"""

import sys
import urllib.request

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

DATA = b"what is stamped"
# All that it knows. It cannot ask for a policy.
HASHES = [HashAlgorithm.SHA256, HashAlgorithm.SHA512]


def ask(url, request):
    headers = {"Content-Type": "application/timestamp-query"}
    query = urllib.request.Request(url, request.as_bytes(), headers)
    with urllib.request.urlopen(query) as answer:
        return decode_timestamp_response(answer.read())


def verifier(request, root, chain, with_certificates):
    builder = VerifierBuilder.from_request(request).add_root_certificate(root)
    if not with_certificates:
        signer, intermediate = chain
        builder = builder.tsa_certificate(signer).add_intermediate_certificate(intermediate)
    return builder.build()


def main():
    url, root_path, chain_path = sys.argv[1:]
    with open(root_path, "rb") as file:
        root = x509.load_pem_x509_certificate(file.read())
    with open(chain_path, "rb") as file:
        chain = x509.load_pem_x509_certificates(file.read())
    for hash_algorithm in HASHES:
        for with_certificates in [True, False]:
            request = (
                TimestampRequestBuilder()
                .data(DATA)
                .hash_algorithm(hash_algorithm)
                .cert_request(cert_request=with_certificates)
                .build()
            )
            response = ask(url, request)
            found = len(response.signed_data.certificates)
            assert found == (len(chain) if with_certificates else 0)
            judge = verifier(request, root, chain, with_certificates)
            assert judge.verify_message(response, DATA)
            assert refuses(judge, response)
            print(f"verified {hash_algorithm.name} {found} certificates")


def refuses(judge, response):
    try:
        judge.verify_message(response, b"something else")
    except VerificationError as error:
        return "Mismatch between messages" in str(error)
    return False


main()
