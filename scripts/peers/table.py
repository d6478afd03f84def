"""The table of docs/peer-matrix.md from what the programs have said.

Usage: table.py CASES ANSWERS CASES_RSA ANSWERS_RSA, where ANSWERS has a file `PROGRAM.tsv` each and `versions.txt` with a
line `PROGRAM<tab>version` each, in the order of the columns. The second pair is the cases that can
be signed by RSA instead.
"""

import collections
import pathlib
import sys

from cases import each

WORDS = {"accepted": "accepted", "refused": "refused", "unreadable": "cannot read"}
HEAD = """# Other programs, over the forged cases

What programs that others wrote say of the cases of `tsa-verify forge` (see
[the vectors](../testvectors/README.md)). `scripts/peer-matrix` runs them and writes this page; the
programs are called as their users would call them, with the file, the anchor, the request where
there is one, and the chain judged at genTime where the program can be told so. A policy demanded
without a request is told only to those that can be told.

A case that must be refused and is **accepted** is a hole. An honest oddity (row 0) that a program
does not accept is not always a fault: some are strict on purpose. What a program does not offer,
such as a path to the anchor, is part of what its user gets. `tsa-verify` stands here for
comparison; its own tests hold it to the table.

Of what a program cannot do at all, its refusals say little: rfc3161ng verifies RSA signatures only,
and nearly every case is signed on P-256; OpenSSL's `ts`, rfc3161-client and PKI.js verify neither
Ed25519 nor SM2 in tokens. How much a refusal says, the honest ones accepted show. So the cases that
can be are asked once more signed by RSA, and rfc3161ng is given the signer's certificate.
"""


def main():
    versions, said, cases = read(sys.argv[1], sys.argv[2])
    print(HEAD)
    totals(versions, said, cases)
    by_rsa = read(sys.argv[3], sys.argv[4])
    print("The same, signed by RSA, where that leaves the case what it is:\n")
    totals(*by_rsa, heading=False)
    rows(versions, said, cases, "Forged cases accepted, by row")
    rows(*by_rsa, "Forged cases accepted, by row, signed by RSA")
    listing(versions, said, cases)


def read(folder, answers):
    answers = pathlib.Path(answers)
    versions = [line.split("\t") for line in (answers / "versions.txt").read_text().splitlines()]
    said = {}
    for program, _ in versions:
        lines = (answers / f"{program}.tsv").read_text(errors="replace").splitlines()
        said[program] = dict(line.split("\t")[:2] for line in lines if line.count("\t") >= 1)
    cases = [case for _, case in each(pathlib.Path(folder))]
    cases.sort(key=lambda case: (case["row"], case["name"]))
    return versions, said, cases


def answer(said, program, case):
    return said[program].get(case["name"], "no answer")


def totals(versions, said, cases, heading=True):
    honest = [case for case in cases if case["expect"] == "TOTAL-PASSED"]
    forged = [case for case in cases if case["expect"] != "TOTAL-PASSED"]
    if heading:
        print("## Totals\n")
    print(f"| program | version | forged, accepted of {len(forged)} | of these cannot read |"
          f" honest, accepted of {len(honest)} |")
    print("| --- | --- | --- | --- | --- |")
    for program, version in versions:
        wrong = sum(answer(said, program, case) == "accepted" for case in forged)
        unread = sum(answer(said, program, case) == "unreadable" for case in forged)
        right = sum(answer(said, program, case) == "accepted" for case in honest)
        print(f"| {program} | {version} | {wrong} | {unread} | {right} |")
    print()


def rows(versions, said, cases, heading):
    print(f"## {heading}\n")
    print("| row | cases | " + " | ".join(program for program, _ in versions) + " |")
    print("| --- | --- |" + " --- |" * len(versions))
    groups = collections.defaultdict(list)
    for case in cases:
        if case["expect"] != "TOTAL-PASSED":
            groups[case["row"]].append(case)
    for row, group in sorted(groups.items()):
        counts = [sum(answer(said, program, case) == "accepted" for case in group)
                  for program, _ in versions]
        print(f"| {row} | {len(group)} | " + " | ".join(map(str, counts)) + " |")
    print()


def listing(versions, said, cases):
    print("## Case by case\n")
    print("| row | case | must be | " + " | ".join(program for program, _ in versions) + " |")
    print("| --- | --- | --- |" + " --- |" * len(versions))
    for case in cases:
        honest = case["expect"] == "TOTAL-PASSED"
        cells = []
        for program, _ in versions:
            found = answer(said, program, case)
            word = WORDS.get(found, found)
            cells.append(word if honest == (found == "accepted") or
                         (not honest and found != "accepted") else f"**{word}**")
        must = "accepted" if honest else "refused"
        print(f"| {case['row']} | `{case['name']}` | {must} | " + " | ".join(cells) + " |")


main()
