// The log of decisions: JSON lines, each on the disk before its answer leaves, each with the checksum of the
// one before, so that a line that was changed, left out or put in shows.
//
//   {"format":1,"kind":"decision", …,"previous":"9f2c…","sha256":"51ab…"}
//
// `sha256` is that of the line's text before `,"sha256"`; `previous` is that of the line before, zeros in the
// first. A log that has grown goes on in a new file (log_files.h), and the chain with it. What the chain cannot
// show is that lines at the end are missing, or that all of it was written anew: keep the last checksum
// elsewhere now and then (pbb audit verify prints it, and looks for one that it is given).
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>

#include "base/file_descriptor.h"
#include "decisions/log_files.h"
#include "decisions/sealed_line.h"

namespace pbb {

class DecisionLog {
 public:
  // Goes on with a log that is there, or begins one; a line that a kill left half-written is cut off. Its
  // first act is a record {"kind":"opened"} with `labels`, and with what was cut off. InputError when another
  // process has it open, or the file is not such a log; Error when it cannot be written. most_bytes: of a file,
  // after which the log goes on in a new one; 0: never.
  DecisionLog(const std::filesystem::path& file, const nlohmann::ordered_json& labels,
              std::int64_t most_bytes = 0);

  // On the disk when it returns. Error when it is not: then nothing of it is in the log, and the answer that
  // it is about must not leave. May be called from several threads, as the rest.
  void append(nlohmann::ordered_json record);
  // A record {"kind":"switched"}: what decides from here on is labelled otherwise.
  void append_switch(const nlohmann::ordered_json& labels);
  // Goes on in a new file, and puts the one before aside as log_part(file(), …). Error, and the log goes on where
  // it was, when that cannot be done. A kill at any moment leaves all lines, each once.
  void rotate();

  const std::filesystem::path& file() const { return file_; }

 private:
  void go_on(nlohmann::ordered_json& opened);
  void settle_parts();
  void take_previous_from(const std::filesystem::path& file, const std::string& line);
  bool is_in_place() const;
  void add(nlohmann::ordered_json record);
  void begin_next_file();
  void put_aside(const std::filesystem::path& next) const;
  void sync_folder() const;

  std::mutex mutex_;
  std::filesystem::path file_;
  nlohmann::ordered_json labels_;
  std::int64_t most_bytes_, rotates_at_;
  FileDescriptor descriptor_;
  int part_ = 0;           // of the newest file that was put aside
  std::int64_t size_ = 0;  // of whole lines
  std::string previous_ = no_record;
};

}  // namespace pbb
