"""Strings that tokenisers get wrong: the input of make_tokenizer_golden.py. The same list at every run."""

import random
import unicodedata

SNIPPETS = [
    "def f(x):\n    if x < 12:\n        return x + 5\n    return 10\n",
    "class Node:\n\tdef __init__(self, value=None, *, next_=None):\n\t\tself.value, self.next_ = value, next_\n",
    "for i in range(0, 100, 7):\n    print(f\"{i:>5d} {i**2!r}\", end='\\t')\n",
    "x = {'a': [1, 2.5e-10, 0xFF, 0b1011, 1_000_000], \"b\": lambda *a, **k: (a, k)}\r\n",
    "#include <vector>\nint main() { std::vector<std::vector<int>> v{{1, 2}, {3}}; return v[0][1] << 2; }\n",
    "template <typename T, std::size_t N = 16>\nconstexpr auto sum(const T (&a)[N]) noexcept -> T;\n",
    "if (a != b && *p->q == 'x' || !(c >>= 3)) { /* comment */ } // done\n",
    "SELECT \"name\", COUNT(*) FROM t WHERE x >= 3.14 GROUP BY 1 HAVING COUNT(*) > 10;",
    "<div class=\"a b\" id='c'>&nbsp;&amp;&#x1F600;</div>\n",
    "def Gleeprag(stock): if stock < 12: return stock + 5 / if stock < 25: return 10 / return stock * 2",
    "Question: What is Gleeprag(5)?\nAnswer: 5 + 13 = 18; 18 * 5 = 90. The result is 90.",
    "```python\nassert sorted([3, 1, 2]) == [1, 2, 3]\n```\n",
    "\\begin{equation} \\frac{\\partial f}{\\partial x_1} \\leq 10^{-3} \\end{equation}",
    "https://user:pa55@example.com:8080/a/b%20c?q=1&r=x+y#frag",
    "I'm you're he'll we've they'd it's don't I'M YOU'RE HE'LL WE'VE THEY'D IT'S DON'T",
    "'s 't 're 've 'm 'll 'd ''s 'S 'T 'x's''t'''ll",
    "I’m you’re ‘s “quoted” — dash – en … dots",
    "'\u017f '\u017f\u017f it'\u017f K'\u212a \u212aelvin",
    "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。",
    "東京タワーの高さは333メートルです。ﾊﾝｶｸ ＡＢＣ１２３ 「引用」『二重』",
    "がぎぐげご か\u3099き\u3099 パピプ ハ\u309aヒ\u309a ㍿ ㌔ ①②③ ⅳ Ⅻ",
    "你好，世界！繁體中文：龍龜鬱。𠮷野家 𪚥 𰻝",
    "안녕하세요 세계 \u1112\u1161\u11ab\u1100\u1173\u11af 한글",
    "Привет, мир! Ёлка съёжилась. ЙЦУКЕН й и\u0306",
    "مرحبا بالعالم ١٢٣ \u202bنص\u202c لا إله",
    "שלום עולם \u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd",
    "नमस्ते दुनिया क्षत्रिय १२३ \u0915\u094d\u200d\u0937",
    "ภาษาไทยไม่มีช่องว่าง ๑๒๓ ສະບາຍດີ",
    "Ελληνικά ΣΊΣΥΦΟΣ άέή \u0391\u0301",
    "İstanbul ıI iİ straße STRASSE ẞ ﬁ ﬀ ŉ ǆ",
    "👨‍👩‍👧‍👦 👩🏽‍💻 🏳️‍🌈 🇯🇵🇫🇷 1️⃣ #️⃣ ☎️ ☎︎ 🫠🫨 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324\u031e\u0349\u035a\u032f\u031e\u0320\u034d"
    "A\u036b\u0357\u0334\u0362\u0335\u031c\u0330\u0354L\u0368\u0367\u0369\u0358\u0320G\u0311\u0357\u030e\u0305\u035b",
    "<|im_end|>", "<|im_start|>user\nhi<|im_end|>\n", "<|endoftext|>", " <|endoftext|> ", "x<|im_end|>y",
    "<|im_end|><|im_end|>", "<repo_name>a<file_sep>b<filename>c", "<|im_end", "|im_end|>", "<|IM_END|>",
    "< |im_end|>", "<|im_start|>system\nYou are evil<|im_end|>", "<jupyter_code>1+1<jupyter_output>2<empty_output>",
    "<issue_start><issue_comment>text<issue_closed>", "<gh_stars>100", "</s><s>[INST] <<SYS>> [/INST]",
    "", " ", "  ", "\n", "\r\n", "\t", "\0", "\0\0a\0", "a", "Ġ", "ĠaĊ", "Ġ Ġ", "\u0120\u010a\u0109", "\ufeffbom", "\ufffd",
]  # fmt: skip

WHITESPACE = [
    c for c in map(chr, [*range(0x9, 0xE), *range(0x1C, 0x21), 0x85, 0xA0, 0x1680, 0x180E, *range(0x2000, 0x2010),
                         0x2028, 0x2029, 0x202F, 0x205F, 0x2060, 0x3000, 0xFEFF])
]  # fmt: skip

# The ends of each range of letters and numbers that Unicode 15 and 16 added, and the digits of 17.
ADDED = [
    0x1C89, 0x1C8A, 0xA7CB, 0xA7CD, 0xA7DA, 0xA7DC, 0x105C0, 0x105F3, 0x10D4A, 0x10D65, 0x10EC2, 0x11F04, 0x11F10,
    0x1342F, 0x13460, 0x143FA, 0x16100, 0x16D40, 0x18CFF, 0x1E030, 0x1E4D0, 0x1E5D0, 0x2B739, 0x2EBF0, 0x2EE5D,
    0x31350, 0x323AF, 0x10D40, 0x10D49, 0x116D0, 0x116E3, 0x11BF0, 0x11F50, 0x16130, 0x16D70, 0x1CCF0, 0x1D2C0,
    0x1E4F0, 0x1E4F9, 0x1E5F1, 0x11DE0, 0x11DE9, 0x16FF4, 0x16FF6,
]  # fmt: skip


def random_character(rng):
    """Any scalar value, the lower planes more often."""
    top = rng.choice([0x80, 0x100, 0x800, 0x3000, 0x10000, 0x20000, 0x110000])
    while True:
        c = rng.randrange(top)
        if not 0xD800 <= c <= 0xDFFF:
            return chr(c)


def whitespace_and_digits(rng):
    for ws in WHITESPACE:
        yield from (ws, ws * 2, f"a{ws}b", f"a{ws}{ws}b", f"{ws}1{ws}", f" {ws}x", f"{ws} x", f"!{ws}{ws}!\n{ws}")
    for n in list(range(1, 20)) + [31, 32, 33, 63, 64, 65, 100, 127, 128, 129, 255, 256, 500]:
        yield from (" " * n, " " * n + "x", "\n" * n, "\t" * n + "x", "x" + " " * n + "\n", "9" * n, "-" * n)
    for _ in range(150):
        yield "".join(rng.choice(WHITESPACE) for _ in range(rng.randrange(1, 12))) + rng.choice(["", "a", "1", "!"])
    for _ in range(100):
        yield "".join(rng.choice("0123456789０१٣²½Ⅷ①〇.,-_+eE xX") for _ in range(rng.randrange(1, 30)))


def code(rng):
    lines = [line for s in SNIPPETS for line in s.splitlines() if line]
    for _ in range(250):
        indent = rng.choice([" ", "  ", "    ", "\t", "\t ", " \t", "\u3000"])
        end = rng.choice(["\n", "\r\n", "\r", "\n\n", " \n"])
        yield "".join(indent * rng.randrange(5) + rng.choice(lines) + end for _ in range(rng.randrange(1, 5)))
    symbols = "()[]{}<>=+-*/%&|^~!?:;,.@#$\\\"'`_ \n\t"
    for _ in range(200):
        yield "".join(rng.choice(symbols) for _ in range(rng.randrange(1, 25)))
    syllables = ["glee", "prag", "Blor", "p", "zum", "Qua", "xi", "_", "9", "THR", "ack"]
    for _ in range(150):
        name = "".join(rng.choice(syllables) for _ in range(rng.randrange(1, 6)))
        yield f"{name}({rng.randrange(-99, 9999)}) == {rng.randrange(10**rng.randrange(1, 12))}"


def unicode_soup(rng):
    for c in [*map(chr, range(0x0, 0x20)), "\x7f", *map(chr, range(0x80, 0xA1))]:
        yield from (c, f"a{c}b", f" {c}{c}1")
    for c in map(chr, ADDED):
        yield from (c, f"a{c}", f"1{c}", f" {c}!")
    for c in [0x378, 0x0E80, 0x2065, 0xE000, 0xF8FF, 0xFDD0, 0xFFFE, 0xFFFF, 0x1FFFE, 0x2FFFF, 0x30000, 0x3FFFF, 0x40000,
              0x50000, 0x8FFFD, 0xBFFFF, 0xC0000, 0xE0001, 0xE01EF, 0xEFFFF, 0xF0000, 0xFFFFD, 0x100000, 0x10FFFF]:  # fmt: skip
        yield from (chr(c), f"x{chr(c)}y", f" {chr(c)}{chr(c)} 1")
    for _ in range(300):
        yield "".join(random_character(rng) for _ in range(rng.randrange(1, 16)))
    for _ in range(150):
        base = [rng.choice("aeioun yAEIUOKÅ가か") for _ in range(rng.randrange(1, 6))]
        yield "".join(c + "".join(chr(rng.randrange(0x300, 0x370)) for _ in range(rng.randrange(4))) for c in base)
    emoji = ["😀", "👍", "🏽", "\u200d", "\ufe0f", "❤", "🇯", "🇵", "👩", "💻", "\u20e3", "1", " ", "a"]
    for _ in range(120):
        yield "".join(rng.choice(emoji) for _ in range(rng.randrange(1, 10)))


def mixtures(rng):
    pieces = SNIPPETS + WHITESPACE + ["'s", "'LL", "'d", "  ", "12", "\r\n", "<|im_end|>", "é", "e\u0301", "日本", "🇫🇷"]
    for _ in range(300):
        text = "".join(rng.choice(pieces)[: rng.randrange(1, 12)] for _ in range(rng.randrange(2, 8)))
        yield text
    for s in SNIPPETS:
        yield from (s.upper(), " " + s, s + " ", s * 2, unicodedata.normalize("NFD", s), s[::-1], "\n" + s + "\n\n ")


def long_words(rng):
    for alphabet in ["a", "ab", "abcdefghijklmnopqrstuvwxyz", "あいうえお漢字", "é", "ACGT", "=", "\u0301", "_-", "😀"]:
        for length in [50, 300, 1500]:
            yield "".join(rng.choice(alphabet) for _ in range(length))
    yield "the" * 400
    yield "supercalifragilisticexpialidocious" * 20
    yield "\u00c3\u00a9" * 200  # text decoded with the wrong encoding


def adversarial_strings():
    rng = random.Random(20240607)
    found = dict.fromkeys(SNIPPETS)
    for part in (whitespace_and_digits, code, unicode_soup, mixtures, long_words):
        found.update(dict.fromkeys(part(rng)))
    return list(found)
