// GGUF model files, versions 2 and 3: metadata and tensors, as ggml's docs/gguf.md lays them out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/file.h"
#include "model/config.h"
#include "model/formats/stored_tensor.h"

namespace pbb {

// Numbers of every width become int64 or double; an array of bool is one of int64.
using GgufValue = std::variant<bool, std::int64_t, double, std::string, std::vector<std::int64_t>,
                               std::vector<double>, std::vector<std::string>>;

// The whole file, checked: every count, length, offset and alignment, overlapping or repeated tensors.
// InputError naming the file and what is wrong. An element type that pbb does not read is an InputError
// naming tensor and type; so is one part of a model that was split into several files.
class GgufFile {
 public:
  explicit GgufFile(const std::filesystem::path& file);

  const std::string& name() const { return name_; }                      // the path, for messages
  const std::vector<StoredTensor>& tensors() const { return tensors_; }  // by the file's own names
  const std::map<std::string, GgufValue, std::less<>>& metadata() const { return metadata_; }
  // nullptr when the file does not say; InputError when it says something of another type.
  template <typename T>
  const T* find(std::string_view key) const;
  // InputError when absent.
  template <typename T>
  const T& require(std::string_view key) const;

 private:
  void refuse_part_of_split() const;
  [[noreturn]] void missing(std::string_view key) const;
  [[noreturn]] void mistyped(std::string_view key, std::string_view wanted) const;

  std::string name_;
  MappedFile file_;
  std::map<std::string, GgufValue, std::less<>> metadata_;
  std::vector<StoredTensor> tensors_;
};

// InputError naming the key for metadata of the architecture that asks for what pbb does not compute, or that
// pbb does not know.
DecoderConfig read_gguf_config(const GgufFile& file);
// The tensors under Hugging Face's names, and with Llama's interleaved heads marked. A tensor that has no
// such name is an InputError.
std::vector<StoredTensor> gguf_tensors_for(const GgufFile& file, const DecoderConfig& config);

template <typename T>
constexpr std::string_view gguf_type_name() {
  if constexpr (std::is_same_v<T, bool>) return "a boolean";
  if constexpr (std::is_same_v<T, std::int64_t>) return "an integer";
  if constexpr (std::is_same_v<T, double>) return "a number";
  if constexpr (std::is_same_v<T, std::string>) return "a string";
  return "an array";
}

template <typename T>
const T* GgufFile::find(std::string_view key) const {
  const auto found = metadata_.find(key);
  if (found == metadata_.end()) return nullptr;
  const T* value = std::get_if<T>(&found->second);
  if (value == nullptr) mistyped(key, gguf_type_name<T>());
  return value;
}

template <typename T>
const T& GgufFile::require(std::string_view key) const {
  const T* value = find<T>(key);
  if (value == nullptr) missing(key);
  return *value;
}

}  // namespace pbb
