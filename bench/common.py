"""What the benchmark scripts share."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def processor():
    """Name, threads and the instruction sets that matter, in words."""
    info = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    fields = dict(line.split(":", 1) for line in info.split("\n\n")[0].splitlines() if ":" in line)
    fields = {key.strip(): value.strip() for key, value in fields.items()}
    wanted = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")
    extensions = [flag for flag in wanted if flag in fields.get("flags", "").split()]
    return f"{fields.get('model name', 'unknown')}, {len(os.sched_getaffinity(0))} threads, {' '.join(extensions)}"
