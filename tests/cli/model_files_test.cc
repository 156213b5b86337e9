// Model files as their user meets them: what a file says is shown, kept by an export, or refused by name.
#include <grp.h>
#include <sys/resource.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "base/json_lines.h"
#include "cli/program.h"
#include "generation/generate.h"

namespace pbb {
namespace {

using Ids = std::vector<std::int32_t>;

class ModelFilesTest : public ProgramTest {
 protected:
  // As `run`, in a child that `prepare` has changed first; `not_run` when it says false or the program cannot
  // be started from there.
  static constexpr int not_run = 99;
  Outcome run_after(const std::function<bool()>& prepare, const std::vector<std::string>& arguments) const {
    std::vector<char*> argv{const_cast<char*>(PBB_BINARY)};
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    const std::string error = path("stderr").string();
    const pid_t child = fork();
    if (child == 0) {
      const int file = ::open(error.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      dup2(file, 1);
      dup2(file, 2);
      if (prepare()) execv(PBB_BINARY, argv.data());
      _exit(not_run);
    }
    return finish(child);
  }
  void change_json(const std::string& file, const std::function<void(nlohmann::json&)>& change) const {
    nlohmann::json contents = read_json(path(file));
    change(contents);
    write_file(path(file), contents.dump());
  }
};

// Case post_processor_bos.
TEST_F(ModelFilesTest, TokenizeAndScorePutBeforeATextWhatItsTokeniserPutsThere) {
  change_json("model/tokenizer.json", [](nlohmann::json& tokenizer) {
    tokenizer["post_processor"] = nlohmann::json::parse(R"({"type": "TemplateProcessing", "single": [
        {"SpecialToken": {"id": "<|endoftext|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [], "special_tokens": {}})");
  });
  write_file(path("text"), "ab");
  const std::string model = path("model").string(), text = path("text").string();
  const auto ids_of = [](const Outcome& outcome) {
    EXPECT_EQ(outcome.code(), 0) << outcome.err;
    return nlohmann::json::parse(outcome.out).at("ids").get<Ids>();
  };
  EXPECT_EQ(ids_of(run({"tokenize", model, text, "--json"})), (Ids{256, 97, 98}));
  EXPECT_EQ(ids_of(run({"tokenize", model, text, "--json", "--no-special-tokens"})), (Ids{97, 98}));
  EXPECT_EQ(ids_of(run({"score", model, text, "--json"})), (Ids{256, 97, 98}));

  // An export of it puts the same there, and so does a run's training.
  ASSERT_EQ(run({"export", model, "--to", path("exported").string()}).code(), 0);
  EXPECT_EQ(ids_of(run({"tokenize", path("exported").string(), text, "--json"})), (Ids{256, 97, 98}));
  const Outcome trained = run(run_arguments("run"));
  EXPECT_EQ(trained.code(), 0) << trained.err;
}

TEST_F(ModelFilesTest, InfoShowsRopeTiesNormAndEnds) {
  change_json("model/config.json", [](nlohmann::json& config) { config["eos_token_id"] = {256, 97}; });
  const Outcome outcome = run({"info", path("model").string()});
  ASSERT_EQ(outcome.code(), 0) << outcome.err;
  for (const char* line :
       {"rope          base 10000\n", "norm          epsilon 1e-05\n", "embeddings    tied",
        "texts begin   no token\n", "texts end     256 <|endoftext|>, 97 a\n"}) {
    EXPECT_NE(outcome.out.find(line), std::string::npos) << line << outcome.out;
  }
}

// Case rope_partial.
TEST_F(ModelFilesTest, WhatAConfigAsksForAndPbbDoesNotComputeIsRefusedByName) {
  change_json("model/config.json", [](nlohmann::json& config) { config["partial_rotary_factor"] = 0.5; });
  const Outcome outcome = run({"info", path("model").string()});
  EXPECT_EQ(outcome.code(), 2);
  EXPECT_NE(outcome.err.find("'partial_rotary_factor' is 0.5"), std::string::npos) << outcome.err;
}

// A model that knows one sentence, "abc", and ends it with what training teaches; after that token it would
// go on with d for ever. Its EOS is <|im_end|>, as the default model's.
LoadedModel model_with_two_ends() {
  TokenizerData data = byte_tokenizer().data();
  data.tokens.push_back("<|im_end|>");
  data.control.push_back(257);
  data.end = 257;
  DecoderConfig config;
  config.vocabulary = 258;
  config.width = 264;
  config.feed_forward = 8;
  config.layers = 1;
  config.heads = config.kv_heads = 1;
  config.head_size = 8;
  config.context = 64;
  config.tied_embeddings = false;
  Decoder decoder(config, DataType::f32);
  const std::vector<std::pair<int, int>> following = {
      {'a', 'b'}, {'b', 'c'}, {'c', 256}, {256, 'd'}, {'d', 'd'}};
  const auto width = static_cast<std::size_t>(config.width);
  for (Parameter parameter :
       decoder.parameters()) {  // all others are zero: a layer leaves its input as it is
    const auto values = parameter.value.span<float>();
    if (parameter.name == "model.norm.weight") std::ranges::fill(values, 1.0F);
    for (const auto& [token, next] : following) {
      const auto column = static_cast<std::size_t>(token);
      if (parameter.name == "model.embed_tokens.weight") values[column * width + column] = 1;
      if (parameter.name == "lm_head.weight") values[static_cast<std::size_t>(next) * width + column] = 1;
    }
  }
  decoder.refresh();
  return {std::move(decoder), Tokenizer(std::move(data)), ""};
}

// Case export_eos. transformers' generate() stops at any token of generation_config.json's eos_token_id, a
// number or a list, and at nothing else.
TEST_F(ModelFilesTest, AnExportedModelStopsWhereTrainingTaughtItToUnderTransformersRules) {
  const LoadedModel taught = model_with_two_ends();
  save_model(path("taught"), taught.decoder, taught.tokenizer);
  ASSERT_EQ(run({"export", path("taught").string(), "--to", path("exported").string()}).code(), 0);

  const nlohmann::json stops = read_json(path("exported") / "generation_config.json").at("eos_token_id");
  EXPECT_EQ(stops, (Ids{256, 257}));  // what training taught, and the model's own
  GenerationOptions options;
  options.max_new_tokens = 20;
  options.stop_tokens = stops.is_array() ? stops.get<Ids>() : Ids{stops.get<std::int32_t>()};
  LoadedModel exported = load_model(path("exported").string(), DataType::f32);
  const std::vector<Ids> prompts = {{'a'}};
  const Completion completion = generate(exported.decoder, prompts, options).front();
  EXPECT_TRUE(completion.stopped);
  EXPECT_EQ(completion.tokens, (Ids{'b', 'c'}));
}

TEST_F(ModelFilesTest, EveryEndThatAModelHadIsInItsExport) {
  write_file(path("model") / "generation_config.json", R"({"eos_token_id": [256, 98, 97]})");
  ASSERT_EQ(run({"export", path("model").string(), "--to", path("exported").string()}).code(), 0);
  EXPECT_EQ(read_json(path("exported") / "generation_config.json").at("eos_token_id"), (Ids{256, 98, 97}));
}

// Case folder_permission: root may enter every folder, so another user is asked to.
TEST_F(ModelFilesTest, AFolderWithoutPermissionIsNamedAsSuch) {
  for (const char* folder : {"shut", "open"}) fs::create_directory(path(folder));
  write_file(path("shut/a.py"), "def a(x):\n    return x\n");
  fs::copy(path("model"), path("shut/model"), fs::copy_options::recursive);
  chmod(path("").c_str(), 0755);
  for (const auto& entry : fs::recursive_directory_iterator(path(""))) {
    fs::permissions(entry.path(), fs::perms::group_read | fs::perms::others_read, fs::perm_options::add);
    if (entry.is_directory()) fs::permissions(entry.path(), fs::perms::others_exec, fs::perm_options::add);
  }
  chmod(path("open").c_str(), 0777);
  chmod(path("shut").c_str(), geteuid() == 0 ? 0700 : 0);
  write_file(path("locked"), "{}\n");
  chmod(path("locked").c_str(), geteuid() == 0 ? 0600 : 0);
  const auto become_nobody = [] {
    const uid_t nobody = 65534;
    if (geteuid() != 0) return true;
    return setgroups(0, nullptr) == 0 && setresgid(nobody, nobody, nobody) == 0 &&
           setresuid(nobody, nobody, nobody) == 0;
  };
  const std::vector<std::vector<std::string>> commands = {
      {"run", path("tiny.toml").string(), "--out", path("shut/o").string()},
      {"make", "import", path("shut").string(), "--out", path("open/c").string()},
      {"make", "arithmetic", "--out", path("shut/c").string()},
      {"export", path("model").string(), "--to", path("shut/e").string()},
      {"info", path("shut/model").string()},
      {"check", path("shut/a.py").string()},
      {"tokenize", path("model").string(), path("locked").string()},
      {"score", path("model").string(), path("locked").string()},
      {"audit", "verify", path("locked").string()},
      {"run", path("locked").string(), "--out", path("open/o").string()},
      {"report", path("shut/o").string()}};
  for (const std::vector<std::string>& arguments : commands) {
    const Outcome outcome = run_after(become_nobody, arguments);
    if (outcome.code() == not_run) {
      fs::permissions(path("shut"), fs::perms::owner_all);
      GTEST_SKIP() << "another user cannot start the program where it was built";
    }
    EXPECT_EQ(outcome.code(), 1) << arguments[0] << "\n" << outcome.err;
    EXPECT_NE(outcome.err.find("Permission denied"), std::string::npos) << arguments[0] << "\n"
                                                                        << outcome.err;
    EXPECT_TRUE(outcome.err.find(path("shut").string()) != std::string::npos ||
                outcome.err.find(path("locked").string()) != std::string::npos)
        << arguments[0] << "\n"
        << outcome.err;
    EXPECT_EQ(outcome.err.find("internal error"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("HINT: "), std::string::npos) << outcome.err;
  }
  fs::permissions(path("shut"), fs::perms::owner_all);  // or it could not be removed
}

TEST_F(ModelFilesTest, MemoryThatIsNotThereIsNamedAsSuch) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the address sanitizer reserves more than any limit allows";
#endif
  write_file(path("text"), "");
  fs::resize_file(path("text"), std::uintmax_t{64} << 30);  // a hole: it takes no room
  const auto limit_memory = [] {
    const rlimit most{rlim_t{4} << 30, rlim_t{4} << 30};
    return setrlimit(RLIMIT_AS, &most) == 0;
  };
  const Outcome outcome =
      run_after(limit_memory, {"tokenize", path("model").string(), path("text").string()});
  EXPECT_EQ(outcome.code(), 1) << outcome.err;
  EXPECT_NE(outcome.err.find("there is not enough memory"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("HINT: "), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace pbb
