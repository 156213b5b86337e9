#!/usr/bin/env python3
"""Fails when the prose of a document is not wrapped at 120 columns; with --fix (`make format`) it is wrapped.

Documents are README.md, CHANGELOG.md and docs/*.md, or the files named. Tables, code, headings, HTML and link
definitions stay as they are. Code spans and links are never broken, so that what is longer than a line stands on one
of its own. Every paragraph that would be laid out otherwise is printed as file:line.
"""

import argparse
import re
import sys
import unicodedata
from pathlib import Path

COLUMNS = 120

FENCE = re.compile(r" *(```+|~~~+)")
QUOTE = re.compile(r" {0,3}> ?")
ITEM = re.compile(r"( *(?:[-*+]|\d{1,9}[.)]) +)(?=\S)")
# What is a line of its own: headings, rows of tables, HTML, link definitions, rules and underlines of headings.
VERBATIM = re.compile(r" *(?:#{1,6}(?: |$)|\||<[A-Za-z/!?]|\[[^\]]+\]:|(?:-[ -]*|=+|(?:\* *){3,}|(?:_ *){3,})$)")
# A word that would begin another block if it came first on a line stays with the word before it; so does a per cent.
NEVER_FIRST = re.compile(r"%|[-*+]$|\d{1,9}[.)]$|#{1,6}$|>|\||<[A-Za-z/!?]|```|~~~|[-=]+$")
# What is not broken: a code span, a link or picture with its address; else any text up to a blank.
ATOM = re.compile(r"(?:(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)|!?\[[^\[\]]*\]\([^()\s]*\)|[^ \t])+")


def columns(text):
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.combining(character) != 0 for character in text)


def words_of(text):
    """The pieces of a paragraph between which a line may break."""
    words = []
    for match in ATOM.finditer(text):
        if words and NEVER_FIRST.match(match[0]):
            words[-1] += " " + match[0]
        else:
            words.append(match[0])
    return words


def fill(text, first, rest, width):
    """`text` in lines of at most `width` columns, the first one after the prefix `first`, the others after `rest`."""
    words = words_of(text)
    lines = [first + words[0]]
    for word in words[1:]:
        if columns(lines[-1]) + 1 + columns(word) <= width:
            lines[-1] += " " + word
        else:
            lines.append(rest + word)
    return lines


def wrap_paragraph(lines, first, rest, width):
    """A paragraph's lines without their prefixes. A hard break (two blanks or a backslash) ends a line as before."""
    result, text = [], ""
    for number, line in enumerate(lines):
        text += (" " if text else "") + line.strip()
        hard = re.search(r"(?:  |\\)$", line) if number + 1 < len(lines) else None
        if hard or number + 1 == len(lines):
            result += fill(text, rest if result else first, rest, width)
            if hard and hard[0] == "  ":
                result[-1] += "  "
            text = ""
    return result


def starts_block(line):
    return not line.strip() or any(kind.match(line) for kind in (FENCE, QUOTE, ITEM, VERBATIM))


def end_of_fence(lines, begin):
    mark = FENCE.match(lines[begin])[1]
    for number in range(begin + 1, len(lines)):
        text = lines[number].strip()
        if text.startswith(mark) and not text.strip(mark[0]):
            return number + 1
    return len(lines)


def blocks_of(lines, width):
    """The document in pieces: (number of the first line, lines as they are, lines as they are to be)."""
    number, contents = 0, [0]  # contents: where the text of each list item begins that this line may belong to
    while number < len(lines):
        begin, line = number, lines[number]
        indent = len(line) - len(line.lstrip(" "))
        while line.strip() and contents[-1] > indent:
            contents.pop()
        if FENCE.match(line):
            number = end_of_fence(lines, number)
        elif QUOTE.match(line):
            while number < len(lines) and QUOTE.match(lines[number]):
                number += 1
            inner = wrap([QUOTE.sub("", quoted, count=1) for quoted in lines[begin:number]], width - 2)
            yield begin, lines[begin:number], [("> " + text).rstrip() for text in inner]
            continue
        elif not line.strip() or VERBATIM.match(line) or indent >= contents[-1] + 4:
            number += 1
        else:
            item = ITEM.match(line)
            first = item[1] if item else " " * indent
            if item:
                contents.append(len(first))
            number += 1
            while number < len(lines) and not starts_block(lines[number]):
                number += 1
            texts = [line[len(first):], *lines[begin + 1:number]]
            if number < len(lines) and not item and re.match(r" {0,3}(?:=+|-+) *$", lines[number]):
                yield begin, lines[begin:number], lines[begin:number]  # the heading above its underline
            else:
                yield begin, lines[begin:number], wrap_paragraph(texts, first, " " * len(first), width)
            continue
        yield begin, lines[begin:number], lines[begin:number]


def wrap(lines, width=COLUMNS):
    return [line for _, _, wanted in blocks_of(lines, width) for line in wanted]


def findings_in(file, lines):
    for begin, found, wanted in blocks_of(lines, COLUMNS):
        if found != wanted:
            differs = next((at for at, pair in enumerate(zip(found, wanted)) if pair[0] != pair[1]), len(wanted))
            yield f"{file}:{begin + differs + 1}: not wrapped at {COLUMNS} columns"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fix", action="store_true", help="wrap the documents in place")
    parser.add_argument("files", nargs="*", type=Path)
    arguments = parser.parse_args()
    root = Path(__file__).resolve().parent.parent
    documents = [root / "README.md", root / "CHANGELOG.md", *sorted((root / "docs").glob("*.md"))]
    findings = []
    for file in arguments.files or documents:
        text = file.read_text(encoding="utf-8")
        lines = text.split("\n")
        if not arguments.fix:
            findings += findings_in(file, lines)
        elif (wrapped := "\n".join(wrap(lines))) != text:
            file.write_text(wrapped, encoding="utf-8")
    if findings:
        print(*findings, sep="\n")
        print("HINT: `make format` wraps them", file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
