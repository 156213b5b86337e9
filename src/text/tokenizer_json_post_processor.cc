#include "text/tokenizer_json_post_processor.h"

#include <fmt/format.h>

#include "text/tokenizer_config.h"

namespace pbb {
namespace {

constexpr const char* after_hint =
    "take that token out of the post_processor if the model was not trained with it";

// The ids of a template's special token; a file may leave them to the vocabulary.
std::vector<std::int32_t> special_ids(const JsonPart& processor, const JsonPart& special,
                                      const TokenizerData& data) {
  const std::string name = special.at("id").string();
  const auto table = processor.find("special_tokens");
  std::vector<std::int32_t> ids;
  if (const auto entry = table ? table->find(name) : std::nullopt) {
    for (const JsonPart& id : entry->at("ids").list()) ids.push_back(id.id(data.tokens.size()));
  } else if (const auto id = find_token_id(data, name)) {
    ids.push_back(*id);
  } else {
    special.fail(fmt::format("is {:?}, which is no token", name));
  }
  return ids;
}

// What stands before the text in the template of a single text, of which there is one; nothing may stand
// after it.
std::vector<std::int32_t> before_text(const JsonPart& processor, const TokenizerData& data) {
  std::vector<std::int32_t> before;
  bool text_came = false;
  for (const JsonPart& piece : processor.at("single").list()) {
    if (const auto text = piece.find("Sequence")) {
      if (text_came || text->at("id").string() != "A")
        text->fail("is not the text alone, which is not implemented");
      text_came = true;
      continue;
    }
    const JsonPart special = piece.at("SpecialToken");
    if (text_came) {
      special.fail(
          fmt::format("puts {:?} after every text, which is not implemented", special.at("id").string()),
          after_hint);
    }
    const std::vector<std::int32_t> ids = special_ids(processor, special, data);
    before.insert(before.end(), ids.begin(), ids.end());
  }
  if (!text_came) processor.fail("has a template without the text");
  return before;
}

}  // namespace

void read_post_processor(const JsonPart& post_processor, TokenizerData& data) {
  std::vector<JsonPart> steps = {post_processor};
  if (post_processor.at("type").string() == "Sequence") steps = post_processor.at("processors").list();
  for (const JsonPart& step : steps) {
    const std::string type = step.at("type").string();
    if (type == "ByteLevel") continue;  // moves offsets alone
    if (type == "BertProcessing" || type == "RobertaProcessing") {
      step.fail(fmt::format("is a {}, which puts a token after every text: that is not implemented", type),
                after_hint);
    }
    if (type != "TemplateProcessing") {
      step.fail(
          fmt::format("is a {}, which is not implemented here (ByteLevel and TemplateProcessing are)", type));
    }
    const std::vector<std::int32_t> before = before_text(step, data);
    data.prefix.insert(data.prefix.begin(), before.begin(), before.end());
  }
}

}  // namespace pbb
