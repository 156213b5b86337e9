#!/usr/bin/env python3
"""Kills servers at random moments while clients ask, and verifies the log of decisions after each kill.

Each server goes on with the log of the one before. While clients ask, it is told now and then to go on in a new file
and to load its rules anew. After the kill, `pbb audit verify` must find the log whole, with the last checksum of the
time before in it, and every answer that reached a client must be in it, and right.

    python3 tests/faults/kill_servers.py build/release/pbb --kills 100
"""

import http.client
import json
import random
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import tiny_server  # noqa: E402
from campaign import Finding, exit_status, parser_of  # noqa: E402

CLIENTS = 4


def log_files(log):
    return [*sorted(log.parent.glob(log.name + ".[0-9]*")), *([log] if log.exists() else [])]


class Campaign:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.chance = random.Random(options.seed)
        self.log = folder / "decisions.jsonl"
        self.model = tiny_server.learn(options.pbb, folder)
        self.given, self.wrong = set(), []
        self.checksum = ""
        self.counts = {"before it listened": 0, "new files asked for": 0, "rules loaded anew": 0}

    def ask(self, server, first):
        """One client, until the server is gone."""
        number = first
        try:
            while True:
                rule, arguments, right = tiny_server.question(number)
                status, body = server.request("POST", f"/v1/rules/{rule}/ask", {"arguments": arguments})
                if status != 200 or body["answer"].get("value") != right:
                    self.wrong.append((rule, arguments, status, body))
                else:
                    self.given.add(body["decision_id"])
                number += CLIENTS
        except (OSError, http.client.HTTPException):
            return

    def one_kill(self):
        server = tiny_server.Server(self.options.pbb, self.model, "--audit", str(self.log), "--audit-megabytes", "1")
        clients = []
        if self.chance.random() < 0.15:  # while it starts
            time.sleep(self.chance.uniform(0, 0.3))
            self.counts["before it listened"] += 1
        else:
            if not server.started():
                raise Finding("a server did not start on the log that the one before left")
            start = self.chance.randrange(1000)
            clients = [threading.Thread(target=self.ask, args=(server, start + c)) for c in range(CLIENTS)]
            for client in clients:
                client.start()
            end = time.monotonic() + self.chance.uniform(0, self.options.seconds)
            while time.monotonic() < end:
                time.sleep(min(self.chance.uniform(0, 0.3), max(0, end - time.monotonic())))
                kind, name = self.chance.choice([(signal.SIGUSR1, "new files asked for"),
                                                 (signal.SIGHUP, "rules loaded anew")])  # fmt: skip
                server.process.send_signal(kind)
                self.counts[name] += 1
        server.kill()
        for client in clients:
            client.join()
        self.verify()

    def verify(self):
        if not log_files(self.log):
            return
        command = [self.options.pbb, "audit", "verify", str(self.log)]
        if self.checksum:
            command += ["--holds", self.checksum]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode != 0:
            raise Finding(result.stdout + result.stderr)
        self.checksum = re.search(r"last checksum: (\w+)", result.stdout)[1].replace("0" * 64, "")
        kept = set()
        for file in log_files(self.log):
            for line in file.read_text().split("\n"):
                if line.endswith("}"):
                    kept.add(json.loads(line).get("decision_id"))
        if self.given - kept:
            raise Finding(f"{len(self.given - kept)} answers were given that the log does not have")
        if self.wrong:
            raise Finding(f"wrong or refused: {self.wrong[:3]}")

    def carry_out(self):
        start = time.monotonic()
        for number in range(1, self.options.kills + 1):
            try:
                self.one_kill()
            except Finding as finding:
                print(f"kill {number}, seed {self.options.seed}: {finding}\nleft in {self.folder}", file=sys.stderr)
                return False
            if not self.options.quiet and number % 10 == 0:
                print(f"{number} kills", file=sys.stderr, flush=True)
        others = ", ".join(f"{count} {name}" for name, count in self.counts.items())
        print(f"{self.options.kills} kills in {time.monotonic() - start:.0f} s ({others}): {len(self.given)} answers "
              f"were given, each right and in the log, which is whole, in {len(log_files(self.log))} files")  # fmt: skip
        return True


def main():
    parser = parser_of(__doc__, kills=100)
    parser.add_argument("--seconds", type=float, default=2, help="that a server lives, at most, once it listens")
    return exit_status(Campaign, parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
