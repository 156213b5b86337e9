#!/usr/bin/env python3
"""What pbb says and keeps when the disk is full, a folder read-only, a file damaged or missing, a weight not finite, or
two runs want one folder. Every message names the file and gives a HINT; every run can be brought to its right end.

    python3 tests/faults/faults_test.py build/release/pbb
"""

import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import kill_runs  # noqa: E402
import tiny_model  # noqa: E402

# A mount of one's own, seen by nobody else, which needs no right but that of making a user namespace.
OWN_MOUNTS = ["unshare", "--user", "--map-root-user", "--mount", "bash", "-euc"]


def can_mount():
    test = 'mount -t tmpfs -o size=64k none "$1" && mount -o remount,size=128k "$1"'
    with tempfile.TemporaryDirectory() as folder:
        try:
            return subprocess.run([*OWN_MOUNTS, test, "-", folder], capture_output=True).returncode == 0
        except FileNotFoundError:
            return False


class FaultsTest(unittest.TestCase):
    program = None

    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="pbb-faults-"))
        tiny_model.write_model(cls.folder / "model")
        tiny_model.write_recipe(cls.folder / "tiny.toml", cls.folder / "model")
        cls.environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        cls.whole = cls.folder / "whole"
        cls.pbb("run", cls.folder / "tiny.toml", "--out", cls.whole, check=True)
        cls.expected = kill_runs.contents(cls.whole)
        # Killed in the middle of its second stage.
        cls.stopped = cls.folder / "stopped"
        process = cls.start("run", cls.folder / "tiny.toml", "--out", cls.stopped)
        while process.poll() is None and not (cls.stopped / "stages/2/checkpoint/second_moments.f32").exists():
            time.sleep(0.0005)
        process.kill()
        process.communicate()

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def start(cls, *arguments):
        command = [cls.program, *map(str, arguments), *(["--quiet"] if arguments[0] == "run" else [])]
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=cls.environment
        )

    @classmethod
    def pbb(cls, *arguments, check=False):
        process = cls.start(*arguments)
        out, err = process.communicate()
        if check and process.returncode != 0:
            raise AssertionError(err)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def resume(self, run):
        return self.pbb("run", self.folder / "tiny.toml", "--out", run, "--resume")

    def copy_of(self, run):
        copy = Path(tempfile.mkdtemp(dir=self.folder)) / "run"
        shutil.copytree(run, copy)
        return copy

    def assert_explained(self, outcome, code, *parts):
        self.assertEqual(outcome.returncode, code, outcome.stderr)
        self.assertNotIn("internal error", outcome.stderr)
        self.assertIn("HINT: ", outcome.stderr)
        for part in parts:
            self.assertIn(str(part), outcome.stderr)

    def assert_ends_as_whole(self, run):
        outcome = self.resume(run)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assert_is_whole(run)

    def assert_is_whole(self, run):
        found = kill_runs.contents(run)
        self.assertEqual(found.keys(), self.expected.keys())
        for name, value in self.expected.items():
            self.assertEqual(found[name], value, name)

    def test_two_runs_of_one_recipe_are_equal_but_for_times(self):
        run = self.folder / "again"
        self.pbb("run", self.folder / "tiny.toml", "--out", run, check=True)
        self.assert_is_whole(run)

    def test_a_damaged_checkpoint_is_refused_with_the_way_on(self):
        def flip(path):
            data = bytearray(path.read_bytes())
            data[len(data) // 2] ^= 1
            path.write_bytes(data)

        def cut(path):
            os.truncate(path, path.stat().st_size // 2)

        names = sorted(path.name for path in (self.stopped / "stages/2/checkpoint").iterdir())
        if "second_moments.f32" not in names:
            self.skipTest("the run had ended before it could be killed")
        self.assertEqual(len(names), 4)
        run = self.copy_of(self.stopped)
        stage = run / "stages/2"
        for name in names:
            whole = (stage / "checkpoint" / name).read_bytes()
            for damage in (flip, cut, os.remove):
                damage(stage / "checkpoint" / name)
                self.assert_explained(self.resume(run), 2, stage / "checkpoint" / name, f"rm -r {stage}", "--resume")
                (stage / "checkpoint" / name).write_bytes(whole)
        flip(stage / "checkpoint/weights.f32")
        shutil.rmtree(stage)  # as it says
        self.assert_ends_as_whole(run)

    def test_damaged_weights_of_a_stage_that_is_done_are_refused_with_the_way_on(self):
        run = self.copy_of(self.stopped)
        weights = run / "stages/1/checkpoint/weights.f32"
        os.truncate(weights, 100)
        self.assert_explained(self.resume(run), 2, weights, f"rm -r {run / 'stages/1'}")
        shutil.rmtree(run / "stages/1")  # as it says
        self.assert_ends_as_whole(run)

    def test_metrics_torn_in_their_last_line_are_mended(self):
        run = self.copy_of(self.stopped)
        with open(run / "stages/2/metrics.jsonl", "a") as metrics:
            metrics.write('{"step":9,"loss":1.0}\n{"step":10,"lo')
        self.assert_ends_as_whole(run)

    def test_answers_cut_short_are_refused_with_the_way_on(self):
        run = self.copy_of(self.whole)
        answers = run / "eval/trained.jsonl"
        os.truncate(answers, answers.stat().st_size - 30)
        self.assert_explained(self.pbb("report", run), 2, answers, f"rm {answers}")
        answers.unlink()  # as it says
        self.assert_ends_as_whole(run)

    def test_answers_that_lack_a_line_are_refused_with_the_way_on(self):
        run = self.copy_of(self.whole)
        answers = run / "eval/trained.jsonl"
        lines = answers.read_text().splitlines(keepends=True)
        for at in (len(lines) - 1, len(lines) // 2):  # cut at a line's end, and a hole
            answers.write_text("".join(lines[:at] + lines[at + 1 :]))
            last = f"{answers}:{len(lines) - 1}: the last answer of the file; expected {len(lines)}"
            for outcome in (self.resume(run), self.pbb("report", run)):
                self.assert_explained(outcome, 2, last, f"rm {answers}")
        answers.unlink()  # as it says
        self.assert_ends_as_whole(run)

    def test_metrics_that_lack_a_line_are_refused_with_the_way_on(self):
        for stage in ("1", "2"):  # done, with another after it; stopped in its middle
            run = self.copy_of(self.stopped)
            metrics = run / "stages" / stage / "metrics.jsonl"
            lines = metrics.read_text().splitlines(keepends=True)
            metrics.write_text("".join(lines[:1] + lines[2:]))
            self.assert_explained(self.resume(run), 2, f"{metrics}:2: ", f"rm {metrics}")
            metrics.unlink()  # as it says
            outcome = self.resume(run)
            self.assertEqual(outcome.returncode, 0, outcome.stderr)
            name = f"stages/{stage}/metrics.jsonl"
            found, expected = kill_runs.contents(run), dict(self.expected)
            for line, whole in zip(found.pop(name), expected.pop(name), strict=True):
                self.assertEqual(line, {key: whole[key] for key in line})
                self.assertLessEqual({"step", "loss", "learning_rate"}, line.keys())
            self.assertEqual(found, expected)

    def test_damaged_records_are_refused_by_name(self):
        for name in ("stages/1/result.json", "timings.json", "stages/2/metrics.jsonl", "corpus/corpus.json"):
            run = self.copy_of(self.whole)
            (run / "eval/trained.jsonl").unlink()
            whole = (run / name).read_bytes()
            for damage in ("{", "[1]\n", ""):
                if damage == "" and name.endswith(".jsonl"):
                    continue  # no line is no wrong line
                (run / name).write_text(damage)
                outcome = self.resume(run)
                self.assert_explained(outcome, 2, run / name)
            # What it advises leads to the whole run.
            if name == "corpus/corpus.json":
                self.assertIn("get it again", outcome.stderr)
                (run / name).write_bytes(whole)
            else:
                self.assertIn(f"rm {run / name}", outcome.stderr)
                (run / name).unlink()
            if name.endswith(".jsonl"):  # without what a checkpoint does not keep of a step
                self.assertEqual(self.resume(run).returncode, 0)
            else:
                self.assert_ends_as_whole(run)

    def model_with(self, name, token, value):
        """The tiny model, all of one token's embedding being `value`."""
        model = self.folder / name
        shutil.copytree(self.folder / "model", model)
        data = bytearray((model / "model.safetensors").read_bytes())
        row = 4 * tiny_model.WIDTH
        at = 8 + struct.unpack("<Q", data[:8])[0] + token * row  # the embedding comes first
        data[at : at + row] = struct.pack("<f", value) * tiny_model.WIDTH
        (model / "model.safetensors").write_bytes(data)
        return model

    def test_a_weight_that_is_not_finite_is_refused(self):
        model = self.model_with("poisoned", ord("e"), float("nan"))
        run = self.folder / "not-finite"
        self.assert_explained(self.pbb("run", self.folder / "tiny.toml", f"model={model}", "--out", run), 2, model)

    def test_a_first_step_that_is_not_finite_stops_with_the_batch_saved(self):
        model = self.model_with("enormous", ord("e"), 1e38)
        run = self.folder / "overflow"
        outcome = self.pbb("run", self.folder / "tiny.toml", f"model={model}", "--out", run)
        self.assert_explained(outcome, 1, "step 1: the loss is ", run / "stages/1/bad_batch.json", "begins with")
        self.assertTrue((run / "stages/1/bad_batch.json").exists())

    def test_training_that_diverges_stops_with_the_batch_saved_and_the_way_on(self):
        run = self.folder / "too-fast"
        recipe = ("run", self.folder / "tiny.toml", "--out", run)
        faster = ("stage.1.learning_rate=1", "stage.1.weight_decay=10", "stage.1.warmup_steps=0",
                  "stage.1.final_share=1", "stage.1.epochs=4")  # fmt: skip
        for attempt in ((*recipe, *faster), (*recipe, *faster, "--resume")):
            self.assert_explained(
                self.pbb(*attempt), 1, run / "stages/1/bad_batch.json", "lower learning_rate (now 1)", "--out"
            )
        saved = json.loads((run / "stages/1/checkpoint/state.json").read_text())["state"]["step"]
        bad = json.loads((run / "stages/1/bad_batch.json").read_text())
        self.assertEqual(saved, (bad["step"] - 1) // 3 * 3)
        self.assertTrue(bad["examples"])
        changed = self.pbb(*recipe, "--resume")
        self.assert_explained(changed, 2, "stage 1: learning_rate was 1.0, is 0.0005", "--out")

    def test_two_runs_at_once_into_one_folder_are_refused(self):
        run = self.folder / "shared"
        first = self.start("run", self.folder / "tiny.toml", "--out", run)
        while first.poll() is None and not (run / "recipe.toml").exists():
            time.sleep(0.0005)
        first.send_signal(signal.SIGSTOP)  # in the middle of its work for as long as we like
        try:
            for second in (("run", self.folder / "tiny.toml", "--out", run, "--resume"), ("report", run)):
                self.assert_explained(self.pbb(*second), 2, run, f"process {first.pid}")
        finally:
            first.send_signal(signal.SIGCONT)
            _, err = first.communicate()
        self.assertEqual(first.returncode, 0, err)
        self.assert_is_whole(run)

    @unittest.skipUnless(can_mount(), "no mounts of one's own here (unshare --user --mount)")
    def test_a_full_disk_costs_nothing_but_steps(self):
        disk = self.folder / "disk"
        disk.mkdir()
        script = """
            mount -t tmpfs -o size=$3 none "$1"
            code=0; "$2" run "$4" --out "$1/run" --quiet || code=$?
            if [ $code = 0 ]; then exit 10; fi
            if [ $code != 1 ]; then exit $code; fi
            mount -o remount,size=16m "$1"
            resume=--resume; [ -e "$1/run" ] || resume=  # what failed before its first step has left nothing
            "$2" run "$4" --out "$1/run" --quiet $resume
            cp -r "$1/run" "$5"
        """
        failures = 0
        for kilobytes in (16, 112, 208, 304, 400):
            to = self.folder / f"from-{kilobytes}"
            outcome = subprocess.run(
                [*OWN_MOUNTS, script, "-", disk, self.program, f"{kilobytes}k", self.folder / "tiny.toml", to],
                capture_output=True, text=True, env=self.environment,
            )  # fmt: skip
            if outcome.returncode == 10:
                continue
            failures += 1
            self.assert_explained(outcome, 0, disk, "No space left on device", "free some space")
            self.assert_is_whole(to)
        self.assertGreater(failures, 2)

    @unittest.skipUnless(can_mount(), "no mounts of one's own here (unshare --user --mount)")
    def test_a_read_only_folder_is_named_and_left_as_it_is(self):
        run = self.copy_of(self.stopped)
        script = 'mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"; exec "$2" run "$3" --out "$4" $5'
        for out in (run, run.parent / "new", run.parent / "deeper/new"):
            outcome = subprocess.run(
                [*OWN_MOUNTS, script, "-", run.parent, self.program, self.folder / "tiny.toml", out,
                 "--resume" if out == run else ""],
                capture_output=True, text=True, env=self.environment,
            )  # fmt: skip
            self.assert_explained(outcome, 1, out, "Read-only file system", "write to a folder that you may write to")
        self.assertFalse((run.parent / "new").exists())
        self.assert_ends_as_whole(run)


if __name__ == "__main__":
    FaultsTest.program = os.path.abspath(sys.argv.pop(1))
    unittest.main()
