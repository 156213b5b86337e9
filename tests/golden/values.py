"""Makes values.json: texts and what Python 3.11 makes of them: python3 -I tests/golden/values.py > tests/golden/values.json

Each entry is [text, repr of ast.literal_eval(text)], or [text, null] where Python refuses too.
"""
import ast
import json
import random
import struct
import sys
import unicodedata
import warnings

warnings.simplefilter("ignore")
draw = random.Random(1)

texts = """
None|True|False|none|true|Truee|None_|0|00|007|0_0|1_000|1__0|1_|_1|-0|-5|+5|--5|9223372036854775807|9223372036854775808
-9223372036854775808|-9223372036854775809|123456789012345678901234567890|-1_000_000_000_000_000_000_000
0.0|-0.0|1.|.5|-.5|.|-|+|1.5.2|5x|1e5|1E5|1e+5|1e-5|1_0.5_0e1_0|1._5|1e|1e+|1.e5|007.5|1e400|-1e400|1e-400|0e999999999999999999999
0.0001|0.00001|0.00012345|1e15|1e16|1e17|123456789012345680.0|12345678901234567.0|9999999999999998.0|1e22|1e23|5e-324|4.9e-324|2.2250738585072014e-308|1.7976931348623157e308
0.1|0.30000000000000004|2.675|1e100|100000000000000000000000.0
''|""|'a'|"a"|'it\\'s'|"it's"|'say "x"'|"it's \\"x\\""|'\\\\'|'\\n\\t\\r\\a\\b\\f\\v\\0\\x41\\101\\777\\u00e9\\U0001f600'|'\\d'|'\\x4'|'\\u12'|'\\U00110000'
'\\ud83d\\ude00'|'\\ud800'|'é'|'日本語'|'😀'|'\\xa0'|'\\u2028'|'\\u200b'|'\\xad'|'\\x7f'|'a|'|'a
'\\1a'|'\\08'|'\\8'|'\\''|'\\"'|"\\'"|'\t'
[]|[1]|[1,]|[,]|[1,,2]|[1 2]|[1, [2, [3]]]|( )|(1)|(1,)|(1, 2)|(,)|((((1))))|()|[(1,), ()]|[1|(1|{1
{}|{1: 2}|{1: 2,}|{1}|{1,}|{,}|{1: 2, 3}|{1, 2: 3}|{1: 'a', True: 'b', 1.0: 'c'}|{True: 1, 1: 2}|{1.5: 1, 'a': [1]}|{(1, 2): 3}|{[1]: 2}|{[1]}|{{}}|{(1, [2]): 3}
{1, True, 1.0}|{True, 1}|{0.0, -0.0}|{'a': {'b': {'c': (1, 2.0, None, True)}}}|set()
{'x': 1, 'x': 2}|{None: None}|[ 1 , 2 ]|{ 'a' : 1 }|x|print(1)|__import__('os')|1 if True else 2|[x for x in []]|lambda: 1|1 +|1; 2|*|
""".strip("\n").split("\n")
texts = [text for line in texts for text in line.split("|")]
texts += ["[" * 90 + "]" * 90, "(" * 50 + "1," + ")" * 50, "[1,\n 2]", " 5 ", "\t[1]\n", "'a\\\nb'", "'a\nb'"]

for _ in range(600):  # doubles of every size
    number = struct.unpack("<d", struct.pack("<Q", draw.getrandbits(64)))[0]
    if number == number and abs(number) != float("inf"):
        texts.append(repr(number))
texts += [repr(draw.uniform(-1, 1) * 10 ** draw.randint(-7, 20)) for _ in range(400)]
texts += [repr(round(draw.uniform(-1000, 1000), draw.randint(0, 4))) for _ in range(200)]
texts += [str(draw.getrandbits(draw.randint(1, 200)) * draw.choice([1, -1])) for _ in range(100)]

# Which code points repr escapes; unassigned ones are left out, since they change from one Unicode to the next.
known = [chr(p) for p in range(sys.maxunicode + 1) if unicodedata.category(chr(p)) != "Cn"]
for category in sorted({unicodedata.category(c) for c in known}):
    of_it = [c for c in known if unicodedata.category(c) == category]
    texts += [repr("".join(draw.sample(of_it, min(len(of_it), 12)))) for _ in range(8)]
texts += [repr("".join(map(chr, range(start, start + 64)))) for start in range(0, 0x300, 64)]


def value(depth):
    kind = draw.randint(0, 9 if depth else 5)
    if kind <= 1:
        return draw.randint(-100, 100)
    if kind == 2:
        return draw.choice([None, True, False])
    if kind == 3:
        return draw.uniform(-10, 10)
    if kind <= 5:
        return "".join(draw.choice("ab'\"\\\n é😀") for _ in range(draw.randint(0, 5)))
    if kind <= 7:
        return [value(depth - 1) for _ in range(draw.randint(0, 3))]
    if kind == 8:
        return tuple(value(depth - 1) for _ in range(draw.randint(0, 3)))
    return {draw.randint(0, 9): value(depth - 1) for _ in range(draw.randint(0, 3))}


texts += [repr(value(4)) for _ in range(200)]

entries = []
for text in texts:
    try:
        entries.append([text, repr(ast.literal_eval(text.strip()))])
    except Exception:
        entries.append([text, None])
# literal_eval folds what repr writes as a word or not at all; these are ours alone.
entries = [e for e in entries if e[1] is None or "inf" not in e[1]] + [["1e400", "inf"], ["-1e400", "-inf"]]
print("[\n" + ",\n".join(json.dumps(entry) for entry in entries) + "\n]")
