"""Issuing and looking up with a ledger that holds many tokens, beside one that holds few.

Two release servers on one core, in turns: each is driven by wrk from the other core, and then asked
for tokens by their digest (tsa-bench-lookup, beside the running server). The tokens of before are
written into the databases at once, spread over the last hundred days, with postings, and indexed by
the server itself when it starts. One row of JSON on standard output.
"""

import argparse
import hashlib
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import time

from server import Bench

# Of the last token, in microseconds before now; and of the first.
LATEST, EARLIEST = 3600 * 10**6, 100 * 86400 * 10**6
LOAD = 50_000
# Bytes of a token that others have too, and those that no other has, but for the digest.
SHARED, OWN = 550, 618


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--programs", required=True, help="folder of the release programs")
    parser.add_argument("--few", type=int, default=100_000)
    parser.add_argument("--many", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--connections", type=int, default=128)
    parser.add_argument("--lookups", type=int, default=2000)
    arguments = parser.parse_args()
    arguments.ledger = True
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        sys.exit("two cores are needed: one serves, the other asks")
    benches = []
    try:
        for tokens in (arguments.few, arguments.many):
            bench = Aged(arguments, cores[0], cores[-1], tokens)
            benches.append(bench)
            bench.start()
            bench.must_stamp(f"before the rounds, with {tokens} tokens")
        print(json.dumps(compare(arguments, *benches)), flush=True)
        for bench in benches:
            bench.must_stamp("after the rounds")
    finally:
        for bench in benches:
            bench.stop()


def compare(arguments, few, many):
    rates, lookups = {few: [], many: []}, {few: [], many: []}
    for turn in range(arguments.rounds):
        for bench in (few, many) if turn % 2 else (many, few):
            run = bench.drive(bench.server, bench.server_url, arguments.connections)
            bench.must_be_tokens(run)
            rates[bench].append(run.rate)
        for bench in (few, many) if turn % 2 else (many, few):
            lookups[bench].append(bench.lookups(arguments.lookups, turn))

    def ratio(over, under):
        ratios = [a / b for a, b in zip(over, under)]
        return {"median": statistics.median(ratios), "least": min(ratios), "greatest": max(ratios)}

    def percentile(bench, place):
        return [times[place] / 1000 for times in lookups[bench]]

    return {
        "row": "ledger-size", "few": few.tokens, "many": many.tokens, "rounds": arguments.rounds,
        "connections": arguments.connections, "bytes": os.path.getsize(many.database),
        "rate_few": statistics.median(rates[few]), "rate_many": statistics.median(rates[many]),
        "issuing": ratio(rates[many], rates[few]),
        "lookups": arguments.lookups,
        "p50_few_us": statistics.median(percentile(few, 0)),
        "p50_many_us": statistics.median(percentile(many, 0)),
        "p99_few_us": statistics.median(percentile(few, 1)),
        "p99_many_us": statistics.median(percentile(many, 1)),
        "p99": ratio(percentile(many, 1), percentile(few, 1)),
    }


class Aged(Bench):
    """A server whose ledger holds so many tokens."""

    # It makes its index first.
    patience = 900

    def __init__(self, arguments, client_core, server_core, tokens):
        super().__init__(arguments, client_core, server_core)
        self.tokens = tokens

    def prepare(self, data):
        super().prepare(data)
        self.fill_account(data)
        self.database = os.path.join(data, "ledger.sqlite")
        began = time.monotonic()
        load(self.database, self.tokens)
        say(f"{self.tokens} tokens loaded in {time.monotonic() - began:.0f} s, "
            f"{os.path.getsize(self.database) / 1e9:.1f} GB")
        self.starting = time.monotonic()

    def wait_until_ready(self):
        super().wait_until_ready()
        say(f"the server is ready after {time.monotonic() - self.starting:.0f} s")

    def lookups(self, count, seed):
        """The 50th and the 99th percentile of so many look-ups, in nanoseconds. The database is
        brought into memory before: else the disk is measured, and whatever else uses it."""
        with open(self.database, "rb", buffering=0) as file:
            buffer = bytearray(1 << 20)
            while file.readinto(buffer):
                pass
        done = subprocess.run(
            [os.path.join(self.programs, "tsa-bench-lookup"), self.database, "demo",
             str(self.tokens), str(count), str(seed)],
            capture_output=True, text=True, check=True)
        return [int(figure) for figure in done.stdout.split()]


def load(database, tokens):
    """Tokens of the account and their postings, as the commit point would have written them."""
    connection = sqlite3.connect(database, isolation_level=None)
    run = connection.execute
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -262144"):
        run(f"PRAGMA {pragma}")
    account, balance = run("SELECT id, credited - debited FROM account WHERE name = 'demo'"
                           ).fetchone()
    posting, leaf = run("SELECT posting, leaf FROM head").fetchone()
    now = time.time_ns() // 1000
    step = (EARLIEST - LATEST) / tokens
    # What tokens of one signer share is stored once; both as long as they are with a chain.
    shared, own = os.urandom(SHARED), os.urandom(OWN)
    part = run("INSERT INTO part (hash, bytes) VALUES (?, ?) RETURNING id",
               (hashlib.sha256(shared).digest(), shared)).fetchone()[0]
    for first in range(leaf, leaf + tokens, LOAD):
        last = min(first + LOAD, leaf + tokens)
        run("BEGIN")
        connection.executemany(
            "INSERT INTO posting (id, debit_account, credit_account, credits, balance, reason, "
            "leaf, at) VALUES (?, ?, 2, 1, ?, 'token', ?, ?)",
            ((posting + 1 + number - leaf, account, balance - 1 - number + leaf, number,
              int(now - EARLIEST + step * number)) for number in range(first, last)))
        connection.executemany(
            "INSERT INTO token (leaf, serial, account, posting, algorithm, digest, request, "
            "gen_time, cost, token, part, part_at) "
            "VALUES (?, ?, ?, ?, 'SHA-256', ?, ?, ?, 1, ?, ?, 200)",
            (token(number, account, posting + 1 + number - leaf,
                   int(now - EARLIEST + step * number), own, part)
             for number in range(first, last)))
        run("COMMIT")
        if sys.stderr.isatty():
            print(f"\r{last:,} of {tokens:,} tokens loaded ", end="", file=sys.stderr)
    run("BEGIN")
    run("UPDATE head SET posting = posting + ?, leaf = leaf + ?", (tokens, tokens))
    run("UPDATE account SET debited = debited + ? WHERE id = ?", (tokens, account))
    run("UPDATE account SET credited = credited + ? WHERE id = 2", (tokens,))
    run("COMMIT")
    connection.close()


def token(number, account, posting, at, own, part):
    digest = hashlib.sha256(number.to_bytes(8, "big")).digest()
    request = hashlib.sha256(digest).digest()[:16]
    serial = b"\x01" + number.to_bytes(15, "big")
    return (number, serial, account, posting, digest, request, at, digest + own, part)


def say(words):
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
