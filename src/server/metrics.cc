#include "server/metrics.h"

#include <fmt/format.h>

namespace pbb {
namespace {

struct Family {
  const char *name, *kind, *help;
};
constexpr Family families[] = {
    {"pbb_requests_total", "counter", "Requests that were answered, by endpoint and HTTP status"},
    {"pbb_request_seconds_total", "counter",
     "Time until they were answered, or a stream began, all together"},
    {"pbb_decisions_total", "counter", "Decisions about rules, by rule, by who answered, and why"},
    {"pbb_decisions_not_logged_total", "counter",
     "Decisions that were refused because the log could not be written"},
    {"pbb_reloads_total", "counter",
     "Packages of rules that were to take the place of another, by what came of it"},
    {"pbb_clients_gone_total", "counter", "Requests whose client broke off before the answer"},
    {"pbb_prompt_tokens_total", "counter", "Tokens of prompts that were taken in"},
    {"pbb_generated_tokens_total", "counter", "Tokens that the model has chosen"},
    {"pbb_decode_calls_total", "counter", "Passes through the model, each for all sequences that run"},
    {"pbb_sequences_running", "gauge", "Sequences that are decoded now"},
    {"pbb_sequences_waiting", "gauge", "Sequences that wait to be decoded"},
    {"pbb_requests_in_progress", "gauge", "Requests for the model that are being answered"},
    {"pbb_resident_memory_bytes", "gauge", "Memory of the process"},
};

std::string escaped(const std::string& value) {
  std::string text;
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    text += c == '\n' ? ' ' : c;
  }
  return text;
}

}  // namespace

void Metrics::add(const std::string& name, const Labels& labels, double value) {
  std::string written;
  for (const auto& [key, label] : labels)
    written += fmt::format("{}{}=\"{}\"", written.empty() ? "" : ",", key, escaped(label));
  const std::lock_guard lock(mutex_);
  series_[name][written] += value;
}

std::string Metrics::text(const std::vector<std::pair<std::string, double>>& gauges) const {
  const std::lock_guard lock(mutex_);
  auto all = series_;
  for (const auto& [name, value] : gauges) all[name][""] = value;
  std::string text;
  for (const Family& family : families) {
    text += fmt::format("# HELP {} {}\n# TYPE {} {}\n", family.name, family.help, family.name, family.kind);
    const auto found = all.find(family.name);
    if (found == all.end()) continue;
    for (const auto& [labels, value] : found->second)
      text += fmt::format("{}{} {:.10g}\n", family.name, labels.empty() ? "" : "{" + labels + "}", value);
  }
  return text;
}

}  // namespace pbb
