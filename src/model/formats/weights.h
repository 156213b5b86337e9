// From the tensors of a file to the weights of a decoder.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/decoder.h"
#include "model/formats/stored_tensor.h"
#include "model/layout.h"
#include "model/parameters.h"

namespace pbb {

// A decoder of `config` with the tensors' values; names are Hugging Face's. Before anything of the config's
// size is allocated, InputError (naming `file`) for a tensor that is missing, unknown, there twice, or of
// another shape than the config asks for; then for one with a value that is not finite.
Decoder decoder_from_tensors(const DecoderConfig& config, std::span<const StoredTensor> tensors,
                             const std::string& file, DataType compute);

// The values of exactly these places, whose names are those of the tensors; refused as above.
ParameterSet read_parameters(std::span<const StoredTensor> tensors, std::vector<ParameterPlace> layout,
                             const std::string& file);

}  // namespace pbb
