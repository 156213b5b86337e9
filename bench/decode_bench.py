#!/usr/bin/env python3
"""Decoding speed of pbb beside transformers' generate and llama.cpp: the same weights, prompts and new tokens.

    make bench                                    (or: python3 bench/decode_bench.py --rounds 5 --json FILE)
    python3 bench/decode_bench.py --flips 1000    (how many completions depend on what else is in the batch)

Each measurement is a process of its own; the sides take turns. Completions are greedy, and no token ends one before
it has all its new tokens, so that every side does the same work. A call is timed with one new token and with all of
them: the difference is the decoding, the first is mostly the prompts. PyTorch lives in build/bench-venv (see
train_bench.py), and llama.cpp beside it, where its wheel can be built.

The sides:
    pbb            build/release/pbb bench decode, in the compute type that is fastest on this machine
    pbb f32        the same in f32, where that is another one
    generate f32   transformers, prompts padded on the left
    generate bf16  the same in bf16, where the processor multiplies it
    llama.cpp      its low-level API, all sequences in one llama_batch; it reads the file's 4-bit weights as they are,
                   pbb and transformers as f32 or bf16
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

import train_bench
from common import ROOT, processor

BATCH_SIZES = {1: 4, 64: 64}  # and how many prompts each completes
LLAMA = "llama-cpp-python>=0.3,<0.4"


def make_prompts(count):
    draw, prompts = random.Random(7), {}
    while len(prompts) < count:
        _, source, call, _ = train_bench.program(draw)
        question = f"Question: What is {call}?\nTrace:"
        prompts.setdefault(f"{source}\n\n{question}" if len(prompts) % 2 else question)
    return list(prompts)


# The other sides: they run in the virtual environment and print one line of JSON as `pbb bench decode` does.


def tokenized(arguments):
    import transformers  # pylint: disable=import-outside-toplevel,import-error

    transformers.utils.logging.disable_progress_bar()
    folder, file = os.path.split(arguments.model)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, gguf_file=file)
    lines = Path(arguments.prompts).read_text(encoding="utf-8").splitlines()
    return [tokenizer(json.loads(line)["text"], add_special_tokens=False)["input_ids"] for line in lines]


def groups(items, size):
    return [items[begin:begin + size] for begin in range(0, len(items), size)]


def time_completions(arguments, prompts, compute, versions, complete):
    """complete(batch of prompts, new tokens) makes them; prints what it took."""
    complete(prompts[:1], 2)  # warms up
    seconds = {}
    for new_tokens in (1, arguments.new_tokens):
        start = time.perf_counter()
        for batch in groups(prompts, arguments.batch_size):
            complete(batch, new_tokens)
        seconds[new_tokens] = time.perf_counter() - start
    total = len(prompts) * arguments.new_tokens
    every, first = seconds[arguments.new_tokens], seconds[1]
    print(json.dumps({
        "tokens_per_second": total / every,
        "decode_tokens_per_second": (total - len(prompts)) / (every - first),
        "seconds": every,
        "prompt_seconds": first,
        "prompts": len(prompts),
        "prompt_tokens": sum(map(len, prompts)),
        "new_tokens": total,
        "compute": compute,
        "versions": versions,
    }))


def run_generate(arguments):
    import torch  # pylint: disable=import-outside-toplevel,import-error
    import transformers  # pylint: disable=import-outside-toplevel,import-error

    prompts = tokenized(arguments)
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    folder, file = os.path.split(arguments.model)
    compute = arguments.side.split()[1]
    dtype = torch.float32 if compute == "f32" else torch.bfloat16
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=dtype).eval()

    def complete(batch, new_tokens):
        length = max(map(len, batch))
        ids = torch.tensor([[0] * (length - len(prompt)) + prompt for prompt in batch])
        mask = torch.tensor([[0] * (length - len(prompt)) + [1] * len(prompt) for prompt in batch])
        with torch.inference_mode():
            found = model.generate(input_ids=ids, attention_mask=mask, do_sample=False, pad_token_id=0,
                                   min_new_tokens=new_tokens, max_new_tokens=new_tokens)
        assert found.shape[1] == length + new_tokens

    versions = f"torch {torch.__version__}, transformers {transformers.__version__}"
    time_completions(arguments, prompts, compute, versions, complete)


def run_llama(arguments):
    import llama_cpp  # pylint: disable=import-outside-toplevel,import-error
    import numpy  # pylint: disable=import-outside-toplevel,import-error

    prompts = tokenized(arguments)
    llama_cpp.llama_backend_init()
    model = llama_cpp.llama_model_load_from_file(arguments.model.encode(),
                                                 llama_cpp.llama_model_default_params())
    options, threads = llama_cpp.llama_context_default_params(), len(os.sched_getaffinity(0))
    capacity = max(map(len, prompts)) + arguments.new_tokens
    options.n_ctx = (capacity + 255) // 256 * 256 * arguments.batch_size
    options.n_batch, options.n_seq_max = 2048, arguments.batch_size
    options.n_threads = options.n_threads_batch = threads
    context = llama_cpp.llama_init_from_model(model, options)
    vocabulary = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))
    rows = llama_cpp.llama_batch_init(options.n_batch, 0, 1)

    def decode(tokens):
        """tokens: (token, position, sequence, whether the next is wanted); the next tokens, by sequence."""
        following = {}
        for part in groups(tokens, options.n_batch):
            rows.n_tokens = len(part)
            for row, (token, position, sequence, wanted) in enumerate(part):
                rows.token[row], rows.pos[row], rows.logits[row] = token, position, wanted
                rows.n_seq_id[row], rows.seq_id[row][0] = 1, sequence
            if llama_cpp.llama_decode(context, rows) != 0:
                sys.exit("decode_bench: llama_decode failed")
            for row, (_, _, sequence, wanted) in enumerate(part):
                if wanted:
                    logits = numpy.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(context, row), (vocabulary,))
                    following[sequence] = int(logits.argmax())
        return following

    def complete(batch, new_tokens):
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(context), True)
        newest = decode([(token, position, sequence, position + 1 == len(prompt))
                         for sequence, prompt in enumerate(batch) for position, token in enumerate(prompt)])
        for number in range(new_tokens - 1):
            newest = decode([(newest[sequence], len(prompt) + number, sequence, True)
                             for sequence, prompt in enumerate(batch)])

    time_completions(arguments, prompts, "q4_1", f"llama-cpp-python {llama_cpp.__version__}", complete)


# The comparison.


def has_llama(python):
    """Whether llama.cpp's wheel is there, or could be built (minutes, once)."""
    there = [python, "-c", "import llama_cpp"]
    if subprocess.run(there, capture_output=True, check=False).returncode == 0:
        return True
    refused = ROOT / "build" / "bench-venv" / "no-llama"
    if refused.exists() or Path(python).parent.parent != ROOT / "build" / "bench-venv":
        return False
    print(f"Building {LLAMA} (minutes, once) ...", file=sys.stderr)
    if subprocess.run([python, "-m", "pip", "install", "--quiet", LLAMA], check=False).returncode == 0:
        return True
    refused.touch()
    return False


def command_of(side, batch_size, arguments, python, prompts):
    if side.startswith("pbb"):
        return [arguments.pbb, "bench", "decode", "--prompts", prompts, "--batch-size", str(batch_size), "--new-tokens",
                str(arguments.new_tokens), "--model", arguments.model, "--dtype", "f32" if side == "pbb f32" else "auto"]
    return [python, __file__, "--side", side, "--prompts", prompts, "--batch-size", str(batch_size), "--new-tokens",
            str(arguments.new_tokens), "--model", arguments.model]


def run_json(command):
    quiet = {**os.environ, "TQDM_DISABLE": "1"}
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, env=quiet)
    if result.returncode != 0:
        sys.exit(f"decode_bench: failed with {result.returncode}: {' '.join(map(str, command))}\n{result.stderr}")
    return json.loads(result.stdout.splitlines()[-1])


def first_token_seconds(arguments):
    """From process start to the first token: the whole process that makes one token."""
    command = [arguments.pbb, "ask", arguments.model, "Blorp(5)", "--max-new-tokens", "1"]
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True)
        seconds.append(time.perf_counter() - start)
    return min(seconds[1:])  # the first fills the file cache


def spread(runs, key):
    values = [run[key] for run in runs]
    return f"{statistics.median(values):.1f} ({min(values):.1f} to {max(values):.1f})"


def print_table(batch_size, results):
    prompts = results["pbb"][0]
    print(f"\nBatch {batch_size}: {prompts['prompts']} prompts of {prompts['prompt_tokens']} tokens together, "
          f"{prompts['new_tokens']} new tokens; medians of {len(results['pbb'])} rounds (lowest to highest)")
    print(f"{'side':<15}{'compute':<9}{'new tokens/s, all':<26}{'while decoding':<26}prompts, s")
    for side, runs in results.items():
        print(f"{side:<15}{runs[0]['compute']:<9}{spread(runs, 'tokens_per_second'):<26}"
              f"{spread(runs, 'decode_tokens_per_second'):<26}{spread(runs, 'prompt_seconds')}")
    ours = statistics.median(run["tokens_per_second"] for run in results["pbb"])
    for side, runs in results.items():
        if side != "pbb":
            theirs = statistics.median(run["tokens_per_second"] for run in runs)
            print(f"pbb is {ours / theirs:.2f} times as fast as {side}")
    if batch_size == 1:
        for side in (side for side in results if side.startswith("pbb")):
            shares = [run["decode_tokens_per_second"] * run["bytes_a_step"] / run["memory_bytes_per_second"]
                      for run in results[side]]
            print(f"{side} takes {1 / statistics.median(shares):.2f} times as long as reading its weights "
                  f"({results[side][0]['bytes_a_step'] / 1e6:.0f} MB a token at "
                  f"{statistics.median(run['memory_bytes_per_second'] for run in results[side]) / 1e9:.1f} GB/s)")


def write_prompts(count):
    folder = ROOT / "build" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"prompts-{count}.jsonl"
    file.write_text("".join(json.dumps({"text": text}) + "\n" for text in make_prompts(count)), encoding="utf-8")
    return file


def compare(arguments):
    python = arguments.python or train_bench.bench_python()
    half = any(flag in processor() for flag in ("avx512_bf16", "amx_bf16"))
    sides = ["pbb", *(["pbb f32", "generate bf16"] if half else []), "generate f32"]
    if has_llama(str(python)):
        sides.append("llama.cpp")
    else:
        print("llama.cpp is left out: its wheel is not installed and could not be built", file=sys.stderr)
    results = {batch_size: {} for batch_size in BATCH_SIZES}
    for number in range(arguments.rounds):
        print(f"Round {number + 1} of {arguments.rounds}", file=sys.stderr)
        for batch_size, count in BATCH_SIZES.items():
            for side in sides:
                print(f"{side}, batch {batch_size} ...", end=" ", flush=True, file=sys.stderr)
                run = run_json(command_of(side, batch_size, arguments, python, write_prompts(count)))
                print(f"{run['tokens_per_second']:.1f} tokens/s", file=sys.stderr)
                results[batch_size].setdefault(side, []).append(run)
    for batch_size, of_sides in results.items():
        for side, runs in of_sides.items():
            if any(run[key] != of_sides["pbb"][0][key] for run in runs for key in ("prompt_tokens", "new_tokens")):
                sys.exit(f"decode_bench: {side} did other work than pbb at batch {batch_size}: {runs[0]}")
    first_token = first_token_seconds(arguments)
    versions = {run["versions"] for of_sides in results.values() for runs in of_sides.values() for run in runs
                if "versions" in run}
    print(f"{processor()}; {'; '.join(sorted(versions))}")
    for batch_size, of_sides in results.items():
        print_table(batch_size, of_sides)
    print(f"\nFrom the start of `pbb ask` to its first token: {first_token:.2f} s")
    if arguments.json:
        arguments.json.write_text(json.dumps({"processor": processor(), "first_token": first_token,
                                              "results": results}, indent=1) + "\n", encoding="utf-8")


def count_flips(arguments):
    print(processor())
    prompts = write_prompts(arguments.flips)
    for dtype in ("f32", "bf16"):
        print(json.dumps(run_json([arguments.pbb, "bench", "decode", "--flips", "--prompts", prompts, "--new-tokens",
                                   str(arguments.new_tokens), "--model", arguments.model, "--dtype", dtype])))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--new-tokens", type=int, default=64, help="of each prompt")
    parser.add_argument("--flips", type=int, help="compare this many prompts' completions across batches instead")
    parser.add_argument("--json", type=Path, help="write every run's figures here")
    parser.add_argument("--python", help="an interpreter with torch (and llama_cpp); default: build/bench-venv")
    parser.add_argument("--pbb", default=ROOT / "build/release/pbb", help="the pbb to measure")
    parser.add_argument("--model", default=str(train_bench.default_model()), help="a GGUF file")
    parser.add_argument("--side", help=argparse.SUPPRESS)  # one measurement, in a process of its own
    parser.add_argument("--prompts", help=argparse.SUPPRESS)
    parser.add_argument("--batch-size", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.side:
        (run_llama if arguments.side == "llama.cpp" else run_generate)(arguments)
    elif arguments.flips:
        count_flips(arguments)
    else:
        compare(arguments)


if __name__ == "__main__":
    main()
