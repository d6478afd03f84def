"""How many tokens the server makes with its key in SoftHSM2, beside bare signatures in that token.

In turns, on one core: the release server, driven by wrk from the other core; and a loop of bare
signatures (tsa-bench-hsm), while the bare HTTP server (tsa-bench-echo) answers as many requests a
second as the server has just made tokens. Rows of JSON go to standard output, one for each key.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys

import server

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
PIN = "648219"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--programs", required=True, help="folder of the release programs")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--sessions", type=int, default=4)
    parser.add_argument("--keys", default="p256,rsa3072")
    arguments = parser.parse_args()
    arguments.ledger = False
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        sys.exit("two cores are needed: one for the server, one for its client")
    for key_type in arguments.keys.split(","):
        bench = HsmBench(arguments, cores, key_type)
        try:
            bench.start()
            bench.must_stamp("before the rounds")
            print(json.dumps(bench.hsm_row(arguments.connections)), flush=True)
            bench.must_stamp("after the rounds")
        finally:
            bench.stop()


class HsmBench(server.Bench):
    def __init__(self, arguments, cores, key_type):
        super().__init__(arguments, client_core=cores[0], server_core=cores[-1])
        self.key_type = key_type
        self.sessions = arguments.sessions
        self.make_token()

    def make_token(self):
        os.mkdir(self.path("tokens"))
        with open(self.path("softhsm2.conf"), "w", encoding="utf-8") as file:
            file.write(f"directories.tokendir = {self.path('tokens')}\nlog.level = ERROR\n")
        os.environ["SOFTHSM2_CONF"] = self.path("softhsm2.conf")
        descriptor = os.open(self.path("pin"), os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(PIN)
        subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", "tsa",
                        "--so-pin", "12345678", "--pin", PIN],
                       stdout=subprocess.DEVNULL, check=True)

    def prepare(self, data):
        program = os.path.join(self.programs, "tsa-server")
        subprocess.run([program, "init", "--data", data, "--key-type", self.key_type,
                        "--pkcs11-module", MODULE, "--pkcs11-token", "tsa",
                        "--pkcs11-pin", f"file:{self.path('pin')}"],
                       stdout=subprocess.DEVNULL, check=True)
        path = os.path.join(data, "tsa.toml")
        with open(path, encoding="utf-8") as file:
            words = file.read()
        words = words.replace("\nunmetered = false\n", "\nunmetered = true\n")
        words = words.replace("\npkcs11.module",
                              f"\npkcs11.sessions_max = {self.sessions}\npkcs11.module", 1)
        with open(path, "w", encoding="utf-8") as file:
            file.write(words)

    def hsm_row(self, connections):
        bare = self.spawn(["tsa-bench-hsm", MODULE, "tsa", self.path("pin"), "tsa",
                           str(self.sessions)],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.signatures_in(bare, 200)
        tokens, signatures, ratios, p50 = [], [], [], []
        for _ in range(self.rounds):
            run = self.drive(self.server, self.server_url, connections)
            self.must_be_tokens(run)
            made = run.requests / self.seconds
            signed = self.beside_echo(bare, connections, made)
            tokens.append(made)
            signatures.append(signed)
            ratios.append(made / signed)
            p50.append(run.p50)
        median = statistics.median
        return {
            "row": "hsm", "key": self.key_type, "connections": connections,
            "rounds": self.rounds, "sessions": self.sessions,
            "tokens": median(tokens), "signatures": median(signatures), "p50_us": median(p50),
            "ratio": {"median": median(ratios), "least": min(ratios), "greatest": max(ratios)},
        }

    def beside_echo(self, bare, connections, rate):
        """Bare signatures in a second, while the bare server answers at this rate."""
        load = subprocess.Popen(
            [os.path.join(self.programs, "tsa-bench-load"), self.echo_url.split(":")[-1][:-1],
             self.fresh_query(), str(self.request.index(server.NONCE) + len(server.NONCE) - 4),
             str(connections), str(rate), str(self.seconds), "bare"],
            stdout=subprocess.PIPE, text=True)
        signed = self.signatures_in(bare, self.seconds * 1000)
        answered = int(load.communicate()[0].split()[0])
        if load.returncode != 0 or answered < 0.9 * rate * self.seconds:
            sys.exit(f"the bare server answered {answered} of {rate * self.seconds:.0f} requests")
        return signed / self.seconds

    @staticmethod
    def signatures_in(bare, millis):
        bare.stdin.write(f"{millis}\n".encode())
        bare.stdin.flush()
        return int(bare.stdout.readline())


if __name__ == "__main__":
    main()
