// Golden data of the text tests, and tokenisers made from it.
#pragma once

#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json_lines.h"
#include "base/temporary_folder.h"
#include "text/tokenizer.h"
#include "text/tokenizer_json.h"

namespace pbb {

inline nlohmann::json golden_json(const std::string& name) {
  return read_json(std::filesystem::path(PBB_GOLDEN) / name);
}

inline std::vector<std::int32_t> parse_ids(const nlohmann::json& spaced) {
  std::istringstream stream(spaced.get<std::string>());
  return {std::istream_iterator<std::int32_t>(stream), {}};
}

inline std::string gunzip(const std::filesystem::path& file) {
  const gzFile stream = gzopen(file.c_str(), "rb");
  if (stream == nullptr) throw Error("cannot open " + file.string());
  std::string contents;
  std::vector<char> block(1 << 16);
  int size = 0;
  while ((size = gzread(stream, block.data(), static_cast<unsigned>(block.size()))) > 0) {
    contents.append(block.data(), static_cast<std::size_t>(size));
  }
  const bool whole = gzclose(stream) == Z_OK && size == 0;
  if (!whole) throw Error("cannot unpack " + file.string());
  return contents;
}

inline TokenizerData read_tokenizer_text(const std::string& contents) {
  const TemporaryFolder folder;
  std::ofstream(folder / "tokenizer.json") << contents;  // write_file would sync to disk at every call
  return read_tokenizer_json(folder / "tokenizer.json");
}

// SmolLM2's real vocabulary; read once, as it is large.
inline const Tokenizer& smollm2_tokenizer() {
  static const Tokenizer tokenizer(
      read_tokenizer_text(gunzip(std::filesystem::path(PBB_GOLDEN) / "smollm2_tokenizer.json.gz")));
  return tokenizer;
}

// A small vocabulary with all 256 bytes, learnt under the pre-tokeniser that GGUF calls `name`.
inline std::string small_tokenizer_text(const std::string& name) {
  const nlohmann::json golden = golden_json("tokenizer_patterns.json");
  for (const nlohmann::json& each : golden["cases"]) {
    if (each["pre"] == name) return each["tokenizer"].dump();
  }
  throw Error("no golden tokeniser " + name);
}

inline Tokenizer small_tokenizer(const std::string& name) {
  return Tokenizer(read_tokenizer_text(small_tokenizer_text(name)));
}

}  // namespace pbb
