"""scripts/check_documents.py wraps prose at one width and leaves what Markdown means as it is."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORDS = " ".join(["word"] * 40)  # 199 columns


class CheckDocuments(unittest.TestCase):
    def run_on(self, text, *options):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "page.md"
            file.write_text(text, encoding="utf-8")
            command = [sys.executable, ROOT / "scripts/check_documents.py", *options, file]
            result = subprocess.run(command, capture_output=True, text=True, check=False)
            findings = [line.removeprefix(f"{file}:") for line in result.stdout.splitlines()]
            self.assertEqual(result.returncode, 1 if findings else 0, result.stderr)
            return findings, file.read_text(encoding="utf-8")

    def wrapped(self, text):
        """The text after --fix, with which the check is then content."""
        result = self.run_on(text, "--fix")[1]
        self.assertEqual(self.run_on(result)[0], [])
        return result

    def assert_kept(self, text):
        self.assertEqual(self.wrapped(text), text)

    def test_a_long_line_is_found_with_its_number_and_wrapped(self):
        findings, _ = self.run_on(f"# Page\n\nshort\n\n{WORDS}\n")
        self.assertEqual(findings, ["5: not wrapped at 120 columns"])
        wrapped = self.wrapped(f"{WORDS}\n")
        self.assertEqual(wrapped.split(), WORDS.split())
        self.assertEqual([len(line) for line in wrapped.splitlines()], [119, 79])

    def test_lines_cut_early_are_joined(self):
        self.assertEqual(self.wrapped("one\ntwo\n\nthree\n"), "one two\n\nthree\n")

    def test_a_line_of_120_columns_fits_and_letters_of_two_bytes_are_one_column(self):
        self.assert_kept("é" * 59 + " " + "é" * 60 + "\n")
        self.assertIn("\n", self.wrapped("é" * 60 + " " + "é" * 60 + "\n").strip())

    def test_nested_lists_keep_their_indentation(self):
        wrapped = self.wrapped(f"- a\n  - {WORDS}\n\n    {WORDS}\n10. {WORDS}\n")
        indents = [len(line) - len(line.lstrip()) for line in wrapped.splitlines()]
        self.assertEqual(indents, [0, 2, 4, 0, 4, 4, 0, 4])

    def test_quotes_are_wrapped_inside_their_marks(self):
        lines = self.wrapped(f"> - {WORDS}\n").splitlines()
        self.assertEqual([line[:4] for line in lines], ["> - ", ">   "])
        self.assertTrue(all(len(line) <= 120 for line in lines))

    def test_tables_code_headings_html_and_definitions_stay(self):
        for text in (f"| {WORDS} |\n| --- |\n", f"```\n{WORDS}\na\nb\n```\n", f"# {WORDS}\n", f"<p>{WORDS}</p>\n",
                     f"[{WORDS}]: address\n", f"a\n\n    {WORDS}\n", f"- a\n\n      {WORDS}\n", f"{WORDS}\n===\n"):
            self.assert_kept(text)

    def test_code_spans_links_and_addresses_are_never_broken(self):
        code = f"`{WORDS}`"
        link = f"[{WORDS}](address)"
        self.assertEqual(self.wrapped(f"before {code} after {link}.\n").splitlines(),
                         ["before", code, "after", f"{link}."])
        self.assert_kept("https://example.org/" + "a" * 150 + "\n")

    def test_no_word_becomes_the_mark_of_a_block_by_coming_first(self):
        for mark in ("-", "+", "*", "1.", "2)", "#", ">", "|", "---", "==="):
            lines = self.wrapped("a" * 112 + " before " + mark + " after\n").splitlines()
            self.assertTrue(lines[1].startswith(f"before {mark}"), lines)

    def test_a_percent_sign_stays_with_its_number(self):
        self.assertEqual(self.wrapped("a" * 117 + " 98 % right\n").splitlines(), ["a" * 117, "98 % right"])

    def test_hard_line_breaks_stay(self):
        self.assert_kept("one  \ntwo\\\nthree\n")


if __name__ == "__main__":
    unittest.main()
