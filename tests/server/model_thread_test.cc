// What many threads ask of one model.
#include "server/model_thread.h"

#include <gtest/gtest.h>

#include "examples/byte_tokenizer.h"
#include "generation/generate.h"
#include "model/tiny.h"

namespace pbb {
namespace {

using Tokens = std::vector<std::int32_t>;

Decoder adapted() {
  Decoder decoder = tiny_decoder("llama");
  decoder.add_adapter({.rank = 4, .alpha = 64}, 3);
  Random random(4, "test");
  for (float& value : decoder.trained().flat.span<float>())
    value += static_cast<float>(random.uniform()) - 0.5F;
  decoder.refresh_trained();
  return decoder;
}

Tokens tokens_of(Generation& generation) {
  Tokens all;
  for (Generation::News news; !news.finished;) {
    news = generation.wait(std::chrono::steady_clock::now() + std::chrono::seconds(20));
    all.insert(all.end(), news.tokens.begin(), news.tokens.end());
  }
  return all;
}

TEST(ModelThread, DecodesForTheModelAndForItsBaseSideBySide) {
  const std::vector<Tokens> prompts = {{5, 9, 2, 14}, {3, 3, 7}, {11, 4, 6, 8, 10}};
  Decoder model = adapted(), base = tiny_decoder("llama");
  GenerationOptions options;
  options.max_new_tokens = 8;
  const auto by_model = generate(model, prompts, options), by_base = generate(base, prompts, options);

  ModelThread thread([] { return LoadedModel{adapted(), byte_tokenizer(), ""}; }, {.sequences = 4});
  std::vector<std::shared_ptr<Generation>> asked_model, asked_base;
  for (const Tokens& prompt : prompts) {
    Request request;
    request.prompt = prompt;
    request.max_new_tokens = 8;
    asked_model.push_back(thread.start(request));
    asked_base.push_back(thread.start(request, Executor::base));
  }
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    EXPECT_EQ(tokens_of(*asked_model[i]), by_model[i].tokens);
    EXPECT_EQ(tokens_of(*asked_base[i]), by_base[i].tokens);
    EXPECT_NE(by_model[i].tokens, by_base[i].tokens);
  }
}

}  // namespace
}  // namespace pbb
