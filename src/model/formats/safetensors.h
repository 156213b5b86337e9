// safetensors files: a JSON header of names, types, shapes and places, then the bytes.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "model/decoder.h"
#include "model/formats/stored_tensor.h"

namespace pbb {

// One file, or the shards that an index names. Everything in a header is checked against the bytes that are
// there: InputError naming the file and what is wrong. F32, F16 and BF16; another type is an InputError
// naming tensor and type.
class SafetensorsFiles {
 public:
  explicit SafetensorsFiles(const std::filesystem::path& file);
  // model.safetensors of `folder`, or the shards of its model.safetensors.index.json.
  static SafetensorsFiles in_folder(const std::filesystem::path& folder);

  const std::vector<StoredTensor>& tensors() const { return tensors_; }

 private:
  SafetensorsFiles() = default;
  void add(const std::filesystem::path& file);

  std::vector<MappedFile> files_;
  std::vector<StoredTensor> tensors_;
};

// One file, in the order of `parameters`, as f32 or bf16. Error naming file and reason.
void write_safetensors(const std::filesystem::path& file, std::span<const Parameter> parameters,
                       DataType type);

}  // namespace pbb
