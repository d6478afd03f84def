"""Keeps, of the cases signed by another key, those that `tsa-verify` refuses by the check they name.

The others have a certificate or key of their own, so that they fail by accident or are the same
bytes as before.

Usage: only_sound.py CASES PROGRAM USUAL
"""

import json
import pathlib
import shutil
import subprocess
import sys

from cases import each

USUAL = pathlib.Path(sys.argv[3])


def comes_out(case):
    words = case["command"].split(" ")[1:] + ["--format", "json"]
    done = subprocess.run([sys.argv[2], *words], capture_output=True, timeout=120)
    report = json.loads(done.stdout)
    denying = [found for found in report["findings"] if found["sub_indication"]]
    reasons = [found["code"] for found in denying if found["sub_indication"] == case["reason"]]
    failed = {found["code"] for found in denying if found["result"] == "failed"}
    if case["expect"] == "TOTAL-PASSED":
        return done.returncode == 0
    return case["code"] in reasons and failed <= {case["code"], *case["also"]}


for folder, case in list(each()):
    usual = (USUAL / folder.name / "token.tsr").read_bytes()
    if (folder / "token.tsr").read_bytes() == usual or not comes_out(case):
        shutil.rmtree(folder)
