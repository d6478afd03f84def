"""Stamps files by the API, as a platform's backend does; needs the package `requests` only.

    TSA_URL=http://127.0.0.1:3161 TSA_API_KEY=tsa_… python3 stamp.py FILE…

Writes FILE.tsr beside each file. A batch that is cut is sent again with the same Idempotency-Key: what
was granted costs nothing the second time. When the credits do not suffice nothing is charged, and it
waits for a top-up.
"""

import base64
import hashlib
import json
import os
import sys
import time
import uuid

import requests

URL = os.environ.get("TSA_URL", "http://127.0.0.1:3161").rstrip("/") + "/api/v1"
SESSION = requests.Session()
SESSION.headers["Authorization"] = "Bearer " + os.environ["TSA_API_KEY"]


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def balance():
    answer = SESSION.get(URL + "/account", timeout=30)
    answer.raise_for_status()
    return answer.json()["balance"]


def stamp(paths, cut_after=None):
    """Yields an entry for each path as its token is committed, then the summary."""
    order = {"digests": [{"digest": sha256(path), "name": os.path.basename(path)} for path in paths]}
    key, seen = str(uuid.uuid4()), set()
    for attempt in range(20):
        try:
            with SESSION.post(
                URL + "/stamps",
                json=order,
                headers={"Idempotency-Key": key, "Accept": "application/x-ndjson"},
                stream=True,
                timeout=60,
            ) as answer:
                if answer.status_code in (402, 429, 503):
                    wait(answer)
                    continue
                answer.raise_for_status()
                for line in answer.iter_lines():
                    entry = json.loads(line)
                    if "summary" in entry:
                        yield entry
                        return
                    if entry["index"] not in seen:
                        seen.add(entry["index"])
                        yield entry
                    if len(seen) == cut_after:
                        # What a broken connection looks like from here.
                        cut_after = None
                        raise requests.ConnectionError("cut for trying out")
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
            print(f"sent again: {error}", flush=True)
            time.sleep(min(2**attempt / 10, 10))
    raise SystemExit("no answer after 20 attempts")


def wait(answer):
    problem = answer.json()
    print(f"waiting: {problem['title']} ({problem['type']})", flush=True)
    before = problem.get("balance")
    if before is None:
        time.sleep(int(answer.headers.get("Retry-After", "1")))
        return
    # A webhook `top_up` tells it sooner; this example just looks.
    while balance() == before:
        time.sleep(0.2)
    print("top-up seen", flush=True)


def tsr(token):
    """TimeStampResp: status granted, and the token (RFC 3161 §2.4.2)."""
    content = bytes.fromhex("3003020100") + token
    size = len(content)
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    head = bytes([size]) if size < 0x80 else bytes([0x80 | len(length)]) + length
    return b"\x30" + head + content


def main():
    paths = sys.argv[1:]
    cut_after = int(os.environ["CUT_AFTER"]) if "CUT_AFTER" in os.environ else None
    for entry in stamp(paths, cut_after):
        if "summary" in entry:
            print("cost {charged}, {balance} left".format(**entry["summary"]))
        elif "stamp" in entry:
            path, token = paths[entry["index"]], base64.b64decode(entry["stamp"]["token"])
            with open(path + ".tsr", "wb") as file:
                file.write(tsr(token))
            print(f"{entry['result']} {path} {entry['stamp']['gen_time']}")
        else:
            print(f"failed {paths[entry['index']]}: {entry['problem']['title']}")


main()
