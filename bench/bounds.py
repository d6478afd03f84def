"""Time and peak memory of `tsa-verify` on input that is made to cost: a table.

Usage: bounds.py PROGRAM FOLDER CERTS

Each case is judged as its user would judge it, several times; the slowest run counts. The case that
is sound costs what the program costs anyway.
"""

import json
import os
import pathlib
import re
import subprocess
import sys

PROGRAM, FOLDER = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2])
CERTS = pathlib.Path(sys.argv[3]).resolve()
RUNS = 3

CASES = [
    ("key-as-anchor", "a token of usual size"),
    ("nested-100000", "100,000 SEQUENCEs inside each other"),
    ("nested-100000-indefinite", "the same without lengths"),
    ("nested-100000-unsigned", "the same in an unsigned attribute"),
    ("length-2-gib", "a length of 2 GiB in 20 bytes"),
    ("oid-1-mb", "an OBJECT IDENTIFIER of 1 MB"),
    ("oid-1-mb-one-arc", "one arc of 1 MB"),
    ("serial-1-mb", "a serial number of 1 MB"),
    ("signers-10000", "10,000 SignerInfos"),
    (
        "ten-thousand-intermediates-and-the-real-one",
        "10,000 intermediates of one name and a wrong key, and the real one",
    ),
    (
        "ten-thousand-intermediates-of-the-right-key",
        "10,000 of the right key that lead nowhere, and the real one",
    ),
    (
        "ten-thousand-intermediates",
        "10,000 of the right key in the name of the root (P-384), no real one",
    ),
    ("five-hundred-intermediates-in-the-name-of-the-root", "500 of these, and the real one"),
    (
        "five-thousand-intermediates-in-the-name-of-the-root-rsa",
        "5,000 of these and the real one, RSA-3072",
    ),
    ("policy-tree", "policies mapped to each other at seven levels"),
]


def measured(words, folder):
    """The slowest of some runs: milliseconds of the processor, peak KiB, exit code, first line."""
    slowest = peak = 0
    for _ in range(RUNS):
        child = subprocess.Popen([PROGRAM, *words], cwd=folder, stdout=subprocess.PIPE)
        first = child.stdout.readline().decode()
        child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        slowest = max(slowest, (usage.ru_utime + usage.ru_stime) * 1000)
        peak = max(peak, usage.ru_maxrss)
    return slowest, peak, os.waitstatus_to_exitcode(status), first.strip()


def row(words, folder, text, wanted=None):
    took, peak, code, _ = measured(words, folder)
    verdict = ["TOTAL-PASSED", "TOTAL-FAILED", "INDETERMINATE"][code]
    if wanted and verdict != wanted:
        sys.exit(f"{text}: {verdict}, expected {wanted}")
    print(f"| {text} | {verdict} | {took:.0f} | {peak / 1024:.0f} |", flush=True)


def tlv(tag, content):
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    digits = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(digits)]) + digits + content


def subject(name):
    """The encoded subject of a certificate, and DER of the algorithm ecdsa-with-SHA384."""
    words = ["openssl", "x509", "-in", CERTS / f"{name}.pem", "-outform", "DER"]
    certificate = subprocess.run(words, check=True, capture_output=True).stdout
    words = ["openssl", "asn1parse", "-inform", "DER"]
    parsed = subprocess.run(words, check=True, input=certificate, capture_output=True).stdout
    lines = [line for line in parsed.decode().splitlines() if ":d=2 " in line]
    # version, serialNumber, signature, issuer, validity, subject
    found = re.match(r" *(\d+):d=2 +hl=(\d+) l= *(\d+)", lines[5])
    offset, header, length = map(int, found.groups())
    return certificate[offset : offset + header + length]


def crl(name, entries, path):
    """A current CRL by an authority on P-384."""
    algorithm = tlv(0x30, bytes.fromhex("06082a8648ce3d040303"))
    times = tlv(0x17, b"260501000000Z"), tlv(0x17, b"270101000000Z")
    entry = lambda number: tlv(0x30, tlv(2, (1 << 127 | number).to_bytes(17, "big")) + times[0])
    revoked = tlv(0x30, b"".join(entry(number) for number in range(entries)))
    fields = tlv(2, b"\1") + algorithm + subject(name) + times[0] + times[1]
    tbs = tlv(0x30, fields + (revoked if entries else b""))
    words = ["openssl", "dgst", "-sha384", "-sign", CERTS / "keys" / f"{name}.pem"]
    signature = subprocess.run(words, check=True, input=tbs, capture_output=True).stdout
    path.write_bytes(tlv(0x30, tbs + algorithm + tlv(3, b"\0" + signature)))
    return path.stat().st_size >> 20


def main():
    print("| input | verdict | ms | MiB |\n| --- | --- | ---: | ---: |")
    for name, text in CASES:
        folder = (FOLDER / name).resolve()
        made = [PROGRAM, "forge", "--case", name, "--out", str(folder)]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL)
        case = json.loads((folder / "case.json").read_text())
        row(case["command"].split(" ")[1:], folder, text, case["expect"])
    crl("root", 0, FOLDER / "root.crl")
    size = crl("intermediate", 1_000_000, FOLDER / "large.crl")
    words = ["path", CERTS / "tsa-p256.pem", "--certs", CERTS / "intermediate.pem"]
    words += ["--trust", CERTS / "root.pem", "--at", "2026-06-01T00:00:00Z"]
    words += ["--crl", "root.crl", "--crl", "large.crl"]
    text = f"`path` with a CRL of 1,000,000 entries ({size} MiB)"
    row([str(word) for word in words], FOLDER, text, "TOTAL-PASSED")


main()
