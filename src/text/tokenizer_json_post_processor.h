// The post_processor of a tokenizer.json: what it puts around every text.
#pragma once

#include "text/json_part.h"
#include "text/tokenizer.h"

namespace pbb {

// Fills in data.prefix; `data` holds the tokens. InputError naming what is not implemented: a token after
// every text, or another kind of post-processor.
void read_post_processor(const JsonPart& post_processor, TokenizerData& data);

}  // namespace pbb
