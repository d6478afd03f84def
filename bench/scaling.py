"""What several nodes on one database can do, simulated: the figures of docs/scaling.md.

    scaling.py           the tables
    scaling.py --write   writes them into docs/scaling.md, between its marks

Events, not formulas: requests come at random (Poisson) to nodes at random; a node signs them on its
cores, gathers what is ready into a batch as `tsa-ledger/src/writer.rs` does, and sends it to the
database; batches take the one row of numbers in the order in which they arrive, hold it while they
write and until the disk, and the standby where there is one, has them; then the way back. Seeds are
fixed, so the same figures come out every time. What is not simulated: reads, the index, vacuum,
a database that runs out of cores, and everything that goes wrong.
"""

import argparse
import heapq
import os
import random
import re

HERE = os.path.dirname(os.path.abspath(__file__))
DOCUMENT = os.path.join(HERE, "..", "docs", "scaling.md")

# Of the writer: batches of at most so many; where so many tokens a second come, one waits a
# millisecond, or two, for a worthwhile one.
BATCH_MAX = 512
WORTHWHILE = 128
GATHER_FROM = [2000, 7000]
GATHER_MS = 1.0

# Measured on one core of this project's machine (`scripts/bench-server --postgres`), rounded: a
# node's processor for a token, the database's for a batch and for each token in it.
NODE_US = 60.0
BATCH_US = 400.0
TOKEN_US = 12.0

# name, way there and back in ms, until a commit is on the disk (and the standby) in ms
PLACES = [
    ("one machine, NVMe", 0.05, 0.1),
    ("one machine, cloud volume", 0.05, 1.0),
    ("one zone, cloud volume", 0.5, 1.0),
    ("three zones, synchronous standby", 1.0, 2.0),
    ("nodes in another region, 30 ms away", 30.0, 2.0),
    ("synchronous standby in another region, 30 ms away", 1.0, 31.0),
    ("distributed database over three regions", 1.0, 62.0),
]


class Run:
    """One simulation. Times are in milliseconds."""

    def __init__(self, rate, nodes, cores, trip, flush, seed=3161):
        self.random = random.Random(seed)
        self.rate = rate / 1000
        self.trip, self.flush = trip / 2, flush
        self.nodes = [Node(cores) for _ in range(nodes)]
        self.events = []
        self.order = 0
        self.lock_free_at = 0.0
        self.latencies = []
        self.batches = []

    def at(self, when, act, *arguments):
        self.order += 1
        heapq.heappush(self.events, (when, self.order, act, arguments))

    def run(self, milliseconds):
        self.end = milliseconds
        self.at(self.random.expovariate(self.rate), self.arrive)
        while self.events:
            when, _, act, arguments = heapq.heappop(self.events)
            if when > milliseconds:
                break
            act(when, *arguments)
        # The beginning is not yet like the rest.
        latencies = sorted(late for when, late in self.latencies if when > milliseconds / 4)
        if not latencies:
            return None
        return {
            "p50": latencies[len(latencies) // 2],
            "p99": latencies[len(latencies) * 99 // 100],
            "rate": len(latencies) / (milliseconds * 3 / 4) * 1000,
            "batch": sum(self.batches) / max(1, len(self.batches)),
        }

    def arrive(self, now):
        self.at(now + self.random.expovariate(self.rate), self.arrive)
        node = self.random.choice(self.nodes)
        core = min(range(len(node.cores)), key=node.cores.__getitem__)
        node.cores[core] = max(now, node.cores[core]) + NODE_US / 1000
        self.at(node.cores[core], self.signed, node, now)

    def signed(self, now, node, arrived):
        node.ready.append(arrived)
        if not node.is_writing:
            node.is_writing = True
            self.at(now + node.wait(), self.send, node)

    def send(self, now, node):
        batch, node.ready = node.ready[:BATCH_MAX], node.ready[BATCH_MAX:]
        node.rate = len(batch) / max(now - node.sent_at, 0.001) * 1000
        node.sent_at = now
        self.at(now + self.trip, self.lock, node, batch)

    def lock(self, now, node, batch):
        held = (BATCH_US + TOKEN_US * len(batch)) / 1000 + self.flush
        self.lock_free_at = max(now, self.lock_free_at) + held
        self.at(self.lock_free_at + self.trip, self.done, node, batch)

    def done(self, now, node, batch):
        self.batches.append(len(batch))
        self.latencies += [(now, now - arrived) for arrived in batch]
        node.is_writing = bool(node.ready)
        if node.ready:
            self.at(now + node.wait(), self.send, node)


class Node:
    def __init__(self, cores):
        self.cores = [0.0] * cores
        self.ready = []
        self.is_writing = False
        self.rate = 0.0
        self.sent_at = 0.0

    def wait(self):
        """How long a batch is gathered."""
        if len(self.ready) >= WORTHWHILE:
            return 0.0
        return GATHER_MS * sum(self.rate >= rate for rate in GATHER_FROM)


def holds(rate, nodes, cores, trip, flush):
    """Whether that many a second are answered as they come, and what it takes."""
    # Long enough for a queue that grows to be seen, short enough for everybody's patience.
    span = max(1000, min(4000, 60_000_000 / rate), 20 * nodes * (trip + flush))
    seen = Run(rate, nodes, cores, trip, flush).run(span)
    is_kept = seen is not None and seen["rate"] > 0.97 * rate
    # Nodes wait for each other; who waits for all of them three times over waits in a queue.
    limit = 50 + 3 * (nodes + 1) * (trip + flush + 5)
    return seen if is_kept and seen["p99"] < limit else None


def most(nodes, cores, trip, flush):
    """The greatest rate that holds, to within three in a hundred, and how it is at half of it."""
    low, high = 100.0, nodes * cores / NODE_US * 1e6
    while high / low > 1.03:
        middle = (low * high) ** 0.5
        if holds(middle, nodes, cores, trip, flush):
            low = middle
        else:
            high = middle
    half = Run(low / 2, nodes, cores, trip, flush).run(2000 + 10 * nodes * (trip + flush))
    return low, half


def thousands(number):
    digits = 2 if number < 10_000 else 3
    number = float(f"{number:.{digits - 1}e}")
    return f"{number:,.0f}".replace(",", " ")


def places():
    lines = ["| where | nodes | tokens a second, at most | at half: tokens in a batch | p50 ms "
             "| p99 ms |",
             "| --- | ---: | ---: | ---: | ---: | ---: |"]
    for name, trip, flush in PLACES:
        for nodes in (1, 3, 12):
            rate, half = most(nodes, 4, trip, flush)
            lines.append(f"| {name} | {nodes} | {thousands(rate)} | {half['batch']:.0f} | "
                         f"{half['p50']:.1f} | {half['p99']:.1f} |")
    return "\n".join(lines)


# Bytes on the disk for a token whose chain is stored once for all: its row, its posting and the
# indexes of both, as measured on tables of some ten thousand tokens; and its two entries in the
# index by digest and request, of which eight times 56 fill a page.
ROW_BYTES = 1200
INDEX_BYTES = 40


def storage():
    lines = ["| tokens a day | a second, on average | a year, GB | index by digest, a year, GB "
             "| partitions of 10⁹ in ten years |", "| ---: | ---: | ---: | ---: | ---: |"]
    for power in (5, 6, 7, 8, 9):
        day = 10 ** power
        year = day * 365
        lines.append(f"| 10{'⁰¹²³⁴⁵⁶⁷⁸⁹'[power]} | {thousands(day / 86400) if day > 86400 else '1'} "
                     f"| {thousands(year * (ROW_BYTES + INDEX_BYTES) / 1e9)} "
                     f"| {thousands(max(1, year * INDEX_BYTES / 1e9))} "
                     f"| {max(1, round(year * 10 / 1e9))} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    tables = {"places": places(), "storage": storage()}
    if not arguments.write:
        print("\n\n".join(tables.values()))
        return
    with open(DOCUMENT, encoding="utf-8") as file:
        words = file.read()
    for name, table in tables.items():
        words = re.sub(rf"(<!-- {name} -->\n).*?(\n<!-- end -->)",
                       lambda match: match[1] + table + match[2], words, flags=re.S)
    with open(DOCUMENT, "w", encoding="utf-8") as file:
        file.write(words)


if __name__ == "__main__":
    main()
