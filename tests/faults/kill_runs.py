#!/usr/bin/env python3
"""Kills runs of pbb at random moments, resumes them, and compares what they end with.

A reference run is never stopped. Every other run of the same recipe is started, killed with signal 9 at a random
moment, resumed, killed again ..., until it ends by itself. After every kill, what lies in the run's folder must be
whole or be of no effect, and a checkpoint of every step that should have one must be there; no process may be left.
At the end, every byte but those of times must equal the reference's.

    python3 tests/faults/kill_runs.py build/release/pbb --kills 1000
"""

import collections
import ctypes
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import tiny_model  # noqa: E402
from campaign import Finding, exit_status, parser_of  # noqa: E402

MAX_KILLS_OF_ONE_RUN = 8
LANDMARKS = [
    "corpus", "run.json", "stages/1/metrics.jsonl", "stages/1/checkpoint", "stages/1/result.json",
    "stages/2/metrics.jsonl", "stages/2/checkpoint", "stages/2/result.json", "eval/untrained.jsonl",
    "eval/trained.jsonl", "summary.json",
]  # fmt: skip
TIMES = {
    "seconds", "tokens_per_second", "sampled_tokens_per_second", "started", "finished", "timings",
    "peak_memory_bytes",
}  # fmt: skip
# Of run.json: noted when a part is done, the rest when a sitting begins.
RESULTS = {"stages", "exposures", "counts", "arms", "timings"}


def without_times(value):
    if isinstance(value, dict):
        return {key: without_times(inner) for key, inner in value.items() if key not in TIMES}
    return [without_times(inner) for inner in value] if isinstance(value, list) else value


def record_of(path):
    """What run.json says, wherever the run lies, and in however many sittings it was made."""
    record = without_times(json.loads(re.sub(r"--out \S+?( --resume)?\"", '--out RUN"', path.read_text())))
    sittings = record.pop("sittings")
    if any(sitting != sittings[0] for sitting in sittings):
        raise Finding(f"{path}: sittings on one machine, of one command, differ")
    return record | {"sitting": sittings[0]}


def check_sittings(run, before):
    """Sittings are added and never changed; returns those of now."""
    path = run / "run.json"
    now = json.loads(path.read_text())["sittings"] if path.exists() else []
    if now[: len(before)] != before:
        raise Finding(f"{path}: a sitting that was noted has changed")
    return now


def comparable(path):
    """What of a file must be equal in every run; None where nothing but its presence."""
    if path.name in ("timings.json", "report.html", ".lock"):
        return None
    if path.name == "state.json":
        return without_times(json.loads(path.read_text())["state"])
    if path.name == "run.json":
        return record_of(path)
    if path.name == "result.json":
        return without_times(json.loads(path.read_text()))
    if path.name == "metrics.jsonl":
        return [without_times(json.loads(line)) for line in path.read_text().splitlines()]
    return path.read_bytes()


def contents(folder):
    return {str(path.relative_to(folder)): comparable(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def require_equal(name, found, expected):
    if found != expected:
        raise Finding(f"{name} differs from the reference's")


def whole_metrics(path):
    """The lines of metrics.jsonl but for a last one that was cut short."""
    text = path.read_text() if path.exists() else ""
    return [without_times(json.loads(line)) for line in text.split("\n")[:-1]]


def check_checkpoint(stage, reference):
    """A checkpoint is whole, and of the last step that should have one."""
    checkpoint = stage / "checkpoint"
    metrics = whole_metrics(stage / "metrics.jsonl")
    require_equal(f"{stage}/metrics.jsonl", metrics, reference[f"stages/{stage.name}/metrics.jsonl"][: len(metrics)])
    saved = 0
    if checkpoint.exists():
        file = json.loads((checkpoint / "state.json").read_text())
        for name, array in file["state"]["files"].items():
            data = (checkpoint / name).read_bytes()
            if len(data) != array["bytes"] or zlib.crc32(data) != array["crc32"]:
                raise Finding(f"{checkpoint / name} is not what state.json says")
        saved = file["state"]["step"]
    due = max(0, len(metrics) - 1) // tiny_model.CHECKPOINT_EVERY * tiny_model.CHECKPOINT_EVERY
    if saved < due:
        raise Finding(f"{stage}: step {len(metrics)} was done, but the checkpoint is of step {saved}, not {due}")


def check_killed(run, reference):
    """Whatever lies under its own name is whole."""
    for path in run.rglob("*"):
        relative = path.relative_to(run)
        if any(".partial-" in part or ".previous" in part for part in relative.parts) or not path.is_file():
            continue
        if relative.parts[0] == "stages" and path.name != "result.json":
            continue
        if path.name == "run.json":
            known, expected = record_of(path), reference["run.json"]
            for key in known.keys() - RESULTS:
                require_equal(f"{path}: {key}", known[key], expected.get(key))
        elif path.name != ".lock":
            require_equal(path, comparable(path), reference.get(str(relative), b"absent"))
    for stage in (run / "stages").glob("*"):
        check_checkpoint(stage, reference)
    corpus = {name for name in reference if name.startswith("corpus/")}
    if (run / "corpus").exists() and any(not (run / name).exists() for name in corpus):
        raise Finding(f"{run}/corpus is not whole")


def phase_of(run):
    """What a run that was killed was doing, by what it left."""
    if not (run / "corpus").exists():
        return "corpus"
    for stage in ("1", "2"):
        folder = run / "stages" / stage
        if not (folder / "result.json").exists():
            writing = list(folder.glob(".checkpoint.*"))
            return "writing a checkpoint" if writing else f"stage {stage}"
    return "report" if (run / "eval" / "trained.jsonl").exists() else "evaluation"


class Campaign:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.chance = random.Random(options.seed)
        self.kills, self.whole_runs = 0, 0
        self.phases = collections.Counter()
        tiny_model.write_model(folder / "model")
        tiny_model.write_recipe(folder / "tiny.toml", folder / "model", options.compute)
        self.environment = {**os.environ, "OMP_NUM_THREADS": str(options.threads)}
        # Whatever outlives the process that started it becomes a child of ours, where it can be seen.
        ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER

    def start(self, run):
        command = [self.options.pbb, "run", str(self.folder / "tiny.toml"), "--out", str(run), "--quiet"]
        if (run / ".lock").exists():  # else there is nothing to go on with, and --resume is refused
            command.append("--resume")
        with open(self.folder / "stdout", "wb") as out, open(self.folder / "stderr", "wb") as err:
            return subprocess.Popen(command, stdout=out, stderr=err, env=self.environment)

    def headline(self):
        return [line for line in (self.folder / "stdout").read_text().splitlines() if not line.startswith("report:")]

    def finish(self, process):
        if process.wait(timeout=120) != 0:
            raise Finding(f"exit code {process.returncode}: {(self.folder / 'stderr').read_text()}")

    def reference(self):
        start = time.monotonic()
        self.finish(self.start(self.folder / "reference"))
        self.length = time.monotonic() - start
        self.expected, self.expected_headline = contents(self.folder / "reference"), self.headline()

    def wait_until_alone(self):
        """Reaps what the killed process had started; all of it must end by itself."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                if os.waitpid(-1, os.WNOHANG)[0] == 0:
                    time.sleep(0.002)
            except ChildProcessError:
                return
        raise Finding("a process that the killed run had started is still there")

    def sleep_to_a_random_moment(self, process, run):
        """Half of the moments are spread over a whole run; half come soon after a file that is still to be written, or
        parts that are short would seldom be met."""
        limit = self.chance.uniform(0, self.length)
        to_come = [run / name for name in LANDMARKS if not (run / name).exists()]
        if to_come and self.chance.random() < 0.5:
            landmark = self.chance.choice(to_come)
            while process.poll() is None and not landmark.exists():
                time.sleep(0.001)
            limit *= 0.15
        process.wait(timeout=limit)

    def killed(self, run):
        """Starts or resumes the run; whether it was killed before it ended."""
        process = self.start(run)
        start = time.monotonic()
        try:
            self.sleep_to_a_random_moment(process, run)
            self.finish(process)
            # On a machine that others use too the first run may have been slow: no later than needed.
            self.length = 0.9 * self.length + 0.1 * (time.monotonic() - start)
            return False
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        ended_before = process.wait() == 0
        self.wait_until_alone()
        if ended_before:
            return False
        self.kills += 1
        self.phases[phase_of(run)] += 1
        check_killed(run, self.expected)
        self.sittings = check_sittings(run, self.sittings)
        return True

    def one_run(self, number):
        run = self.folder / f"run-{number}"
        self.sittings = []
        for _ in range(self.chance.randint(1, MAX_KILLS_OF_ONE_RUN)):
            if not self.killed(run):
                break
        else:
            self.finish(self.start(run))
        check_sittings(run, self.sittings)
        found = contents(run)
        for name in sorted(found.keys() | self.expected.keys()):
            require_equal(run / name, found.get(name, b"absent"), self.expected.get(name, b"absent"))
        require_equal("what pbb prints", self.headline(), self.expected_headline)
        self.whole_runs += 1
        subprocess.run(["rm", "-rf", run], check=True)

    def carry_out(self):
        start = time.monotonic()
        self.reference()
        number = 0
        while self.kills < self.options.kills:
            number += 1
            try:
                self.one_run(number)
            except Finding as finding:
                print(f"run {number}, seed {self.options.seed}: {finding}\nleft in {self.folder}", file=sys.stderr)
                return False
            if not self.options.quiet and number % 20 == 0:
                print(f"{self.kills} of {self.options.kills} kills", file=sys.stderr, flush=True)
        where = ", ".join(f"{name} {count}" for name, count in self.phases.most_common())
        print(f"{self.kills} kills of {self.whole_runs} runs in {time.monotonic() - start:.0f} s ({where}): "
              "every run ended with the bytes of the one that was not stopped")  # fmt: skip
        return True


def main():
    parser = parser_of(__doc__, kills=1000)
    parser.add_argument("--compute", choices=["f32", "bf16"], default="f32", help="the number format of the runs")
    parser.add_argument("--threads", type=int, default=1, help="OMP_NUM_THREADS of the runs")
    return exit_status(Campaign, parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
