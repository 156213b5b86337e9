// Text as Hugging Face's tokenisers take it: what is spelt like a control token is that token.
#include "text/spelt_tokens.h"

#include <gtest/gtest.h>

#include "examples/byte_tokenizer.h"
#include "text/golden.h"

namespace pbb {
namespace {

using Ids = std::vector<std::int32_t>;

TEST(SpeltTokens, ASpellingIsTheTokenWhereverItStands) {
  const Tokenizer tokenizer = byte_tokenizer();
  const SpeltTokens spelt(tokenizer);
  EXPECT_EQ(spelt.encode("<|endoftext|>"), Ids{256});
  EXPECT_EQ(spelt.encode("a<|endoftext|><|endoftext|>b"), (Ids{'a', 256, 256, 'b'}));
  EXPECT_EQ(spelt.encode("<|endoftext|"), tokenizer.encode("<|endoftext|"));
  EXPECT_EQ(spelt.encode(""), Ids{});
}

TEST(SpeltTokens, OfSpellingsThatBeginAlikeTheLongestIsTaken) {
  TokenizerData data = byte_tokenizer().data();
  data.tokens.insert(data.tokens.end(), {"<|end", "<|end|>"});
  data.control.push_back(257);
  data.added = {258};
  const Tokenizer tokenizer(std::move(data));
  EXPECT_EQ(SpeltTokens(tokenizer).encode("<|end|><|end|"), (Ids{258, 257, '|'}));
}

TEST(SpeltTokens, TextWithoutSpellingsIsTokenisedAsEver) {
  const SpeltTokens spelt(smollm2_tokenizer());
  const std::string text = "def Blorp(x):\n    return x * 12  # 価格\n";
  EXPECT_EQ(spelt.encode(text), smollm2_tokenizer().encode(text));
  EXPECT_EQ(spelt.encode("<|im_start|>user\n"),
            (Ids{smollm2_tokenizer().control("<|im_start|>"), smollm2_tokenizer().encode("user\n")[0],
                 smollm2_tokenizer().encode("user\n")[1]}));
}

}  // namespace
}  // namespace pbb
