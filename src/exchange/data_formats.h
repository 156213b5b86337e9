// The forms in which other tools read training data, as JSON lines: a table, a row each. A new one is a row.
//
//   tokens             {"input_ids": […], "attention_mask": […], "labels": […]}: labels are -100 where nothing
//                      is trained. TRL, axolotl (`type:` left empty), and LLaMA-Factory after load_dataset
//   segments           {"segments": [{"label": false, "text": "…"}, …]}: axolotl's `type: input_output`
//   prompt_completion  {"prompt": "…", "completion": "…"}: TRL and others, with a tokeniser of their own
//   messages           {"messages": [{"role": "user", …}, {"role": "assistant", …, "weight": 1}]}: OpenAI
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "examples/text_segments.h"

namespace pbb {

// An example with what a row may need of it; all of it outlives the call.
struct DataExample {
  const Tokenizer& tokenizer;
  const SpeltTokens& spelt;
  const Example& example;
  const std::optional<std::vector<TextSegment>>& segments;
};

struct DataFormat {
  std::string_view name;  // of --format, and of the file: NAME.jsonl
  // Nothing where the form cannot hold the example with its mask.
  std::optional<nlohmann::ordered_json> (*line)(const DataExample&);
  std::string_view left_out;  // why that may be, for people; empty: it never is
};
std::span<const DataFormat> data_formats();

// Whether a tool that tokenises prompt and completion as one text, and ends what has no end, gets the
// example's tokens. Not of an example that the form cannot hold.
bool is_same_as_one_text(const DataExample& data);

}  // namespace pbb
