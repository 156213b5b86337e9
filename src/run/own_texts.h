// Having a model write texts of its own accord (examples/own_texts.h).
#pragma once

#include <cstdint>
#include <vector>

#include "examples/own_texts.h"
#include "model/decoder.h"
#include "text/tokenizer.h"

namespace pbb {

struct OwnTextOptions {
  std::uint64_t seed = 1;
  int texts = 480;
  // Of them, answers to questions that the model asks itself from the opening of its chat template (Magpie,
  // Xu et al. 2024, arXiv:2406.08464); none where it has no template that is known.
  double chat_share = 0.4;
  // Of them, those that go on with word problems (opening_of_problems), which may be twice as long.
  double problems_share = 0.25;
  int most_tokens = 192;  // of one, its opening or question too
};

// Drawn at temperature 1 from the likeliest 95 % (nucleus); whole where they end before `most_tokens`. Texts
// of fewer than 16 tokens and questions that do not end are left out.
std::vector<OwnText> draw_own_texts(Decoder& decoder, const Tokenizer& tokenizer,
                                    const OwnTextOptions& options);

}  // namespace pbb
