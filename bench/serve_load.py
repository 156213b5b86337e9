#!/usr/bin/env python3
"""Many clients at once ask `pbb serve` about rules, and some of them break off: how many answers are wrong or lost, how
long they take, and whether the server's memory grows.

    python3 bench/serve_load.py my-model --clients 64 --minutes 10      a folder that pbb learn made
    python3 bench/serve_load.py --minutes 2                             a model of a few thousand weights (what the
                                                                        server itself costs)

Questions are those that the rules' certificates ask, with numbers in them moved a little; what is right is what the
rule's source gives here, in Python. One client in ten, on average, closes its connection within a second of asking. An
answer is wrong when it differs; lost when a client that waited got none, or an error. A busy server (503 with
Retry-After) is asked again. Each answer must be in the log of decisions once, which must verify.
"""

import argparse
import ast
import collections
import http.client
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from common import ROOT, processor

sys.path.insert(0, str(ROOT / "tests" / "faults"))
import tiny_server  # noqa: E402


class Rule:
    """A rule as the server tells of it, and what it gives."""

    def __init__(self, told):
        self.name, names = told["name"], {}
        self.parameters = [parameter["name"] for parameter in told["parameters"]]
        exec(told["source"], names)  # noqa: S102: of the user's own rules
        self.function = names[self.name]
        calls = [ast.parse(one["call"], mode="eval").body for one in told["certificate"]["questions"]]
        self.calls = [[ast.literal_eval(argument) for argument in call.args] for call in calls if not call.keywords]

    def question(self, chance):
        values = [self.moved(value, chance) for value in chance.choice(self.calls)]
        try:
            right = repr(self.function(*values))
        except Exception as error:  # noqa: BLE001: an outcome like any other
            right = f"raises {type(error).__name__}"
        arguments = {name: {"$python": repr(value)} for name, value in zip(self.parameters, values)}
        return f"/v1/rules/{self.name}/ask", arguments, right

    @staticmethod
    def moved(value, chance):
        return value + chance.choice([-1, 0, 0, 1, 2]) if type(value) is int else value


class Load:
    def __init__(self, server, rules, options):
        self.server, self.rules, self.options = server, rules, options
        self.lock, self.ends = threading.Lock(), time.monotonic() + 60 * options.minutes
        self.counts, self.times, self.findings = collections.Counter(), [], []
        self.given = set()

    def client(self, number):
        chance = random.Random(self.options.seed * 1000 + number)
        while time.monotonic() < self.ends:
            question = chance.choice(self.rules).question(chance)
            if chance.random() < self.options.broken:
                self.break_off(question, chance)
            else:
                self.ask(*question, chance)

    def ask(self, path, arguments, right, chance):
        start = time.monotonic()
        while True:
            try:
                status, body = self.server.request("POST", path, {"arguments": arguments}, timeout=300)
            except (OSError, http.client.HTTPException) as error:
                return self.note("lost", f"{path} {arguments}: {error!r}")
            if status != 503:
                break
            with self.lock:
                self.counts["told to wait"] += 1
            time.sleep(chance.uniform(0.2, 1))
        if status != 200:
            return self.note("lost", f"{path} {arguments}: {status} {body}")
        if body["answer"]["text"] != right:
            return self.note("wrong", f"{path} {arguments}: {body['answer']['text']}, not {right}")
        with self.lock:
            self.counts["right"] += 1
            self.counts["by the model"] += body["answered_by"] == "model"
            self.times.append(time.monotonic() - start)
            self.given.add(body["decision_id"])

    def break_off(self, question, chance):
        path, arguments, _ = question
        body = json.dumps({"arguments": arguments})
        with socket.create_connection((self.server.host, self.server.port), timeout=60) as connection:
            connection.sendall(f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                               f"Content-Length: {len(body)}\r\n\r\n{body}".encode())  # fmt: skip
            time.sleep(chance.uniform(0, 1))
        with self.lock:
            self.counts["broken off"] += 1

    def note(self, kind, what):
        with self.lock:
            self.counts[kind] += 1
            self.findings.append(f"{kind}: {what}")

    def carry_out(self):
        """The server's memory in MB, every five seconds."""
        clients = [threading.Thread(target=self.client, args=(i,)) for i in range(self.options.clients)]
        for client in clients:
            client.start()
        memory = []
        while time.monotonic() < self.ends:
            time.sleep(min(5, max(0.1, self.ends - time.monotonic())))
            memory.append(self.server.metric("pbb_resident_memory_bytes") / 1e6)
        for client in clients:
            client.join()
        return memory


def check_log(pbb, log, given):
    """What is wrong with it; empty: nothing."""
    verified = subprocess.run([pbb, "audit", "verify", log], capture_output=True, text=True)
    if verified.returncode != 0:
        return [verified.stderr]
    kept = collections.Counter(json.loads(line).get("decision_id") for line in Path(log).read_text().splitlines())
    return [f"in the log {kept[one]} times: {one}" for one in given if kept[one] != 1]


def report(load, memory, decode):
    times = sorted(load.times)
    points = {f"p{share}": times[min(len(times) - 1, len(times) * share // 100)] for share in (50, 99)} if times else {}
    quarter = len(memory) // 4
    counts = {name: load.counts[name] for name in
              ("right", "wrong", "lost", "broken off", "told to wait", "by the model")}  # fmt: skip
    print(processor())
    print(f"{load.options.clients} clients, {load.options.minutes:g} minutes: "
          + ", ".join(f"{count} {name}" for name, count in counts.items()))  # fmt: skip
    print(", ".join(f"{name} {seconds:.3f} s" for name, seconds in points.items())
          + f", {len(times) / 60 / load.options.minutes:.1f} answers a second, {decode:.0f} tokens a second")  # fmt: skip
    print(f"memory: {statistics.mean(memory[quarter: 2 * quarter] or memory):.1f} MB in the second quarter, "
          f"{statistics.mean(memory[-quarter:] or memory):.1f} MB in the last")  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", help="default: one of a few thousand weights, made for this")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--broken", type=float, default=0.1, help="share of questions that are broken off")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pbb", type=os.path.abspath, default=ROOT / "build" / "release" / "pbb")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pbb-load-") as folder:
        model = options.model or tiny_server.learn(options.pbb, Path(folder))
        log = Path(folder) / "decisions.jsonl"
        server = tiny_server.Server(options.pbb, model, "--audit", str(log), "--max-requests", "128", errors=None)
        if not server.started():
            sys.exit("the server did not start")
        names = [rule["name"] for rule in server.request("GET", "/v1/rules")[1]["data"]]
        rules = [Rule(server.request("GET", f"/v1/rules/{name}")[1]) for name in names]
        load = Load(server, [rule for rule in rules if rule.calls], options)
        memory = load.carry_out()
        decode = server.metric("pbb_generated_tokens_total") / 60 / options.minutes
        if server.stop() != 0:
            load.findings.append("the server did not end with 0")
        load.findings += check_log(options.pbb, log, load.given)
        report(load, memory, decode)
    for finding in load.findings[:10]:
        print(finding, file=sys.stderr)
    return 1 if load.findings else 0


if __name__ == "__main__":
    sys.exit(main())
