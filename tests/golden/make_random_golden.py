"""Writes random.json: what src/base/random must draw, by an implementation of its own.

xoshiro256** and splitmix64 as published by Blackman and Vigna (https://prng.di.unimi.it); a stream's seed is the
seed xor the FNV-1a hash of its name. Run: python3 tests/golden/make_random_golden.py
"""

import json
import math
from pathlib import Path

MASK = (1 << 64) - 1


def fnv1a(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) & MASK
    return value


def rotate(value, count):
    return ((value << count) | (value >> (64 - count))) & MASK


class Random:
    def __init__(self, seed, stream):
        mix = (seed ^ fnv1a(stream)) & MASK
        self.state = []
        for _ in range(4):
            mix = (mix + 0x9E3779B97F4A7C15) & MASK
            z = mix
            z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
            z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
            self.state.append(z ^ (z >> 31))

    def next(self):
        s = self.state
        result = (rotate((s[1] * 5) & MASK, 7) * 9) & MASK
        t = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotate(s[3], 45)
        return result

    def integer(self, low, high):
        size = high - low + 1
        limit = (1 << 64) % size
        while (draw := self.next()) < limit:
            pass
        return low + draw % size

    def uniform(self):
        return (self.next() >> 11) * 2.0**-53

    def normal(self):
        radius = math.sqrt(-2.0 * math.log(1.0 - self.uniform()))
        return radius * math.cos(2.0 * math.pi * self.uniform())


def stream(seed, name):
    return {
        "seed": seed,
        "stream": name,
        "next": [str(random.next()) for random in [Random(seed, name)] for _ in range(8)],
        "integer": [random.integer(-7, 20) for random in [Random(seed, name)] for _ in range(32)],
        "uniform": [random.uniform() for random in [Random(seed, name)] for _ in range(8)],
        "normal": [random.normal() for random in [Random(seed, name)] for _ in range(8)],
    }


streams = [stream(seed, name) for seed in (0, 1, MASK) for name in ("", "programs", "batches/1")]
Path(__file__).with_suffix(".json").write_text(json.dumps(streams, indent=1) + "\n")
