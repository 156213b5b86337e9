#include "decisions/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/json_lines.h"
#include "evaluation/names.h"
#include "programs/json_fields.h"

namespace pbb {
namespace {

using nlohmann::json;

constexpr std::size_t batch = 32;

struct LoggedDecision {
  std::filesystem::path file;
  int line = 0;
  std::string id, rule, call, adapter_sha256;
  int version = 0;
  Guard guard = Guard::checked;
  Asking asking;
  NamedArguments arguments;
  std::string program_answer, model_answer, reason;  // empty: there was none
  std::vector<std::string> steps;                    // the model's
};

std::string answer_text(const json& record, const char* key) {
  const json& answer = field(record, key);
  return answer.is_null() ? "" : text_field(answer, "text");
}

LoggedDecision read_decision(const json& record, int line) {
  LoggedDecision logged;
  logged.line = line;
  logged.id = text_field(record, "decision_id");
  logged.call = text_field(record, "call");
  logged.rule = text_field(field(record, "rule"), "name");
  logged.version = field(field(record, "rule"), "version").get<int>();
  logged.adapter_sha256 = text_field(field(record, "model"), "adapter_sha256");
  const std::string guard = text_field(record, "guard");
  const auto known = find_choice<Guard>(guards, guard);
  if (!known) throw InputError(fmt::format("\"guard\" is \"{}\"", guard));
  logged.guard = *known;
  logged.asking.form = answer_form_from(text_field(field(record, "asked"), "form"));
  logged.asking.max_new_tokens = field(field(record, "asked"), "max_new_tokens").get<int>();
  for (const auto& [name, value] : field(record, "arguments").items())
    logged.arguments.emplace_back(name, value_from_exact_json(value));
  logged.program_answer = answer_text(record, "program_answer");
  logged.model_answer = answer_text(record, "model_answer");
  logged.reason = text_field(record, "reason");
  for (const json& step : list_field(record, "steps")) logged.steps.push_back(text_field(step, "text"));
  return logged;
}

// In the order of the parameters; those of *arguments last.
Input input_of(const LoggedDecision& logged, const RegisteredRule& rule) {
  NamedArguments named;
  std::vector<std::pair<int, Value>> further;
  for (const auto& [name, value] : logged.arguments) {
    if (name.starts_with('*')) {
      further.emplace_back(std::stoi(name.substr(1)), value);
    } else {
      named.emplace_back(name, value);
    }
  }
  Input input = bind_arguments(rule.entry.signature, named);
  std::ranges::sort(further, {}, &std::pair<int, Value>::first);
  for (auto& [place, value] : further) input.push_back(std::move(value));
  return input;
}

std::string said(const std::string& text) {
  return text.empty() ? "nothing" : text;
}

// What is another than the log has it; empty: nothing.
std::string difference(const LoggedDecision& logged, const Decision& now, const RegisteredRule& rule,
                       bool with_model) {
  const auto text_of = [](const std::optional<Outcome>& outcome) {
    return outcome ? outcome_text(*outcome) : "";
  };
  const std::string program = text_of(now.program_answer), model = text_of(now.model_answer);
  if (logged.guard != Guard::model && program != logged.program_answer)
    return fmt::format("the program says {} (version {}), the log {} (version {})", said(program),
                       rule.version, said(logged.program_answer), logged.version);
  if (!with_model || logged.reason == choice_name<Reason>(reasons, Reason::not_answered)) return "";
  if (model != logged.model_answer)
    return fmt::format("the model says {}, the log {}", said(model), said(logged.model_answer));
  for (std::size_t i = 0; i < std::max(now.said.steps.size(), logged.steps.size()); ++i) {
    const std::string step = i < now.said.steps.size() ? now.said.steps[i].text : "";
    const std::string before = i < logged.steps.size() ? logged.steps[i] : "";
    if (step != before)
      return fmt::format("the model's step {} is '{}', in the log '{}'", i + 1, step, before);
  }
  return "";
}

class Replayer {
 public:
  Replayer(const std::vector<RegisteredRule>& rules, const Runner& run, LoadedModel* model)
      : rules_(rules), run_(run), model_(model) {}

  void take(LoggedDecision logged) {
    const auto rule =
        std::ranges::find(rules_, logged.rule, [](const RegisteredRule& one) { return one.entry.name; });
    if (rule == rules_.end()) {
      ++replay.unknown;
      return;
    }
    try {
      Waiting one{.rule = &*rule, .input = input_of(logged, *rule), .logged = std::move(logged)};
      waiting_.push_back(std::move(one));
    } catch (const InputError&) {  // it takes other arguments now
      ++replay.unknown;
    }
    if (waiting_.size() >= batch) decide_all();
  }

  void decide_all() {
    std::vector<ModelAnswer> answers(waiting_.size());
    if (model_ != nullptr) {
      std::vector<AskedQuestion> questions;
      for (const Waiting& one : waiting_)
        questions.push_back(rule_question(*one.rule, one.input, one.logged.asking, model_->tokenizer));
      answers = complete_all(*model_, questions);
    }
    for (std::size_t i = 0; i < waiting_.size(); ++i) compare(waiting_[i], answers[i]);
    waiting_.clear();
  }

  LogReplay replay;

 private:
  struct Waiting {
    const RegisteredRule* rule = nullptr;
    Input input;
    LoggedDecision logged;
  };

  void compare(const Waiting& one, const ModelAnswer& answer) {
    const auto differs = [&](std::string what) {
      replay.differences.push_back(
          {one.logged.file, one.logged.line, one.logged.id, one.logged.call, std::move(what)});
    };
    try {
      const Decision now = model_ != nullptr
                               ? decide(one.logged.guard, *one.rule, one.input, one.logged.asking,
                                        model_->tokenizer, run_, [&](const AskedQuestion&) { return answer; })
                               : run_alone(one);
      replay.other_weights += one.logged.adapter_sha256 != one.rule->entry.adapter_sha256;
      std::string what = difference(one.logged, now, *one.rule, model_ != nullptr);
      if (!what.empty()) return differs(std::move(what));
      ++replay.same;
    } catch (const InputError& error) {  // the program comes to no outcome any more
      differs(error.what());
    }
  }

  Decision run_alone(const Waiting& one) const {
    Decision now;
    if (one.logged.guard != Guard::model)
      now.program_answer = true_execution(*one.rule, one.input, run_).outcome;
    return now;
  }

  const std::vector<RegisteredRule>& rules_;
  const Runner& run_;
  LoadedModel* model_;
  std::vector<Waiting> waiting_;
};

}  // namespace

LogCheck require_whole(const std::filesystem::path& file, const std::string& wanted,
                       const std::string& after) {
  LogCheck check = verify_log(file, wanted, after);
  if (check.broken_line == 0) return check;
  throw Error(fmt::format("{}:{}: {}", check.broken_file.string(), check.broken_line, check.what),
              fmt::format("the {} lines before it are as they were written; from it on nothing is certain",
                          check.lines));
}

LogReplay replay_log(const std::filesystem::path& file, const std::vector<RegisteredRule>& rules,
                     const Runner& run, LoadedModel* model,
                     const std::function<void(std::int64_t)>& on_progress, const std::string& after) {
  require_whole(file, "", after);
  Replayer replayer(rules, run, model);
  for (const std::filesystem::path& one : log_files(file)) {
    read_json_lines(one, [&](const json& record, int line) {
      if (!record.is_object() || record.value("kind", json()) != "decision") return;
      ++replayer.replay.decisions;
      if (!list_field(record, "masked").empty()) {
        ++replayer.replay.masked;
        return;
      }
      LoggedDecision logged = read_decision(record, line);
      logged.file = one;
      replayer.take(std::move(logged));
      if (on_progress) on_progress(replayer.replay.decisions);
    });
  }
  replayer.decide_all();
  return std::move(replayer.replay);
}

}  // namespace pbb
