"""How many tokens the server makes in a second of its processor time, beside what HTTP and the
signature alone would allow.

In turns, on one core: the release server and the bare HTTP server (tsa-bench-echo), driven by wrk
from the other core, and bare signatures (tsa-bench-sign). What counts is the processor time of the
process measured, not the time on the wall: the client shares the machine. Rows of JSON go to
standard output, one for each count of connections.
"""

import argparse
import http.client
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
REPLY = "application/timestamp-reply"
QUERY = "application/timestamp-query"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--programs", required=True, help="folder of the release programs")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=int, default=1)
    parser.add_argument("--connections", default="1,8,64,256")
    parser.add_argument("--open-loop", action="store_true",
                        help="then send at half the rate of the last count, whatever comes back")
    parser.add_argument("--ledger", action="store_true",
                        help="every token is paid for and recorded on the disk before it leaves")
    arguments = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        sys.exit("two cores are needed: one for the server, one for its client")
    # The first core is the one that most interrupts go to.
    bench = Bench(arguments, client_core=cores[0], server_core=cores[-1])
    try:
        bench.start()
        bench.must_stamp("before the rounds")
        for connections in map(int, arguments.connections.split(",")):
            row = bench.row(connections)
            if arguments.open_loop:
                row["open_loop"] = bench.open_loop(connections, row["wall_rate"] / 2)
            print(json.dumps(row), flush=True)
        bench.must_stamp("after the rounds")
    finally:
        bench.stop()


class Bench:
    # Seconds for the server to start.
    patience = 60

    def __init__(self, arguments, client_core, server_core):
        self.programs = arguments.programs
        self.rounds = arguments.rounds
        self.seconds = arguments.seconds
        self.ledger = arguments.ledger
        self.client_core = client_core
        self.server_core = server_core
        self.folder = tempfile.mkdtemp(prefix="tsa-bench-")
        self.children = []
        os.sched_setaffinity(0, {client_core})
        self.awake = keep_awake()

    def start(self):
        """The three programs, and the request that wrk varies."""
        data = self.path("tsa-data")
        self.log = self.path("log")
        port = free_port()
        self.prepare(data)
        with open(self.log, "wb") as log:
            self.server = self.spawn(
                ["tsa-server", "serve", "--data", data, "--listen", f"127.0.0.1:{port}",
                 *self.location()],
                stdout=subprocess.DEVNULL, stderr=log)
        self.server_url = f"http://127.0.0.1:{port}/"
        self.root = os.path.join(data, "root.pem")
        self.wait_until_ready()
        if self.ledger:
            self.fill_account(data)
        self.runs = 0

        self.message = os.path.join(HERE, "stamp.lua")
        self.query = self.path("request.tsq")
        openssl("ts", "-query", "-data", self.message, "-sha256", "-cert", "-no_nonce",
                "-out", self.query)
        with open(self.query, "rb") as file:
            self.request = with_nonce(file.read())
        with open(self.query, "wb") as file:
            file.write(self.request)
        reply, self.header_bytes = self.post(self.server_url)
        self.reply_bytes = len(reply)
        answer = self.path("answer")
        with open(answer, "wb") as file:
            file.write(reply)
        self.echo = self.spawn(["tsa-bench-echo", answer, REPLY], stdout=subprocess.PIPE)
        self.echo_url = f"http://127.0.0.1:{int(self.echo.stdout.readline())}/"
        self.sign = self.spawn(
            ["tsa-bench-sign"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.signatures(1000)

    def row(self, connections):
        tokens, echoes, signatures, ratios, p50, p99, requests = [], [], [], [], [], [], 0
        bounds, wall = [], []
        for turn in range(self.rounds):
            order = ["token", "echo", "sign"]
            if turn % 2:
                order.reverse()
            rate = {}
            for side in order:
                if side == "sign":
                    rate[side] = self.signatures(10000)
                elif side == "echo":
                    rate[side] = self.drive(self.echo, self.echo_url, connections).rate
                else:
                    run = self.drive(self.server, self.server_url, connections)
                    rate[side] = run.rate
                    p50.append(run.p50)
                    p99.append(run.p99)
                    requests += run.requests
                    wall.append(run.requests / self.seconds)
                    self.must_be_tokens(run)
            bound = 1 / (1 / rate["echo"] + 1 / rate["sign"])
            tokens.append(rate["token"])
            echoes.append(rate["echo"])
            signatures.append(rate["sign"])
            bounds.append(bound)
            ratios.append(rate["token"] / bound)
        median = statistics.median
        return {
            "row": "server", "connections": connections, "rounds": self.rounds,
            "awake": self.awake is not None, "requests": requests, "reply_bytes": self.reply_bytes,
            "tokens": median(tokens), "echoes": median(echoes), "signatures": median(signatures),
            "bound": median(bounds),
            "ratio": {"median": median(ratios), "least": min(ratios), "greatest": max(ratios)},
            "p50_us": median(p50), "p99_us": median(p99), "wall_rate": median(wall),
        }

    def drive(self, process, url, connections):
        """One round of wrk; the rate is per second of the processor time of `process`."""
        query = self.fresh_query()
        before = cpu_seconds(process.pid)
        done = subprocess.run(
            ["wrk", "--threads", "1", "--connections", str(connections),
             "--duration", f"{self.seconds}s", "--timeout", "10s",
             "--script", os.path.join(HERE, "stamp.lua"), url],
            env={**os.environ, "STAMP_REQUEST": query,
                 "STAMP_NONCE": str(self.request.index(NONCE) + len(NONCE) - 3)},
            capture_output=True, text=True, check=True)
        # What was under way when wrk stopped is answered, or thrown away, by now.
        time.sleep(0.05)
        used = cpu_seconds(process.pid) - before
        figures = [line for line in done.stdout.splitlines() if line.startswith("figures ")]
        if not figures:
            sys.exit("wrk gives no figures:\n" + done.stdout + done.stderr)
        return Run(*map(int, figures[0].split()[1:]), used)

    def fresh_query(self):
        """The request with another upper half of the nonce: a repeated one would cost nothing."""
        self.runs += 1
        place = self.request.index(NONCE) + 1
        fresh = self.runs.to_bytes(3, "big")
        path = self.path("wrk.tsq")
        with open(path, "wb") as file:
            file.write(self.request[:place] + fresh + self.request[place + 3:])
        return path

    def open_loop(self, connections, rate):
        """Requests at a fixed rate, whatever comes back, for ten rounds' time."""
        done = subprocess.run(
            [os.path.join(self.programs, "tsa-bench-load"), self.server_url.split(":")[-1][:-1],
             self.fresh_query(), str(self.request.index(NONCE) + len(NONCE) - 4),
             str(connections), str(rate), str(10 * self.seconds)],
            capture_output=True, text=True, check=True)
        requests, p50, p99 = map(int, done.stdout.split())
        return {"rate": rate, "requests": requests, "p50_us": p50, "p99_us": p99}

    def prepare(self, data):
        """What a first start makes; unless asked for, without the ledger."""
        program = os.path.join(self.programs, "tsa-server")
        subprocess.run([program, "init", "--data", data], stdout=subprocess.DEVNULL, check=True)
        if not self.ledger:
            path = os.path.join(data, "tsa.toml")
            with open(path, encoding="utf-8") as file:
                words = file.read()
            with open(path, "w", encoding="utf-8") as file:
                file.write(words.replace("\nunmetered = false\n", "\nunmetered = true\n"))

    def fill_account(self, data):
        """More credits than the rounds can spend for the account that pays."""
        program = os.path.join(self.programs, "tsa-server")
        subprocess.run([program, "account", "grant", "demo", "1000000000", "--data", data,
                        *self.location()], stdout=subprocess.DEVNULL, check=True)

    def location(self):
        """Where the ledger is, when it is not in the data folder."""
        return []

    def signatures(self, count):
        """Bare signatures in a second of processor time."""
        before = cpu_seconds(self.sign.pid)
        self.sign.stdin.write(f"{count}\n".encode())
        self.sign.stdin.flush()
        self.sign.stdout.readline()
        return count / (cpu_seconds(self.sign.pid) - before)

    def must_be_tokens(self, run):
        """A rejection is a 200 too, but short: signatures vary by a few bytes, nothing else."""
        if run.status_errors or run.socket_errors:
            sys.exit(f"wrk saw {run.status_errors} answers that were no 200 and "
                     f"{run.socket_errors} broken connections")
        each = run.bytes / run.requests
        expected = self.reply_bytes + self.header_bytes
        if abs(each - expected) > 8:
            sys.exit(f"answers have {each:.0f} bytes on average, one with a token {expected}")

    def must_stamp(self, when):
        """OpenSSL takes tokens of the server, and those of the echo are what it was given."""
        for url in (self.server_url, self.echo_url):
            reply, _ = self.post(url)
            path = self.path("reply.tsr")
            with open(path, "wb") as file:
                file.write(reply)
            verified = openssl("ts", "-verify", "-queryfile", self.query, "-in", path,
                               "-CAfile", self.root, check=False)
            if verified.returncode != 0:
                sys.exit(f"{when}: openssl refuses a token of {url}:\n{verified.stderr}")

    def post(self, url):
        """The answer's body, and the length of what stands before it."""
        # On a connection that stays open, as wrk's do: the header says otherwise if not.
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc)
        connection.request("POST", "/", self.request, {"Content-Type": QUERY})
        answer = connection.getresponse()
        header = sum(len(f"{name}: {value}\r\n") for name, value in answer.getheaders())
        body = answer.read()
        connection.close()
        return body, len("HTTP/1.1 200 OK\r\n\r\n") + header

    def wait_until_ready(self):
        self.wait_for(self.server, self.server_url)

    def wait_for(self, process, url):
        deadline = time.monotonic() + self.patience
        while True:
            try:
                with urllib.request.urlopen(url + "healthz"):
                    return
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    with open(self.log, errors="replace") as log:
                        sys.exit("the server does not start:\n" + log.read())
                time.sleep(0.01)

    def spawn(self, command, **pipes):
        """A program on the server's core; the rest of this process tree is on the client's."""
        program = os.path.join(self.programs, command[0])
        environment = {name: value for name, value in os.environ.items()
                       if name != "RUST_LOG" and not name.startswith("TSA_")}
        child = subprocess.Popen(
            ["taskset", "--cpu-list", str(self.server_core), program, *command[1:]],
            env=environment, **pipes)
        self.children.append(child)
        return child

    def path(self, name):
        return os.path.join(self.folder, name)

    def stop(self):
        for child in self.children:
            child.send_signal(signal.SIGKILL)
            child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Run:
    def __init__(self, requests, size, status_errors, socket_errors, p50, p99, used):
        self.requests = requests
        self.bytes = size
        self.status_errors = status_errors
        self.socket_errors = socket_errors
        self.p50 = p50
        self.p99 = p99
        self.rate = requests / used


# Any nonce that DER takes: wrk replaces the last four bytes.
NONCE = bytes.fromhex("5172334455667788")


def with_nonce(request):
    """A request without nonce, with one: behind the imprint, before certReq TRUE, at the end."""
    cert_req = b"\x01\x01\xff"
    if request[0] != 0x30 or request[1] >= 0x70 or not request.endswith(cert_req):
        sys.exit("the request of openssl is not as expected")
    fields = request[2:-3] + b"\x02" + bytes([len(NONCE)]) + NONCE + cert_req
    return b"\x30" + bytes([len(fields)]) + fields


def cpu_seconds(pid):
    """Processor time of all threads so far, in user and kernel mode."""
    nanos = 0
    folder = f"/proc/{pid}/task"
    for thread in os.listdir(folder):
        with open(f"{folder}/{thread}/schedstat") as stat:
            nanos += int(stat.read().split()[0])
    return nanos / 1e9


def keep_awake():
    """Asks that idle cores poll instead of sleeping, for as long as the file is open.

    A server that is busy answers a client that waits. In a virtual machine waking the client's
    sleeping core takes the server's core longer than all its work on HTTP, while the bare server,
    which keeps its client busy, never pays that. `None` where it is not allowed.
    """
    try:
        file = open("/dev/cpu_dma_latency", "wb", buffering=0)
        file.write(b"\0\0\0\0")
        return file
    except OSError:
        return None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def openssl(*arguments, check=True):
    return subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=check)


if __name__ == "__main__":
    main()
