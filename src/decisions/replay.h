// Decisions of a log, taken again: by the rules as they are registered now, and by the model as it is now.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "decisions/guard.h"
#include "decisions/log_files.h"

namespace pbb {

struct ReplayedDifference {
  std::filesystem::path file;  // of the log
  int line = 0;
  std::string id, call;
  std::string what;  // "the program says 6 (version 2), the log 5"
};

struct LogReplay {
  std::int64_t decisions = 0;
  std::int64_t same = 0;           // of those replayed: program and model say what they said
  std::int64_t masked = 0;         // their arguments are not in the log
  std::int64_t unknown = 0;        // there is no such rule any more, or it takes other arguments
  std::int64_t other_weights = 0;  // replayed, but the model was trained anew since
  std::vector<ReplayedDifference> differences;
};

// `rules`: the valid ones. `model`: null: only the programs are run. InputError for a line that is no decision as
// pbb writes them; the chain is verified first (Error naming the line), `after` as verify_log has it.
LogReplay replay_log(const std::filesystem::path& file, const std::vector<RegisteredRule>& rules,
                     const Runner& run, LoadedModel* model,
                     const std::function<void(std::int64_t decisions)>& on_progress = {},
                     const std::string& after = "");

// As verify_log, but an Error that names the first broken line, where there is one.
LogCheck require_whole(const std::filesystem::path& file, const std::string& wanted = "",
                       const std::string& after = "");

}  // namespace pbb
