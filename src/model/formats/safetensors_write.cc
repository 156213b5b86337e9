// Writing safetensors.
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "model/formats/safetensors.h"

namespace pbb {

void write_safetensors(const std::filesystem::path& file, std::span<const Parameter> parameters,
                       DataType type) {
  nlohmann::ordered_json header;
  header["__metadata__"]["format"] = "pt";
  std::uint64_t offset = 0;
  for (const Parameter& parameter : parameters) {
    const std::uint64_t bytes = static_cast<std::uint64_t>(parameter.value.size()) * element_bytes(type);
    header[parameter.name] = {{"dtype", type == DataType::f32 ? "F32" : "BF16"},
                              {"shape", parameter.value.shape()},
                              {"data_offsets", {offset, offset + bytes}}};
    offset += bytes;
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');  // the data begins aligned

  std::ofstream out(file, std::ios::binary);
  const std::uint64_t length = text.size();
  out.write(reinterpret_cast<const char*>(&length), sizeof length);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  for (const Parameter& parameter : parameters) {
    Tensor value = parameter.value;
    if (type != DataType::f32) {
      value = Tensor(parameter.value.shape(), type);
      convert(parameter.value, value);
    }
    out.write(static_cast<const char*>(value.raw()), static_cast<std::streamsize>(value.bytes()));
  }
  out.close();
  if (!out)
    throw Error(fmt::format("cannot write {}: {}", file.string(), std::strerror(errno)), "is the disk full?");
}

}  // namespace pbb
