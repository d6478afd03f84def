"""`openssl ts -verify` over the cases, the chain judged at genTime.

Usage: openssl.py CASES
"""

import subprocess

from cases import each, tell

GEN_TIME = "1778419301"
# What it says when it could not parse its input.
UNREADABLE = ["asn1 encoding routines", "bad object header", "unable to load", "Error reading"]


def verify(folder, case):
    command = ["openssl", "ts", "-verify", "-in", folder / "token.tsr", "-attime", GEN_TIME]
    if case["form"] == "token":
        command.append("-token_in")
    request = folder / "request.tsq"
    command += ["-queryfile", request] if request.exists() else ["-data", folder / "file"]
    for option, name in [("-CAfile", "root.pem"), ("-untrusted", "certificates.pem")]:
        if (folder / name).exists():
            command += [option, folder / name]
    return subprocess.run(command, capture_output=True, timeout=120)


for folder, case in each():
    try:
        done = verify(folder, case)
    except subprocess.TimeoutExpired:
        tell(case["name"], "refused", "no answer in 120 s")
        continue
    said = done.stderr.decode(errors="replace")
    if done.returncode == 0 and b"Verification: OK" in done.stdout:
        tell(case["name"], "accepted")
    elif any(words in said for words in UNREADABLE):
        tell(case["name"], "unreadable", said)
    else:
        tell(case["name"], "refused", said)
