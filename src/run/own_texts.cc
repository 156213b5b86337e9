#include "run/own_texts.h"

#include <fmt/format.h>

#include "base/random.h"
#include "examples/own_texts.h"
#include "generation/generate.h"

namespace pbb {
namespace {

constexpr std::size_t fewest_tokens = 16;

}  // namespace

std::vector<std::vector<std::int32_t>> draw_own_texts(Decoder& decoder, const Tokenizer& tokenizer,
                                                      const OwnTextOptions& options) {
  Random random(options.seed, "own texts");
  std::vector<std::vector<std::int32_t>> texts;
  std::size_t longest = 0;
  for (int i = 0; i < options.texts; ++i) {
    longest = std::max(longest, texts.emplace_back(opening_of_text(tokenizer, random)).size());
  }
  GenerationOptions generation;
  generation.max_new_tokens = std::max(1, options.most_tokens - static_cast<int>(longest));
  generation.temperature = 1;
  generation.top_p = 0.95F;
  generation.seed = options.seed;
  generation.stop_tokens = {tokenizer.end_of_text()};
  const std::vector<Completion> completions = generate(decoder, texts, generation);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    texts[i].insert(texts[i].end(), completions[i].tokens.begin(), completions[i].tokens.end());
  }
  std::erase_if(texts, [](const auto& tokens) { return tokens.size() < fewest_tokens; });
  return texts;
}

}  // namespace pbb
