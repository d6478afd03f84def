"""`tsa-verify` over the cases, by the command that each names.

Usage: tsa_verify.py CASES PROGRAM
"""

import subprocess
import sys

from cases import each, tell

for folder, case in each():
    words = case["command"].split(" ")[1:]
    done = subprocess.run([sys.argv[2], *words], capture_output=True, timeout=120)
    first = done.stdout.decode(errors="replace").splitlines()[:1]
    tell(case["name"], "accepted" if done.returncode == 0 else "refused", *first)
