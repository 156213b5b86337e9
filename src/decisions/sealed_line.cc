#include "decisions/sealed_line.h"

#include <fmt/format.h>

#include "base/json_lines.h"
#include "base/json_text.h"
#include "base/sha256.h"

namespace pbb {
namespace {

using nlohmann::json;

constexpr std::string_view seal_key = ",\"sha256\":\"";
constexpr std::size_t seal_size = seal_key.size() + 64 + 2;  // and "}

}  // namespace

SealedLine sealed(nlohmann::ordered_json record, const std::string& previous) {
  record["previous"] = previous;
  SealedLine line;
  line.text = json_text(record);
  line.text.pop_back();  // }
  line.sum = sha256(line.text);
  line.text += fmt::format("{}{}\"}}\n", seal_key, line.sum);
  return line;
}

ReadLine read_sealed(const std::string& line) {
  ReadLine read;
  if (line.size() <= seal_size || line.compare(line.size() - seal_size, seal_key.size(), seal_key) != 0 ||
      !line.ends_with("\"}")) {
    read.what = "it does not end in a checksum";
    return read;
  }
  const std::size_t body = line.size() - seal_size;
  read.sum = line.substr(body + seal_key.size(), 64);
  if (sha256(std::string_view(line).substr(0, body)) != read.sum) {
    read.what = "it was changed: its checksum is of another text";
    return read;
  }
  try {
    read.record = parse_json(line);
  } catch (const json::exception&) {
    read.what = "it is no JSON";
    return read;
  }
  if (!read.record.is_object() || !read.record.contains("previous") || !read.record["previous"].is_string())
    read.what = "it does not tell the checksum of the line before";
  return read;
}

}  // namespace pbb
