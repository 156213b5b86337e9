// Which metadata of an architecture pbb may pass over: what could change what a model computes is used or
// refused.
#pragma once

#include <string>

#include "model/formats/gguf.h"

namespace pbb {

// InputError naming the first key "ARCHITECTURE.…" that read_gguf_config neither uses nor knows to change
// nothing with that value; rope scaling as llama.cpp understands it, in its old spelling too. context: the
// model's.
void refuse_unknown_gguf_keys(const GgufFile& file, const std::string& architecture, int context);

}  // namespace pbb
