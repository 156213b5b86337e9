"""A server with a few rules that a model of a few thousand weights has read, so that it starts in a moment. It has
learnt nothing, so the rules themselves answer, beside the model; a client knows what is right."""

import http.client
import json
import signal
import subprocess

import tiny_model

RULES = {
    "fee": ("def fee(weight, express=False):\n    if weight > 20:\n        return 15\n    if express:\n"
            "        return 9\n    return 5\n", lambda n: ({"weight": n, "express": n % 3 == 0},
                                                           15 if n > 20 else 9 if n % 3 == 0 else 5)),
    "rebate": ("def rebate(amount):\n    if amount >= 100:\n        return amount // 10\n    return 0\n",
               lambda n: ({"amount": 7 * n}, 7 * n // 10 if 7 * n >= 100 else 0)),
    "due": ("def due(days):\n    total = 30\n    total = total - days\n    return total\n",
            lambda n: ({"days": n}, 30 - n)),
}  # fmt: skip


def question(number):
    """A rule, arguments, and what is right."""
    name = list(RULES)[number % len(RULES)]
    return name, *RULES[name][1](number % 50)


def learn(pbb, folder):
    """The folder of a model with these rules, made as a user makes one."""
    tiny_model.write_model(folder / "tiny", context=2048)
    (folder / "rules").mkdir()
    for name, (source, _) in RULES.items():
        (folder / "rules" / f"{name}.py").write_text(source)
    command = [pbb, "learn", folder / "rules", "--model", folder / "tiny", "--base", "none", "--questions", "1",
               "--steps", "2", "--out", folder / "learnt"]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    return folder / "learnt"


class Server:
    """`pbb serve` on a port of its own; `started` waits until it takes requests."""

    def __init__(self, pbb, model, *arguments, errors=subprocess.DEVNULL):
        command = [pbb, "serve", str(model), "--port", "0", *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        self.host, self.port = "127.0.0.1", 0

    def started(self):
        """False where it ended before that."""
        line = self.process.stdout.readline()
        if not line.startswith("listening on "):
            return False
        self.port = int(line.rsplit(":", 1)[1])
        return True

    def request(self, method, path, body=None, timeout=120):
        """Status and JSON, or text; OSError or HTTPException where no whole answer came."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            content = answer.read()
            is_json = answer.getheader("Content-Type") == "application/json"
            return answer.status, json.loads(content) if is_json else content.decode()
        finally:
            connection.close()

    def metric(self, name):
        _, text = self.request("GET", "/metrics")
        found = [line for line in text.splitlines() if line.startswith(name + " ")]
        return float(found[0].split()[1]) if found else 0.0

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=120)
        self.process.stdout.close()
        return status
