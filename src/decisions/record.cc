#include "decisions/record.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/random.h>

#include <chrono>

#include "base/error.h"
#include "base/json_text.h"
#include "base/sha256.h"
#include "evaluation/statistics.h"
#include "evaluation/steps.h"
#include "run/build_info.h"

namespace pbb {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

ordered_json or_null(const std::string& text) {
  return text.empty() ? ordered_json(nullptr) : ordered_json(text);
}

// {"value": 36, "text": "36"}, or {"raises": "ValueError", "text": "raises ValueError"}; null: there is none.
ordered_json outcome_json(const std::optional<Outcome>& outcome) {
  if (!outcome) return nullptr;
  ordered_json written;
  if (const auto* raised = std::get_if<Raised>(&*outcome)) {
    written["raises"] = raised->type;
  } else {
    written["value"] = exact_json(std::get<Value>(*outcome));
  }
  written["text"] = outcome_text(*outcome);
  return written;
}

ordered_json step_json(const StepCheck& step, bool is_judged) {
  const char* verdict = !is_judged      ? "unchecked"
                        : step.right    ? "right"
                        : step.recalled ? "wrong"
                                        : "not_of_this_rule";
  return {{"text", step.text}, {"verdict", verdict}};
}

ordered_json steps_json(const Decision& decision) {
  ordered_json steps = ordered_json::array();
  const bool is_judged = decision.guard != Guard::model;
  for (std::size_t i = 0; i < decision.said.steps.size(); ++i) {
    steps.push_back(step_json(decision.said.steps[i], is_judged));
    if (is_judged && i < decision.program.size()) steps.back()["line"] = decision.program[i].line;
  }
  return steps;
}

ordered_json program_steps_json(const Decision& decision) {
  ordered_json steps = ordered_json::array();
  for (const TraceStep& step : decision.program) steps.push_back({{"line", step.line}, {"text", step.step}});
  return steps;
}

ordered_json recalled_json(const Decision& decision) {
  if (decision.guard == Guard::model || !decision.failure.empty()) return nullptr;
  const RecitationCheck& check = decision.said.recitation;
  return {{"verbatim", check.verbatim}, {"lines_right", check.lines_right}, {"lines", check.lines}};
}

ordered_json arguments_json(const Decision& decision, const RegisteredRule& rule) {
  ordered_json arguments = ordered_json::object();
  for (const auto& [name, value] : name_arguments(rule.entry.signature, decision.arguments))
    arguments[name] = exact_json(value);
  return arguments;
}

void mask(ordered_json& record, const std::set<std::string>& names) {
  ordered_json masked = ordered_json::array();
  for (auto& [name, value] : record["arguments"].items()) {
    if (!names.contains(name)) continue;
    value = nullptr;
    masked.push_back("/arguments/" + name);
  }
  if (masked.empty()) return;
  record["call"] = nullptr;
  masked.push_back("/call");
  for (const char* key : {"steps", "program_steps"}) {
    for (ordered_json& step : record[key]) step["text"] = nullptr;
    masked.push_back(fmt::format("/{}/*/text", key));
  }
  record["masked"] = std::move(masked);
}

}  // namespace

std::string new_decision_id() {
  unsigned char bytes[16];
  if (::getrandom(bytes, sizeof bytes, 0) != sizeof bytes) throw Error("the system gives no random numbers");
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0F) | 0x40);  // version 4, RFC 9562
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3F) | 0x80);
  std::string id;
  for (std::size_t i = 0; i < sizeof bytes; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) id += '-';
    id += fmt::format("{:02x}", bytes[i]);
  }
  return id;
}

std::string utc_milliseconds() {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)), (now - seconds).count());
}

ordered_json certificate_summary(const RegisteredRule& rule, AnswerForm form) {
  const json& certificate = rule.entry.certificate;
  ordered_json summary = {{"sha256", sha256(json_text(certificate))}};
  const char* key = form == AnswerForm::assisted ? "assisted" : "plain";
  const auto part = [&](const char* name, const json::json_pointer& place) {
    if (certificate.contains(place)) summary[name] = certificate.at(place);
  };
  part("date", json::json_pointer("/date"));
  part("recalled", json::json_pointer("/recall/recalled"));
  part("answers", json::json_pointer(fmt::format("/{}/answers", key)));
  return summary;
}

ordered_json decision_json(const Decision& decision, const RegisteredRule& rule) {
  ordered_json written = {
      {"rule", {{"name", rule.entry.name}, {"version", rule.version}, {"source_sha256", rule.source_sha256}}},
      {"call", decision.call},
      {"arguments", arguments_json(decision, rule)},
      {"answer", outcome_json(decision.answer)},
      {"answered_by", choice_name<AnsweredBy>(answerers, decision.answered_by)},
      {"checked", decision.is_checked},
      {"guard", choice_name<Guard>(guards, decision.guard)},
      {"reason", choice_name<Reason>(reasons, decision.reason)},
      {"explanation", describe(decision.reason)},
      {"failure", or_null(decision.failure)},
      {"model_answer", outcome_json(decision.model_answer)},
      {"program_answer", outcome_json(decision.program_answer)},
      {"recalled_source", recalled_json(decision)},
      {"steps", steps_json(decision)},
      {"program_steps", program_steps_json(decision)},
      {"certificate", certificate_summary(rule, decision.asking.form)},
      {"asked",
       {{"form", answer_form_name(decision.asking.form)},
        {"max_new_tokens", decision.asking.max_new_tokens}}},
      {"tokens", decision.model_tokens},
      {"milliseconds",
       {{"model", 1000 * decision.model_seconds}, {"program", 1000 * decision.program_seconds}}}};
  return written;
}

std::string package_sha256(std::span<const RegisteredRule> rules) {
  if (rules.empty()) return "";
  ordered_json all = ordered_json::array();
  for (const RegisteredRule& rule : rules)
    all.push_back({rule.entry.name, rule.version, rule.source_sha256, rule.entry.model_checksum,
                   rule.entry.adapter_sha256, rule.entry.certificate});
  return sha256(json_text(all));
}

ordered_json opening_labels(const Decider& decider, const std::string& opened_by) {
  return {{"timestamp", utc_milliseconds()},
          {"opened_by", opened_by},
          {"model", decider.model},
          {"folder", or_null(decider.folder)},
          {"package", or_null(decider.package)},
          {"compute", decider.compute},
          {"pbb_version", pbb_version()},
          {"pbb_commit", pbb_commit()}};
}

ordered_json decision_record(const Decision& decision, const RegisteredRule& rule, const Decider& decider,
                             const Origin& origin) {
  ordered_json record = {{"format", 1},
                         {"kind", "decision"},
                         {"decision_id", origin.id},
                         {"timestamp", utc_milliseconds()},
                         {"requested_by", or_null(origin.requested_by)},
                         {"trace_id", or_null(origin.trace_id)}};
  record.update(decision_json(decision, rule));
  record["model"] = {{"named", decider.model},
                     {"package", or_null(decider.package)},
                     {"trained_from", rule.entry.model},
                     {"checksum", rule.entry.model_checksum},
                     {"adapter_sha256", rule.entry.adapter_sha256},
                     {"compute", decider.compute}};
  record["masked"] = ordered_json::array();
  record["pbb_version"] = pbb_version();
  mask(record, decider.masked);
  return record;
}

}  // namespace pbb
