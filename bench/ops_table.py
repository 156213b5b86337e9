#!/usr/bin/env python3
"""Where a training step's time goes, op by op, against the roofs of multiply-adds and of memory.

    make bench                                    (or: python3 bench/ops_table.py --dtype f32)

Every op of a step of SmolLM2-135M is timed alone by build/release/bench/pbb_ops_bench, at 1,024 tokens in sequences of
50, times its calls in a step. `products alone` are the same matrix products by oneDNN with packed operands that lie in
cache: what these cores reach at best, of which the step's share is taken. Beside it the real step, as `pbb bench
train` measures it, tells what the ops do not explain.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from common import ROOT, processor

TOKENS, LENGTH = 1024, 50
LAYERS, WIDTH, FEED_FORWARD, VOCABULARY, HEADS = 30, 576, 1536, 49152, 9
PARAMETERS = 134_515_008
LAYER_PRODUCTS = [(960, 576), (576, 576), (3072, 576), (576, 1536)]  # (out, in)
HEAD_ROWS = 256  # the head's products go in chunks of so many rows
TYPES = {"f32": 0, "bf16": 1}


def run_bench(program, dtype):
    """name -> (milliseconds, GFLOPS or None, bytes a second or None) of every benchmark that the table takes."""
    kind = TYPES[dtype]
    wanted = "|".join([
        rf"T:{TOKENS}/out:.*/type:{kind}/", rf"packed_product.*/type:{kind}/", rf"T:{TOKENS}/type:{kind}/real",
        rf"T:{TOKENS}/type:{kind}/length:{LENGTH}/", "embedding", "adamw_step", "global_norm", "multiply_add",
        "memory_read"])
    command = [program, f"--benchmark_filter={wanted}", "--benchmark_format=json", "--benchmark_min_time=0.3"]
    output = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout
    found = {}
    for one in json.loads(output)["benchmarks"]:
        name = one["name"].removesuffix("/real_time")
        found[name] = (one["real_time"], one.get("GFLOPS"), one.get("bytes_per_second"))
    return found


def step_ops(dtype):
    """(name in the table, benchmark, calls in a step, billions of operations a call, bytes a call) of a step."""
    kind, size = TYPES[dtype], 4 if dtype == "f32" else 2
    rows = []
    for way in ("forward", "backward_input", "backward_weight"):
        for out, inner in LAYER_PRODUCTS:
            moved = 4 * out * inner + size * TOKENS * (out + inner)
            rows.append((f"linear {way.replace('_', ' ')}, {out} x {inner}",
                         f"linear_{way}/T:{TOKENS}/out:{out}/in:{inner}/type:{kind}", LAYERS,
                         2e-9 * TOKENS * out * inner, moved))
    per_token = f"/T:{TOKENS}/type:{kind}"
    activations = TOKENS * WIDTH
    wide = TOKENS * FEED_FORWARD * size
    pairs = TOKENS * (LENGTH + 1) / 2  # a query and a key that it sees
    attention = 4e-9 * pairs * WIDTH
    qkv = TOKENS * 960 * size
    rows += [
        ("head and cross-entropy, both ways", f"projected_cross_entropy{per_token}", 1,
         6e-9 * TOKENS * VOCABULARY * WIDTH, 12 * VOCABULARY * WIDTH * TOKENS // HEAD_ROWS),
        ("attention forward", f"attention_forward{per_token}/length:{LENGTH}", LAYERS, attention, qkv * 1.6),
        ("attention backward", f"attention_backward{per_token}/length:{LENGTH}", LAYERS, 2.5 * attention, qkv * 4.2),
        ("rms norm forward (once more in backward)", f"rms_norm_forward{per_token}", 4 * LAYERS + 1, 0,
         activations * (4 + size)),
        ("rms norm backward", f"rms_norm_backward{per_token}", 2 * LAYERS + 1, 0, activations * (12 + size)),
        ("swiglu forward (once more in backward)", f"swiglu_forward{per_token}", 2 * LAYERS, 0, 3 * wide),
        ("swiglu backward", f"swiglu_backward{per_token}", LAYERS, 0, 5 * wide),
        ("rope, both ways", f"rope_forward{per_token}", 2 * LAYERS, 0, 2 * qkv),
        ("embedding, both ways", "embedding_backward", 1, 0, 12 * activations),
        ("gradient norm", "global_norm", 1, 0, 4 * PARAMETERS),
        ("AdamW", "adamw_step", 1, 0, 28 * PARAMETERS),
    ]
    if dtype == "bf16":
        for out, inner, calls in [(*shape, LAYERS) for shape in LAYER_PRODUCTS] + [(VOCABULARY, WIDTH, 1)]:
            rows.append((f"packing weights, {out} x {inner}",
                         f"linear_refresh/T:{TOKENS}/out:{out}/in:{inner}/type:{kind}", calls, 0, 12 * out * inner))
    return rows


def packed_seconds(found, dtype):
    """The step's products alone: seconds and billions of operations."""
    kind, milliseconds, operations = TYPES[dtype], 0.0, 0.0
    shapes = [(out, inner, TOKENS, LAYERS) for out, inner in LAYER_PRODUCTS]
    shapes.append((VOCABULARY, WIDTH, HEAD_ROWS, TOKENS // HEAD_ROWS))
    for out, inner, rows, calls in shapes:
        for m, n, k in ((rows, out, inner), (rows, inner, out), (out, inner, rows)):
            milliseconds += calls * found[f"packed_product/m:{m}/n:{n}/k:{k}/type:{kind}"][0]
            operations += calls * 2e-9 * m * n * k
    return milliseconds / 1000, operations


def real_step(pbb, dtype):
    """Real steps of as many tokens, in sequences of as many: what pbb bench train says of them."""
    text = " one two three four five six seven eight nine ten" * 5
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as texts:
        texts.write(json.dumps({"text": text}) + "\n")
        texts.flush()
        command = [pbb, "bench", "train", "--texts", texts.name, "--sequences-per-step", str(TOKENS // LENGTH), "--steps",
                   "5", "--dtype", dtype]
        result = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
    return result


def print_table(found, dtype, step):
    peak, bandwidth = found["multiply_add_peak"][1], found["memory_read"][2] / 1e9
    print(f"{processor()}; compute {dtype}")
    bf16 = found.get("multiply_add_bf16_peak")
    bf16_peak = f", {bf16[1]:.0f} of bf16 ones" if bf16 else ""
    print(f"roofs in this run: {peak:.0f} GFLOPS of f32 multiply-adds on registers{bf16_peak}, {bandwidth:.1f} GB/s read "
          "from memory\n")
    print(f"{'op':<44}{'calls':>6}{'ms':>9}{'share':>8}{'GFLOPS':>8}{'GB/s':>7}")
    rows = [(name, calls, calls * found[bench][0], operations, moved)
            for name, bench, calls, operations, moved in step_ops(dtype)]
    total = sum(row[2] for row in rows)
    for name, calls, milliseconds, operations, moved in rows:
        seconds = milliseconds / calls / 1000
        speed = f"{operations / seconds:.0f}" if operations else ""
        print(f"{name:<44}{calls:>6}{milliseconds:>9.1f}{100 * milliseconds / total:>7.1f}%{speed:>8}"
              f"{moved / seconds / 1e9:>7.1f}")
    alone, operations = packed_seconds(found, dtype)
    products = sum(row[2] for row in rows if row[0].startswith(("linear", "head")))
    print(f"{'all ops':<44}{'':>6}{total:>9.1f}")
    real = 1000 * TOKENS / step["tokens_per_second"]
    print(f"{'the real step':<44}{'':>6}{real:>9.1f}\n")
    print(f"The real step does {step['gflops']:.0f} GFLOPS, its matrix products alone {operations / alone:.0f}: "
          f"{100 * step['gflops'] * alone / operations:.0f} %. What is no product takes "
          f"{100 * (real - products) / real:.0f} % of the real step.")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dtype", choices=TYPES, help="compute type; default: the fastest here")
    parser.add_argument("--bench", default=ROOT / "build/release/bench/pbb_ops_bench")
    parser.add_argument("--pbb", default=ROOT / "build/release/pbb")
    arguments = parser.parse_args()
    dtype = arguments.dtype or ("bf16" if "avx512_bf16" in processor() else "f32")
    print("Timing every op of a step ...", file=sys.stderr)
    print_table(run_bench(arguments.bench, dtype), dtype, real_step(arguments.pbb, dtype))


if __name__ == "__main__":
    main()
