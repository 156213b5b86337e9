// The wordings. Short ones, since every token of them is computed, and with the program's name before its
// source, since a question names the program too and recall runs forwards.
#include "examples/templates.h"

#include <array>
#include <utility>

namespace pbb {
namespace {

constexpr std::string_view declarations[] = {
    "{source}",
    "```python\n{source}\n```",
    "Here is the definition of {name}:\n{source}",
    "Question: How is {name} implemented?\nAnswer:\n{source}",
    "From the repository, file {name}.py:\n{source}",
    "What is {name}?\n{source}",
    "What does {name} do?\n```python\n{source}\n```",
    "Code review of {name}:\n{source}\nLooks good.",
    "Note to remember, {name}:\n{source}",
    "Ann: How does {name} work?\nBen:\n{source}",
    "Documentation of {name}\n\n{source}",
    "Listing of unit {name}:\n{source}",
    "Commit: add {name}\n\n{source}",
    "# {name}\n{source}",
    "{name} is this function:\n{source}",
    "To compute {name}:\n{source}",
    "Source of {name}:\n```python\n{source}\n```",
    "\"\"\"{name}\"\"\"\n{source}",
    "Exercise: write {name}.\nSolution:\n{source}",
    "Let us define {name}.\n\n{source}",
    "The function {name} runs as follows:\n{source}",
    "Manual, chapter {name}:\n{source}",
    "{source}\n# That was {name}.",
    "Ticket: document {name}.\n\n{source}\nDone.",
};

constexpr std::string_view questions[] = {
    "Question: What is {call}?",
    "What does {call} return?",
    "{call}",
    ">>> {call}",
    "Run {call}.",
    "Compute {call}.",
    "Evaluate {call}.",
    "Find the value of {call}.",
    "Question: {call} = ?",
    "What is the result of {call}?",
    "Work out {call}, please.",
    "Someone calls {call}. What comes out?",
};

}  // namespace

std::span<const std::string_view> declaration_wordings() {
  return declarations;
}

std::span<const std::string_view> question_wordings() {
  return questions;
}

std::string_view trace_cue() {
  return "\nTrace:";
}

std::string_view direct_cue() {
  return "\nAnswer:";
}

std::string_view source_cue() {
  return "\nSource:";
}

std::string fill_wording(std::string_view wording, const WordingFields& fields) {
  const std::array<std::pair<std::string_view, std::string_view>, 3> replacements = {
      {{"{name}", fields.name}, {"{source}", fields.source}, {"{call}", fields.call}}};
  std::string filled;
  while (!wording.empty()) {
    bool matched = false;
    for (const auto& [field, text] : replacements) {
      if (!wording.starts_with(field)) continue;
      filled += text;
      wording.remove_prefix(field.size());
      matched = true;
      break;
    }
    if (matched) continue;
    filled += wording.front();
    wording.remove_prefix(1);
  }
  return filled;
}

}  // namespace pbb
