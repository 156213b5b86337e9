#include "evaluation/names.h"

#include <fmt/format.h>

#include "base/error.h"

namespace pbb {
namespace {

template <typename T, std::size_t N>
T choice_named(const std::string& name, std::string_view what, const T (&choices)[N],
               std::string_view (*name_of)(T)) {
  std::string known;
  for (const T choice : choices) {
    if (name_of(choice) == name) return choice;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", name_of(choice));
  }
  throw InputError(fmt::format("{} is '{}', expected one of: {}", what, name, known));
}

}  // namespace

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::correct:
      return "correct";
    case Verdict::wrong:
      return "wrong";
    case Verdict::unparsed:
      return "unparsed";
    case Verdict::error:
      break;
  }
  return "error";
}

std::string_view split_label(Split split) {
  return split == Split::with_io ? "with-io" : "source-only";
}

Verdict verdict_from(const std::string& name) {
  return choice_named(name, "verdict", {Verdict::correct, Verdict::wrong, Verdict::unparsed, Verdict::error},
                      verdict_name);
}

Split split_from(const std::string& name) {
  return choice_named(name, "split", {Split::with_io, Split::source_only}, split_label);
}

AnswerForm answer_form_from(const std::string& name) {
  return choice_named(name, "form",
                      {AnswerForm::direct, AnswerForm::trace, AnswerForm::recite, AnswerForm::assisted},
                      answer_form_name);
}

}  // namespace pbb
