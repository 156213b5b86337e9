// The files of a log of decisions: decisions.jsonl.000001, decisions.jsonl.000002, …, and decisions.jsonl, which is
// written now. A file that has been put aside keeps its name, so that it can be archived at any time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace pbb {

std::filesystem::path log_part(const std::filesystem::path& file, int number);  // that was put aside
int newest_log_part(const std::filesystem::path& file);  // its number; 0: there is none
// Those that are there, in the order in which they were written.
std::vector<std::filesystem::path> log_files(const std::filesystem::path& file);

struct LogCheck {
  std::int64_t lines = 0, decisions = 0, files = 0;
  std::filesystem::path broken_file;
  int broken_line = 0;      // the first that is not as it was written; 0: none
  std::string what;         // is wrong with it
  bool unfinished = false;  // the last line was not written to its end: nothing was answered by it
  bool found = false;       // a record with the checksum that was looked for
  std::string last;         // checksum of the last line that is right
};
// Over all files of the log. InputError when one cannot be read. wanted: a checksum to look for, or empty. after: of
// the line before the first, where the files before were archived; empty: there are none.
LogCheck verify_log(const std::filesystem::path& file, const std::string& wanted = "",
                    const std::string& after = "");

// The last whole line of a file, and what comes after it.
struct LogTail {
  std::int64_t whole = 0;  // bytes of whole lines
  std::string line, rest;
};
LogTail log_tail(const std::filesystem::path& file, std::int64_t size);

}  // namespace pbb
