// How calls and outcomes are written and compared.
#include "programs/program.h"

#include <algorithm>

namespace pbb {

const View* Program::find_view(std::string_view view_kind) const {
  const auto found = std::ranges::find(views, view_kind, &View::kind);
  return found == views.end() ? nullptr : &*found;
}

std::string& Program::view(std::string_view view_kind) {
  const auto found = std::ranges::find(views, view_kind, &View::kind);
  if (found != views.end()) return found->text;
  return views.emplace_back(std::string(view_kind), std::string()).text;
}

std::string outcome_text(const Outcome& outcome) {
  const auto* raised = std::get_if<Raised>(&outcome);
  return raised ? "raises " + raised->type : to_python(std::get<Value>(outcome));
}

bool same_answer(const Outcome& truth, const Outcome& answer) {
  if (truth.index() != answer.index()) return false;
  const auto* raised = std::get_if<Raised>(&truth);
  return raised ? raised->type == std::get<Raised>(answer).type
                : std::get<Value>(truth) == std::get<Value>(answer);
}

std::optional<Outcome> CallResult::outcome() const {
  if (status == CallStatus::returned) return output;
  if (status == CallStatus::raised && raised) return *raised;
  return std::nullopt;
}

std::string call_text(const std::string& name, std::span<const Value> arguments) {
  std::string text = name + "(";
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (i > 0) text += ", ";
    text += to_python(arguments[i]);
  }
  return text + ")";
}

}  // namespace pbb
