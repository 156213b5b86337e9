// The tokeniser that a GGUF file carries.
#pragma once

#include "model/formats/gguf.h"
#include "text/tokenizer.h"

namespace pbb {

// Byte-level BPE only ("gpt2"); InputError for another kind, an unknown pre-tokeniser, or ids out of range.
TokenizerData read_gguf_tokenizer(const GgufFile& file);

}  // namespace pbb
