"""The cases that `tsa-verify forge --all` has written, for the programs beside this one.

Each program prints one line a case: name, `accepted`, `refused` or `unreadable`, and why, with tabs
between.
"""

import json
import pathlib
import sys

CASES = pathlib.Path(sys.argv[1])


def each(cases=CASES):
    for folder in sorted(path.parent for path in cases.glob("*/case.json")):
        yield folder, json.loads((folder / "case.json").read_text())


def tell(name, answer, why=""):
    words = " ".join(str(why).split())[:160]
    print(f"{name}\t{answer}\t{words}", flush=True)


def length(count):
    if count < 0x80:
        return bytes([count])
    digits = count.to_bytes((count.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(digits)]) + digits


def response(folder, case):
    """The response; a bare token is put into one that grants it."""
    message = (folder / "token.tsr").read_bytes()
    if case["form"] == "response":
        return message
    body = bytes([0x30, 3, 2, 1, 0]) + message
    return b"\x30" + length(len(body)) + body
