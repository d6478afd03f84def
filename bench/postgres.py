"""What a token costs with the ledger on PostgreSQL, beside what it cannot cost less than.

In turns, on one core, with one PostgreSQL server of this bench's own: the release server with its
ledger there; the same server where nobody pays; and bare rows (tsa-bench-records), as many to a
transaction as the ledger committed in the round before. What counts is processor time: of the
server and of every process of PostgreSQL. One row of JSON goes to standard output.
"""

import argparse
import glob
import json
import os
import statistics
import subprocess
import sys

from server import Bench, cpu_seconds, free_port

TICKS = os.sysconf("SC_CLK_TCK")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--programs", required=True, help="folder of the release programs")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--connections", type=int, default=128)
    arguments = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        sys.exit("two cores are needed: one is measured, the other does the rest")
    arguments.ledger = True
    bench = PostgresBench(arguments, client_core=cores[0], server_core=cores[-1])
    try:
        bench.start()
        bench.must_stamp("before the rounds")
        print(json.dumps(bench.rows(arguments.connections)), flush=True)
        bench.must_stamp("after the rounds")
        bench.must_be_sound()
    finally:
        bench.stop()


class PostgresBench(Bench):
    def start(self):
        self.cluster = Cluster(self.path("postgres"), self.server_core)
        self.database = self.cluster.database("ledger")
        super().start()
        self.start_unmetered()
        self.records = self.spawn(
            ["tsa-bench-records", self.cluster.database("bare"), str(self.reply_bytes)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.bare(10, 100)

    def location(self):
        return ["--database", self.database]

    def start_unmetered(self):
        data = self.path("unmetered")
        self.ledger = False
        self.prepare(data)
        self.ledger = True
        port = free_port()
        # Its log goes where that of the other goes: to a file.
        with open(self.path("unmetered-log"), "wb") as log:
            self.free = self.spawn(
                ["tsa-server", "serve", "--data", data, "--listen", f"127.0.0.1:{port}"],
                stdout=subprocess.DEVNULL, stderr=log)
        self.free_url = f"http://127.0.0.1:{port}/"
        self.wait_for(self.free, self.free_url)

    def rows(self, connections):
        names = ["server", "postgres", "unmetered", "bare", "ratio", "batch", "rate", "p50", "p99"]
        seen = {name: [] for name in names}
        batch = 100
        for turn in range(self.rounds):
            order = ["token", "unmetered", "bare"]
            if turn % 2:
                order.reverse()
            cost = {}
            for side in order:
                if side == "bare":
                    cost[side] = self.bare(max(1, 20000 // batch), batch)
                elif side == "unmetered":
                    run = self.drive(self.free, self.free_url, connections)
                    cost[side] = 1 / run.rate
                else:
                    first, before = self.cluster.tokens(), self.cluster.cpu_seconds()
                    run = self.drive(self.server, self.server_url, connections)
                    self.must_be_tokens(run)
                    used = self.cluster.cpu_seconds() - before
                    batch = round((self.cluster.tokens() - first) / self.cluster.batches(first))
                    cost["server"], cost["postgres"] = 1 / run.rate, used / run.requests
                    seen["batch"].append(batch)
                    seen["rate"].append(run.requests / self.seconds)
                    seen["p50"].append(run.p50)
                    seen["p99"].append(run.p99)
            for name, seconds in cost.items():
                seen[name].append(seconds * 1e6)
            seen["ratio"].append((cost["server"] + cost["postgres"])
                                 / (cost["unmetered"] + cost["bare"]))
        median = statistics.median
        return {
            "row": "postgres", "connections": connections, "rounds": self.rounds,
            "awake": self.awake is not None, "version": self.cluster.version,
            **{f"{name}_us": median(seen[name])
               for name in ["server", "postgres", "unmetered", "bare", "p50", "p99"]},
            "batch": median(seen["batch"]), "wall_rate": median(seen["rate"]),
            "ratio": {"median": median(seen["ratio"]), "least": min(seen["ratio"]),
                      "greatest": max(seen["ratio"])},
        }

    def bare(self, batches, tokens):
        """Processor time of a bare token's rows."""
        before = cpu_seconds(self.records.pid) + self.cluster.cpu_seconds()
        self.records.stdin.write(f"{batches} {tokens}\n".encode())
        self.records.stdin.flush()
        rows = int(self.records.stdout.readline())
        return (cpu_seconds(self.records.pid) + self.cluster.cpu_seconds() - before) / rows

    def must_be_sound(self):
        program = os.path.join(self.programs, "tsa-server")
        subprocess.run([program, "audit", "--data", self.path("tsa-data"),
                        "--database", self.database], stdout=subprocess.DEVNULL, check=True)

    def stop(self):
        if hasattr(self, "cluster"):
            self.cluster.stop()
        super().stop()


class Cluster:
    """A PostgreSQL server in a folder of its own, as its packages leave it."""

    def __init__(self, folder, core):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        if not found:
            sys.exit("PostgreSQL is not installed (Debian: postgresql)")
        self.programs = found[-1]
        self.folder = folder
        self.data = os.path.join(folder, "data")
        os.mkdir(folder)
        self.owner = []
        if os.getuid() == 0:
            # The server refuses to be root.
            self.owner = ["runuser", "-u", "postgres", "--"]
            os.chmod(os.path.dirname(folder), 0o755)
            subprocess.run(["chown", "postgres", folder], check=True)
        self.version = self.run("postgres", "--version").stdout.strip()
        self.run("initdb", "--pgdata", self.data, "--auth", "trust", "--username", "tsa",
                 "--no-locale", "--encoding", "UTF8")
        options = f"-c listen_addresses= -c unix_socket_directories={folder}"
        # What is measured is on one core; where its words go is not waited for.
        self.run("pg_ctl", "start", "--pgdata", self.data, "--wait", "--log",
                 os.path.join(folder, "log"), "--options", options,
                 before=["taskset", "--cpu-list", str(core)])
        with open(os.path.join(self.data, "postmaster.pid")) as file:
            self.postmaster = int(file.readline())

    def run(self, program, *arguments, before=()):
        command = [*before, *self.owner, os.path.join(self.programs, program), *arguments]
        done = subprocess.run(command, cwd="/", stdin=subprocess.DEVNULL, capture_output=True,
                              text=True)
        if done.returncode:
            sys.exit(f"{program} fails:\n{done.stdout}{done.stderr}")
        return done

    def psql(self, database, sql):
        return self.run("psql", "--host", self.folder, "--username", "tsa", "--dbname", database,
                        "--no-psqlrc", "--tuples-only", "--no-align", "--command", sql).stdout

    def database(self, name):
        self.psql("postgres", f"CREATE DATABASE {name}")
        return f"postgres:///{name}?host={self.folder}&user=tsa"

    def tokens(self):
        return int(self.psql("ledger", "SELECT leaf FROM head"))

    def batches(self, first):
        """How many transactions issued the tokens from this one on."""
        sql = f"SELECT count(DISTINCT xmin::text) FROM token WHERE leaf >= {first}"
        return int(self.psql("ledger", sql))

    def cpu_seconds(self):
        """Of all processes of the server, those that have ended too."""
        children = subprocess.run(["pgrep", "--parent", str(self.postmaster)],
                                  capture_output=True, text=True).stdout.split()
        used = 0.0
        for pid in [self.postmaster, *map(int, children)]:
            try:
                used += cpu_seconds(pid)
            except OSError:
                pass
        with open(f"/proc/{self.postmaster}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return used + (int(fields[13]) + int(fields[14])) / TICKS

    def stop(self):
        self.run("pg_ctl", "stop", "--pgdata", self.data, "--mode", "immediate")


if __name__ == "__main__":
    main()
