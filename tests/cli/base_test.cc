// pbb base: an adapter of its own, and what it is written with.
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "cli/program.h"

namespace pbb {
namespace {

class BaseTest : public ProgramTest {
 protected:
  nlohmann::json adapter_of(const std::string& folder, const std::string& more) {
    write_file(path("base.toml"), fmt::format("model = \"{}\"\n{}[interpreter]\nsteps = 1\ndrills = 1\n"
                                              "executions = 0\nstudied = 0\ntexts = 0\ndrill_length = 1\n"
                                              "max_tokens = 128\n[adapter]\nrank = 2\nalpha = 4\n",
                                              path("model").string(), more));
    const Outcome outcome = run({"base", path("base.toml").string(), "--out", path(folder).string()});
    EXPECT_EQ(outcome.code(), 0) << outcome.err;
    const fs::path adapter = path(folder) / "adapter";
    weights_.push_back(read_file(adapter / "adapter_model.safetensors"));
    return nlohmann::json::parse(read_file(adapter / "adapter_config.json"));
  }
  std::vector<std::string> weights_;
};

TEST_F(BaseTest, AnAdapterIsWrittenWithTheAlphaThatItsRecipeSays) {
  EXPECT_EQ(adapter_of("as-trained", "").at("lora_alpha"), 4);
  EXPECT_EQ(adapter_of("lower", "written_alpha = 3\n").at("lora_alpha"), 3);
  EXPECT_EQ(weights_[0], weights_[1]);
}

TEST_F(BaseTest, AnExportHoldsWhatARunsAdapterHasLearnt) {
  std::vector<std::string> arguments = run_arguments("run");
  arguments.insert(arguments.end(), {"adapter.rank=4", "adapter.alpha=64"});
  ASSERT_EQ(run(arguments).code(), 0);
  ASSERT_EQ(run({"export", path("run").string(), "--to", path("exported").string()}).code(), 0);
  write_file(path("text"), "def f(x):\n    return x + 1\n");
  const auto scored = [&](const std::string& model) {
    const Outcome outcome =
        run({"score", path(model).string(), path("text").string(), "--dtype", "f32", "--json"});
    EXPECT_EQ(outcome.code(), 0) << outcome.err;
    const nlohmann::json log_probabilities = nlohmann::json::parse(outcome.out).at("logprobs");
    double sum = 0;
    for (const nlohmann::json& one : log_probabilities) sum += one.is_null() ? 0 : one.get<double>();
    return sum / static_cast<double>(log_probabilities.size());
  };
  EXPECT_NEAR(scored("exported"), scored("run"), 1e-4);
  EXPECT_GT(std::abs(scored("run") - scored("model")), 1e-3) << "it learnt nothing";
}

}  // namespace
}  // namespace pbb
