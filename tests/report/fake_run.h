// A run's folder as `pbb run` leaves it, with made-up answers: for tests and to look at the page.
#pragma once

#include <filesystem>

namespace pbb {

struct FakeRunOptions {
  int with_io = 6;
  int source_only = 4;
  int inputs = 2;
  int untrained_inputs = 100;  // at most so many of them are asked of the arm `untrained`
  int steps = 60;              // of each of the two stages
  bool hostile = false;        // texts that try to break out of the page
};

void write_fake_run(const std::filesystem::path& folder, const FakeRunOptions& options = {});

}  // namespace pbb
