#include "recipe/documentation.h"

#include <fmt/format.h>

#include <algorithm>

#include "recipe/recipe_keys.h"

namespace pbb {
namespace {

template <typename T>
std::string literal(const T& value) {
  return fmt::format("{}", value);
}
std::string literal(const std::string& text) {
  return text.empty() ? "" : fmt::format("\"{}\"", text);
}

std::string joined(const std::vector<std::string>& words, const char* separator) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : separator) + word;
  return text;
}

// One row an option.
class KeyTable {
 public:
  explicit KeyTable(std::string path) : path_(std::move(path)) {}

  template <typename T>
  requires std::is_arithmetic_v<T>
  void operator()(const char* key, const T& value, Range range, const char* help) {
    add(key, literal(value), fmt::format("{}: {}", std::is_integral_v<T> ? "whole" : "number", range.text()),
        help);
  }
  void operator()(const char* key, const std::string& value, const char* help) {
    add(key, literal(value), "text", help);
  }
  void operator()(const char* key, const std::string& value, Words words, const char* help) {
    add(key, literal(value), joined({words.begin(), words.end()}, ", "), help);
  }
  void operator()(const char* key, const std::vector<std::string>& values, Words words, const char* help) {
    std::vector<std::string> given;
    for (const std::string& value : values) given.push_back(literal(value));
    add(key, fmt::format("[{}]", joined(given, ", ")),
        "list of " + joined({words.begin(), words.end()}, ", "), help);
  }
  void operator()(const char* key, bool value, const char* help) {
    add(key, value ? "true" : "false", "true, false", help);
  }
  void operator()(const char* key, const std::vector<std::string>& values, const char* help) {
    std::vector<std::string> given;
    for (const std::string& value : values) given.push_back(literal(value));
    add(key, given.empty() ? std::string() : fmt::format("[{}]", joined(given, ", ")), "list of texts", help);
  }
  template <typename E, std::size_t N>
  void operator()(const char* key, E value, const Choice<E> (&choices)[N], const char* help) {
    add(key, literal(choice_name<E>(choices, value)),
        joined(names(std::span<const Choice<E>>(choices)), ", "), help);
  }
  template <typename E, std::size_t N>
  void operator()(const char* key, const std::vector<E>& values, const Choice<E> (&choices)[N],
                  const char* help) {
    std::vector<std::string> given;
    for (const E value : values) given.push_back(literal(choice_name<E>(choices, value)));
    add(key, given.empty() ? std::string() : fmt::format("[{}]", joined(given, ", ")),
        fmt::format("list of {}", joined(names(std::span<const Choice<E>>(choices)), ", ")), help);
  }

  // `heading` and the rows below it.
  std::string text(const std::string& heading) const {
    return fmt::format("{}\n\n| key | default | values | meaning |\n| --- | --- | --- | --- |\n{}\n", heading,
                       rows_);
  }
  const std::vector<std::string>& keys() const { return keys_; }

 private:
  template <typename E>
  static std::vector<std::string> names(std::span<const Choice<E>> choices) {
    std::vector<std::string> words;
    for (const Choice<E>& choice : choices) words.emplace_back(choice.name);
    return words;
  }
  void add(const char* key, const std::string& value, const std::string& values, const char* help) {
    rows_ += fmt::format("| `{}` | {} | {} | {} |\n", key, value.empty() ? value : fmt::format("`{}`", value),
                         values, help);
    keys_.push_back(fmt::format("{}{}", path_, key));
  }

  std::string path_, rows_;
  std::vector<std::string> keys_;
};

struct Section {
  std::string heading;
  KeyTable table;
};

// A default recipe's tables, in the order in which they are written.
std::vector<Section> sections() {
  Recipe recipe;
  StageRecipe stage;
  ArmPlan arm;
  std::string stage_arm;
  bool untrained = true, in_context = true;
  std::vector<Section> all;
  const auto add = [&](const std::string& heading, const std::string& path) -> KeyTable& {
    return all.emplace_back(heading, KeyTable(path)).table;
  };
  list_top(add("At the top:", ""), recipe);
  list_corpus(add("**`[corpus]`**: `folder`, or `python_folder` or `python_files`, or none of them, and "
                  "programs are made:",
                  "corpus."),
              recipe.corpus);
  for (DomainRequest& request : recipe.corpus.make.domains) {
    const std::string& name = request.domain->name;
    list_options(add(fmt::format("**`[corpus.{}]`**, made programs:", name), fmt::format("corpus.{}.", name)),
                 request);
  }
  KeyTable& stages = add("**`[[stage]]`**, one for each stage of training, in order:", "stage.NAME.");
  list_stage(stages, stage);
  list_stage_shorthand(stages, stage_arm);
  list_options(add("**`[[stage]]`** of kind `reading`, in place of the keys of exposures:", "stage.NAME."),
               stage.reading);
  list_options(add("**`[[stage]]`** of kind `practice`, likewise:", "stage.NAME."), stage.practice);
  list_options(add("**`[[stage]]`** of kind `grpo`, likewise:", "stage.NAME."), stage.grpo);
  KeyTable& adapter = add("**`[adapter]`**, what the stages train:", "adapter.");
  list_options(adapter, recipe.adapter);
  list_adapter_start(adapter, recipe);
  KeyTable& evaluation = add("**`[evaluation]`**:", "evaluation.");
  list_evaluation(evaluation, recipe.evaluation);
  list_evaluation_shorthand(evaluation, untrained, in_context);
  list_arm(add("**`[[arm]]`**, one for each condition that is compared, in the order of every table:",
               "arm.NAME."),
           arm);
  return all;
}

}  // namespace

std::string recipe_documentation() {
  std::string text;
  for (const Section& section : sections()) text += section.table.text(section.heading);
  return text;
}

std::vector<std::string> recipe_keys() {
  std::vector<std::string> keys;
  for (const Section& section : sections()) {
    for (const std::string& key : section.table.keys()) {
      // stages of several kinds have some in common
      if (std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
    }
  }
  return keys;
}

}  // namespace pbb
