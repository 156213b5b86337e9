// The wordings that declarations and questions come in: one table of each, in templates.cc.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace pbb {

// Each holds {source} once; {name} is the program's name.
std::span<const std::string_view> declaration_wordings();
// Each holds {call} once ("Gleeprag(5)"), and is followed by the cue of the answer form.
std::span<const std::string_view> question_wordings();
std::string_view trace_cue();   // "\nTrace:"
std::string_view direct_cue();  // "\nAnswer:"
std::string_view source_cue();  // "\nSource:", of the recite form

struct WordingFields {
  std::string_view name, source, call;
};
// Fills the fields in, in one pass: braces in what is filled in mean nothing.
std::string fill_wording(std::string_view wording, const WordingFields& fields);

}  // namespace pbb
