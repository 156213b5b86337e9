#!/usr/bin/env python3
"""What fine-tuning costs at other shapes: sequence lengths, tokens a step, model sizes.

    make bench                                    (or: python3 bench/shapes_bench.py --json FILE)

Random weights in the shapes of SmolLM2 and random tokens, loss on every token but the first of a sequence, full
fine-tuning with AdamW: `pbb bench train --shape`. GFLOPS count six operations for each weight and token, and attention.
Each line is a process of its own; memory is its peak resident size.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from common import ROOT, processor

MICRO_BATCH = 1024  # tokens: a longer step is cut into micro-batches, a longer sequence goes alone


def points():
    """(curve, label, options of pbb bench train) of every line."""
    for length in (64, 128, 256, 512, 1024, 2048, 4096):
        sequences = max(1, MICRO_BATCH // length)
        yield ("sequence length", f"{length} x {sequences}",
               ["--length", length, "--sequences-per-step", sequences, "--micro-batch-tokens", max(MICRO_BATCH, length)])
    for sequences in (2, 4, 8, 16, 32, 64):
        yield ("tokens a step", f"{64 * sequences}",
               ["--length", 64, "--sequences-per-step", sequences, "--micro-batch-tokens", MICRO_BATCH])
    eight = ["--length", 64, "--sequences-per-step", 8]
    yield ("model size", "135M", eight)
    yield ("model size", "360M", ["--shape", "360m", *eight])
    # All 24 layers take 27 GB of weights, gradients and moments.
    yield ("model size", "1.7B, 4 of 24 layers", ["--shape", "1.7b", "--layers", 4, *eight])


def measure(pbb, options, steps):
    shape = [] if "--shape" in options else ["--shape", "135m"]
    command = [str(part) for part in [pbb, "bench", "train", *shape, *options, "--steps", steps]]
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"shapes_bench: failed with {result.returncode}: {' '.join(command)}")
    return json.loads(result.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=3, help="timed steps of each line, after one that is not")
    parser.add_argument("--json", type=Path, help="write every figure here")
    parser.add_argument("--pbb", default=ROOT / "build/release/pbb", help="the pbb to measure")
    arguments = parser.parse_args()
    results, curve_before = [], None
    for curve, label, options in points():
        if curve != curve_before:
            print(f"\n{curve:<24}{'parameters':>12}{'tokens/s':>10}{'GFLOPS':>8}{'peak GB':>9}")
            curve_before = curve
        result = measure(arguments.pbb, options, arguments.steps)
        results.append({"curve": curve, "label": label, **result})
        print(f"{label:<24}{result['parameters'] / 1e6:>10.0f} M{result['tokens_per_second']:>10.0f}"
              f"{result['gflops']:>8.0f}{result['peak_memory_bytes'] / 1e9:>9.2f}", flush=True)
    print(f"\n{processor()}; compute {results[0]['compute']}, {arguments.steps} steps a line")
    if arguments.json:
        arguments.json.write_text(json.dumps({"processor": processor(), "results": results}, indent=1) + "\n",
                                  encoding="utf-8")


if __name__ == "__main__":
    main()
