// The log of decisions: JSON lines, each on the disk before its answer leaves, each with the checksum of the
// one before, so that a line that was changed, left out or put in shows.
//
//   {"format":1,"kind":"decision", …,"previous":"9f2c…","sha256":"51ab…"}
//
// `sha256` is that of the line's text before `,"sha256"`; `previous` is that of the line before, zeros in the
// first. What the chain cannot show is that lines at the end are missing, or that all of it was written anew:
// keep the last checksum elsewhere now and then (pbb audit verify prints it, and looks for one that it is
// given).
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>

#include "base/file_descriptor.h"

namespace pbb {

class DecisionLog {
 public:
  // Goes on with a log that is there, or begins one; a line that a kill left half-written is cut off. Its
  // first act is a record {"kind":"opened"} with `labels`, and with what was cut off. InputError when another
  // process has it open, or the file is not such a log; Error when it cannot be written.
  DecisionLog(const std::filesystem::path& file, const nlohmann::ordered_json& labels);

  // On the disk when it returns. Error when it is not: then nothing of it is in the log, and the answer that
  // it is about must not leave. May be called from several threads.
  void append(nlohmann::ordered_json record);

  const std::filesystem::path& file() const { return file_; }

 private:
  void go_on(nlohmann::ordered_json& opened);
  void require_in_place() const;
  void write_line(const std::string& line);

  std::mutex mutex_;
  std::filesystem::path file_;
  FileDescriptor descriptor_;
  std::int64_t size_ = 0;  // of whole lines
  std::string previous_;
};

struct LogCheck {
  std::int64_t lines = 0, decisions = 0;
  int broken_line = 0;      // the first that is not as it was written; 0: none
  std::string what;         // is wrong with it
  bool unfinished = false;  // the last line was not written to its end: nothing was answered by it
  bool found = false;       // a record with the checksum that was looked for
  std::string last;         // checksum of the last line that is right
};
// InputError when the file cannot be read. wanted: a checksum to look for, or empty.
LogCheck verify_log(const std::filesystem::path& file, const std::string& wanted = "");

}  // namespace pbb
