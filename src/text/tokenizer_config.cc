#include "text/tokenizer_config.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/json_lines.h"
#include "text/json_part.h"

namespace pbb {
namespace {

std::optional<std::int32_t> find_token(const JsonPart& config, const std::string& key,
                                       const TokenizerData& data) {
  auto part = config.find(key);
  if (!part) return std::nullopt;
  if (part->value().is_object()) part = part->at("content");
  const std::string name = part->string();
  if (const auto id = find_token_id(data, name)) return id;
  part->fail(fmt::format("is {:?}, which is no token", name));
}

std::string read_chat_template(const JsonPart& part) {
  if (part.value().is_string()) return part.string();
  for (const JsonPart& named : part.list()) {
    if (named.at("name").string() == "default") return named.at("template").string();
  }
  part.fail("names no \"default\" template");
}

// Some of transformers' tokenisers go by these, others by tokenizer.json, which must not say something else
// then.
void check_additions(const JsonPart& config, const TokenizerData& data) {
  if (config.boolean("add_eos_token", false)) {
    config.at("add_eos_token").fail("is true: a token after every text is not implemented");
  }
  if (config.boolean("add_prefix_space", false)) {
    config.at("add_prefix_space").fail("is true: a space before every text is not implemented");
  }
  const bool has_prefix = !data.prefix.empty();
  if (config.boolean("add_bos_token", has_prefix) != has_prefix) {
    config.at("add_bos_token")
        .fail(fmt::format("is {}, but the post_processor of tokenizer.json puts {} before every text",
                          !has_prefix, has_prefix ? "a token" : "none"),
              "set it to what the model was trained with, there or in tokenizer.json");
  }
}

// eos_token_id: a token, or several. A model may have rows for more tokens than its tokeniser has.
void add_ends(const std::filesystem::path& file, TokenizerData& data) {
  if (!std::filesystem::exists(file)) return;
  const nlohmann::json contents = read_json(file);
  const JsonPart config(contents, file.string() + ": the file");
  const auto stated = config.find("eos_token_id");
  if (!stated) return;
  const auto rows = config.find("vocab_size");  // of the model, in config.json
  const std::vector<JsonPart> ids = stated->value().is_array() ? stated->list() : std::vector{*stated};
  for (const JsonPart& id : ids) {
    const bool is_beyond = rows && rows->value().is_number() && id.value() >= rows->value();
    if (!id.value().is_number_integer() || id.value() < 0 || is_beyond) id.fail("is not a token's id");
    if (id.value() < data.tokens.size()) data.ends.push_back(id.value().get<std::int32_t>());
  }
}

}  // namespace

void read_tokenizer_config(const std::filesystem::path& folder, TokenizerData& data) {
  if (const auto file = folder / "tokenizer_config.json"; std::filesystem::exists(file)) {
    const nlohmann::json value = read_json(file);
    const JsonPart config(value, file.string() + ": the file");
    data.begin = find_token(config, "bos_token", data);
    data.end = find_token(config, "eos_token", data);
    if (const auto part = config.find("chat_template")) data.chat_template = read_chat_template(*part);
    check_additions(config, data);
  }
  if (const auto file = folder / "chat_template.jinja"; std::filesystem::exists(file)) {
    data.chat_template = read_file(file);  // as transformers has it: this one wins
    refuse_lfs_pointer(file, data.chat_template);
  }
  add_ends(folder / "generation_config.json", data);
  add_ends(folder / "config.json", data);
}

std::optional<std::int32_t> find_token_id(const TokenizerData& data, std::string_view token) {
  for (std::size_t id = 0; id < data.tokens.size(); ++id) {
    if (data.tokens[id] == token) return static_cast<std::int32_t>(id);
  }
  return std::nullopt;
}

}  // namespace pbb
