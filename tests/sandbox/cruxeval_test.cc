// Real programs: those of CRUXEval, against the outputs recorded with them.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sandbox/run_program.h"
#include "sandbox/sandbox.h"

namespace pbb {
namespace {

using namespace testing_sandbox;

struct Recorded {
  std::string id;
  ProgramCall call;
  Value output;
};

std::string unzipped(const std::filesystem::path& file) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> zip(::gzopen(file.c_str(), "rb"), ::gzclose);
  std::string text, block(1 << 16, '\0');
  int size = 0;
  while (zip && (size = ::gzread(zip.get(), block.data(), static_cast<unsigned>(block.size()))) > 0) {
    text.append(block, 0, static_cast<std::size_t>(size));
  }
  return text;
}

// Those whose inputs and outputs are plain values (all but a few: a keyword argument, an ellipsis).
std::vector<Recorded> read_recorded(const std::filesystem::path& file) {
  std::vector<Recorded> all;
  std::istringstream lines(unzipped(file));
  for (std::string line; std::getline(lines, line);) {
    const auto row = nlohmann::json::parse(line);
    const auto arguments = parse_value(fmt::format("({},)", row.at("input").get<std::string>()));
    const auto output = parse_value(row.at("output").get<std::string>());
    if (!arguments || !output) continue;
    Recorded recorded{
        row.at("id").get<std::string>(), {row.at("code").get<std::string>(), "f", {}, false}, *output};
    recorded.call.arguments = std::get<TupleValue>(arguments->data).items;
    all.push_back(std::move(recorded));
  }
  return all;
}

class Cruxeval : public ::testing::TestWithParam<bool> {};

TEST_P(Cruxeval, OutputsAreTheRecordedOnes) {
  const auto file = std::filesystem::path(PBB_SHARED) / "data/cruxeval.jsonl.gz";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not there: its programs are not run";
  const auto recorded = read_recorded(file);
  ASSERT_GE(recorded.size(), 350u);
  std::vector<ProgramCall> calls;
  for (const auto& item : recorded) {
    calls.push_back(item.call);
    calls.back().traced = GetParam();
  }
  Sandbox sandbox(patient(2));
  const auto results = sandbox.run(calls);
  for (std::size_t i = 0; i < recorded.size(); ++i) {
    EXPECT_EQ(told(results[i]), "returned " + to_python(recorded[i].output)) << recorded[i].id;
    if (!GetParam()) continue;
    ASSERT_FALSE(results[i].trace.empty()) << recorded[i].id;
    EXPECT_EQ(results[i].trace.back().step.substr(0, 7), "return ") << recorded[i].id;
  }
}

INSTANTIATE_TEST_SUITE_P(BothWays, Cruxeval, ::testing::Values(false, true),
                         [](const auto& run) { return run.param ? "Traced" : "Untraced"; });

}  // namespace
}  // namespace pbb
