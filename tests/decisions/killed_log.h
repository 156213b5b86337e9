// Processes that append to a log until they are killed.
#pragma once

#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/random.h"
#include "decisions/decision_log.h"

namespace pbb {

inline nlohmann::ordered_json numbered(int number) {
  return {{"format", 1}, {"kind", "decision"}, {"number", number}};
}

// A process of its own appends to the log, which goes on in a new file after so many bytes (0: never), until it is killed
// at a random moment. Adds to `acknowledged` how many records it was told of.
inline void append_until_killed(const std::filesystem::path& file, std::int64_t most_bytes, Random& random,
                                int& acknowledged) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    DecisionLog log(file, {}, most_bytes);
    for (int i = 0;; ++i) {
      log.append(numbered(i));
      if (write(ends[1], "x", 1) != 1) _exit(1);
    }
  }
  close(ends[1]);
  char byte = 0;
  for (std::int64_t records = random.integer(1, 9); records > 0; --records) {
    ASSERT_EQ(read(ends[0], &byte, 1), 1);
    ++acknowledged;
  }
  for (std::int64_t turns = random.integer(0, 200); turns > 0; --turns) sched_yield();
  kill(child, SIGKILL);
  while (read(ends[0], &byte, 1) == 1) ++acknowledged;
  waitpid(child, nullptr, 0);
  close(ends[0]);
}

}  // namespace pbb
