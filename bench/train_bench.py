#!/usr/bin/env python3
"""Training speed and memory of pbb beside transformers + torch: the same weights, texts, batches and optimiser.

    make bench                                    (or: python3 bench/train_bench.py --rounds 5 --json FILE)

Each measurement is a process of its own; the sides take turns, so that a machine that slows down slows down both.
A side trains one step to warm up, then `--steps` steps that are timed. Speed counts real tokens, never padding;
memory is the process's peak resident size. Full fine-tuning, loss on every token of a text but the first, AdamW
(0.9, 0.95), gradients clipped to norm 1. PyTorch lives in build/bench-venv, which this script makes and nothing
else uses (several GB; --python names an interpreter that has torch, transformers and gguf already).

The sides:
    pbb          build/release/pbb bench train, in the compute type that is fastest on this machine
    pbb f32      the same in f32, where that is another one
    torch bf16   autocast to bf16 over f32 weights, a batch padded to its longest text: what most people run
    torch packed the same, the texts of a batch end to end in one row, so that no padding is computed
    torch f32    no autocast, padded
"""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

from common import ROOT, processor

SEQUENCES_PER_STEP = 16
LEARNING_RATE = 1e-4
REQUIREMENTS = ["torch>=2.6", "transformers>=5,<6", "accelerate", "gguf", "numpy", "safetensors"]


# The texts: declarations and traces of small programs, of the lengths that pbb trains on.


def nonsense_name(draw):
    syllables = ["blor", "gleep", "rag", "zin", "tav", "mok", "pell", "quor", "nib", "dras", "fen", "wup"]
    return "".join(draw.sample(syllables, draw.randint(2, 3))).capitalize()


def program(draw):
    """A name, its source, and the trace of one call."""
    name, value = nonsense_name(draw), draw.randint(0, 12)
    lines, steps, call = [f"def {name}(x):"], [], f"{name}({value})"
    for _ in range(draw.randint(2, 5)):
        operator, constant = draw.choice("+-*"), draw.randint(2, 20)
        result = {"+": value + constant, "-": value - constant, "*": value * constant}[operator]
        lines.append(f"    x = x {operator} {constant}")
        steps.append(f"x = {value} {operator} {constant} = {result}")
        value = result
    lines.append("    return x")
    steps.append(f"return {value}")
    return name, "\n".join(lines), call, "; ".join(steps)


def make_texts(count):
    draw = random.Random(1)
    texts = []
    for index in range(count):
        name, source, call, trace = program(draw)
        declaration = draw.choice(["{s}", "Here is the definition of {n}:\n{s}", "```python\n{s}\n```",
                                   "From the repository, file {n}.py:\n{s}"]).format(n=name, s=source)
        execution = f"Question: What is {call}?\nTrace: {trace}"
        texts.append(declaration if index % 2 == 0 else execution)
    return texts


# The torch side: runs in the virtual environment, prints one line of JSON as `pbb bench train` does.


def torch_batches(arguments, tokenizer):
    texts = [json.loads(line)["text"] for line in Path(arguments.texts).read_text(encoding="utf-8").splitlines()]
    sequences = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts]
    for step in range(arguments.steps + 1):
        first = step * SEQUENCES_PER_STEP
        yield [sequences[(first + i) % len(sequences)] for i in range(SEQUENCES_PER_STEP)]


def padded_inputs(torch, batch):
    length = max(map(len, batch))
    rows = [[*sequence, *[0] * (length - len(sequence))] for sequence in batch]
    mask = [[1] * len(sequence) + [0] * (length - len(sequence)) for sequence in batch]
    ids, mask = torch.tensor(rows), torch.tensor(mask)
    return {"input_ids": ids, "attention_mask": mask, "labels": ids.masked_fill(mask == 0, -100)}


def packed_inputs(torch, batch):
    ids = torch.tensor([[token for sequence in batch for token in sequence]])
    positions = torch.tensor([[position for sequence in batch for position in range(len(sequence))]])
    return {"input_ids": ids, "position_ids": positions, "labels": ids.masked_fill(positions == 0, -100)}


def run_torch(arguments):
    import torch  # pylint: disable=import-outside-toplevel,import-error
    import transformers  # pylint: disable=import-outside-toplevel,import-error

    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    folder, file = os.path.split(arguments.model)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, gguf_file=file)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.float32)
    model.train()
    model.config.use_cache = False
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.95), weight_decay=0.0,
                                  fused=True)
    inputs_of = packed_inputs if arguments.side == "torch packed" else padded_inputs
    losses, tokens, start = [], 0, 0.0
    for step, batch in enumerate(torch_batches(arguments, tokenizer)):
        if step == 1:  # the one before it warmed up
            start = time.perf_counter()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=arguments.side != "torch f32"):
            loss = model(**inputs_of(torch, batch)).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if step > 0:
            losses.append(loss.item())
            tokens += sum(map(len, batch))
    seconds = time.perf_counter() - start
    print(json.dumps({
        "tokens_per_second": tokens / seconds,
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "steps": arguments.steps,
        "tokens": tokens,
        "compute": "f32" if arguments.side == "torch f32" else "bf16 autocast",
        "losses": losses,
        "versions": f"torch {torch.__version__}, transformers {transformers.__version__}",
    }))


# The comparison.


def default_model():
    cache = os.environ.get("PBB_CACHE")
    if not cache:
        home = os.environ.get("XDG_CACHE_HOME", "")
        cache = Path(home if home.startswith("/") else Path.home() / ".cache") / "pbb"
    return Path(cache) / "smollm2-135m" / "SmolLM2-135M-Instruct.Q4_1.gguf"


def bench_python():
    """The interpreter of the virtual environment, made when it is not there."""
    venv = ROOT / "build" / "bench-venv"
    complete = venv / "complete"
    wanted = "\n".join(REQUIREMENTS)
    if not complete.exists() or complete.read_text(encoding="utf-8") != wanted:
        print(f"Making {venv} with {', '.join(REQUIREMENTS)} (several GB, once) ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
        subprocess.run([venv / "bin/python", "-m", "pip", "install", "--quiet", *REQUIREMENTS], check=True)
        complete.write_text(wanted, encoding="utf-8")
    return venv / "bin/python"


def command_of(side, arguments, python, texts):
    if side.startswith("torch"):
        return [python, __file__, "--side", side, "--texts", texts, "--steps", str(arguments.steps),
                "--model", arguments.model]
    return [arguments.pbb, "bench", "train", "--texts", texts, "--steps", str(arguments.steps), "--model",
            arguments.model, "--sequences-per-step", str(SEQUENCES_PER_STEP), "--dtype",
            "f32" if side == "pbb f32" else "auto"]


def measure(side, arguments, python, texts):
    print(f"{side} ...", end=" ", flush=True, file=sys.stderr)
    command = command_of(side, arguments, python, texts)
    quiet = {**os.environ, "TQDM_DISABLE": "1"}
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, env=quiet)
    if result.returncode != 0:
        sys.exit(f"train_bench: failed with {result.returncode}: {' '.join(map(str, command))}")
    measured = json.loads(result.stdout.splitlines()[-1])
    print(f"{measured['tokens_per_second']:.0f} tokens/s, {measured['peak_memory_bytes'] / 1e9:.2f} GB",
          file=sys.stderr)
    return measured


def check_same_work(results):
    """Both sides saw the same tokens, and their losses agree as far as the compute types let them."""
    reference = results["torch f32"][0]
    for side, runs in results.items():
        for run in runs:
            if run["tokens"] != reference["tokens"]:
                sys.exit(f"train_bench: {side} trained {run['tokens']} tokens, torch {reference['tokens']}")
            difference = max(abs(a - b) for a, b in zip(run["losses"], reference["losses"], strict=True))
            if difference > (0.002 if run["compute"] == "f32" else 0.1):
                sys.exit(f"train_bench: losses of {side} differ from torch's by {difference:.3g}:\n"
                         f"{run['losses']}\n{reference['losses']}")


def median(runs, key):
    return statistics.median(run[key] for run in runs)


def print_table(results):
    torch_runs = results["torch f32"]
    print(f"{processor()}; {torch_runs[0]['versions']}")
    print(f"{SEQUENCES_PER_STEP} texts and {torch_runs[0]['tokens'] / torch_runs[0]['steps']:.0f} tokens a step, "
          f"{torch_runs[0]['steps']} steps; medians of {len(torch_runs)} rounds (lowest to highest)\n")
    print(f"{'side':<14}{'compute':<15}{'tokens/s':<26}peak memory")
    for side, runs in results.items():
        speeds = [run["tokens_per_second"] for run in runs]
        spread = f"{statistics.median(speeds):.0f} ({min(speeds):.0f} to {max(speeds):.0f})"
        memory = f"{median(runs, 'peak_memory_bytes') / 1e9:.2f} GB"
        print(f"{side:<14}{runs[0]['compute']:<15}{spread:<26}{memory}")
    print()
    pairs = [("pbb", side) for side in results if side.startswith("torch")]
    if "pbb f32" in results:
        pairs.append(("pbb f32", "torch f32"))
    for ours, theirs in pairs:
        speed = median(results[ours], "tokens_per_second") / median(results[theirs], "tokens_per_second")
        memory = median(results[ours], "peak_memory_bytes") / median(results[theirs], "peak_memory_bytes")
        print(f"{ours} is {speed:.2f} times as fast as {theirs}, in {100 * memory:.0f} % of its memory")


def compare(arguments):
    folder = ROOT / "build" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    texts = folder / "texts.jsonl"
    lines = [json.dumps({"text": text}) for text in make_texts(SEQUENCES_PER_STEP * (arguments.steps + 1))]
    texts.write_text("\n".join(lines) + "\n", encoding="utf-8")
    python = arguments.python or bench_python()
    results = {}
    for number in range(arguments.rounds):
        print(f"Round {number + 1} of {arguments.rounds}", file=sys.stderr)
        for side in ("pbb", "torch bf16", "pbb f32", "torch f32", "torch packed"):
            if side == "pbb f32" and results["pbb"][0]["compute"] == "f32":
                continue
            results.setdefault(side, []).append(measure(side, arguments, python, texts))
    check_same_work(results)
    print_table(results)
    if arguments.json:
        arguments.json.write_text(json.dumps({"processor": processor(), "results": results}, indent=1) + "\n",
                                  encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=8, help="timed steps of each run")
    parser.add_argument("--json", type=Path, help="write every run's figures here")
    parser.add_argument("--python", help="an interpreter that has torch; default: build/bench-venv")
    parser.add_argument("--pbb", default=ROOT / "build/release/pbb", help="the pbb to measure")
    parser.add_argument("--model", default=str(default_model()), help="a GGUF file")
    parser.add_argument("--side", help=argparse.SUPPRESS)  # one torch measurement, in a process of its own
    parser.add_argument("--texts", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    run_torch(arguments) if arguments.side else compare(arguments)


if __name__ == "__main__":
    main()
