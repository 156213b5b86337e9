// Answers of a server as they come, a line each, so that none is asked for twice: eval/answers/ARM.jsonl.
//
//   {"asked": {"model": …, "api": …, …}}                  the first line: what all the others are answers of
//   {"question": SHA-256, "text": "…", "cut": false}
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/file_descriptor.h"
#include "evaluation/answering.h"

namespace pbb {

class AnswerJournal {
 public:
  // Goes on with what the file has; a last line that was cut short, by a kill or a full disk, is dropped. InputError
  // where it is of another `asked`, naming what differs, or damaged.
  AnswerJournal(const std::filesystem::path& file, const nlohmann::json& asked);

  std::optional<PromptAnswer> find(const AskedPrompt& prompt) const;
  // By any thread; in the file when it returns. Error naming the file where it cannot be written.
  void add(const AskedPrompt& prompt, const PromptAnswer& answer);

 private:
  void read(const nlohmann::json& asked);
  void write(const nlohmann::json& line);

  std::filesystem::path file_;
  FileDescriptor descriptor_;
  mutable std::mutex mutex_;
  std::map<std::string, PromptAnswer> answers_;
};

}  // namespace pbb
