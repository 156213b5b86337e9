"""scripts/check_rooms.py finds what it is there to find, and nothing else."""

import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class CheckRooms(unittest.TestCase):
    def setUp(self):
        self.root = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)
        shutil.copy(ROOT / "CMakeLists.txt", self.root)

    def write(self, file, text):
        path = self.root / "src" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def findings(self):
        command = [sys.executable, ROOT / "scripts/check_rooms.py", "--root", self.root]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(result.stderr, "")
        self.assertEqual(result.returncode, 1 if result.stdout else 0)
        return result.stdout.splitlines()

    def assert_only_finding(self, *parts):
        findings = self.findings()
        self.assertEqual(len(findings), 1, findings)
        for part in parts:
            self.assertIn(part, findings[0])

    def test_rooms_above_own_headers_and_libraries_are_allowed(self):
        self.write("model/decoder.cc", '#include "model/decoder.h"\n#include "base/error.h"\n#include <vector>\n'
                                       '#include "hwy/highway.h"\n')
        self.assertEqual(self.findings(), [])

    def test_a_room_below_is_found_with_file_line_and_reason(self):
        self.write("base/file.cc", '#include <vector>\n\n#  include "model/decoder.h"\n')
        self.assert_only_finding("src/base/file.cc:3:", "model/decoder.h", "knows nothing of `model`")

    def test_a_room_above_that_is_none_of_its_business_is_found(self):
        self.write("programs/corpus.cc", '#include "text/tokenizer.h"\n')
        self.assert_only_finding("src/programs/corpus.cc:1:", "knows nothing of `text`")

    def test_angle_brackets_hide_nothing(self):
        self.write("report/deep/page.cc", "#include <training/train.h>\n")
        self.assert_only_finding("src/report/deep/page.cc:1:", "knows nothing of `training`")

    def test_a_domain_is_for_programs_and_cli_alone(self):
        for room in ("programs", "cli"):
            self.write(f"{room}/one.cc", '#include "programs/domains/arithmetic.h"\n')
        self.assertEqual(self.findings(), [])
        self.write("sandbox/one.cc", '#include "programs/domains/arithmetic.h"\n')
        self.assert_only_finding("src/sandbox/one.cc:1:", "domain")
        self.write("sandbox/one.cc", '#include "programs/domains/table.h"\n')
        self.assertEqual(self.findings(), [])

    def test_paths_that_go_round_the_rooms_are_found(self):
        self.write("base/error.h", "")
        self.write("base/file.cc", '#include "error.h"\n')
        self.assert_only_finding("src/base/file.cc:1:", '"ROOM/NAME.h"')
        self.write("base/file.cc", '#include "../model/decoder.h"\n')
        self.assert_only_finding("src/base/file.cc:1:", '"ROOM/NAME.h"')

    def test_cmake_and_the_table_say_the_same(self):
        cmake = self.root / "CMakeLists.txt"
        self.write("base/error.h", "")
        text = cmake.read_text(encoding="utf-8")
        cmake.write_text(text.replace("pbb_room(programs ROOMS base", "pbb_room(programs ROOMS base tensor"),
                         encoding="utf-8")
        self.assert_only_finding("CMakeLists.txt", "`programs`")

    def test_an_unknown_room_is_found(self):
        self.write("attic/old.cc", "")
        self.assert_only_finding("src/attic: no such room")


if __name__ == "__main__":
    unittest.main()
