#include "server/rules_api.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/stopwatch.h"
#include "evaluation/handover.h"
#include "programs/json_fields.h"
#include "server/api_error.h"
#include "server/text_api.h"

namespace pbb {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr auto time_to_answer =
    std::chrono::milliseconds(500);  // what of a request's time is not the model's

ordered_json rule_json(const RegisteredRule& rule, AnswerForm form) {
  const json signature = to_json(rule.entry.signature);
  return {{"name", rule.entry.name},
          {"object", "rule"},
          {"version", rule.version},
          {"status", rule_status_name(rule.status)},
          {"signature", rule.entry.signature.text},
          {"parameters", signature.at("parameters")},
          {"source_sha256", rule.source_sha256},
          {"date", rule.entry.date},
          {"certificate", certificate_summary(rule, form)}};
}

Input arguments_in(const json& body, const Signature& signature) {
  if (!body.is_object()) throw bad_request("The body is no JSON object.");
  for (const auto& [key, value] : body.items()) {
    if (key != "arguments" && key != "trace_id")
      throw bad_request(fmt::format("There is no parameter '{}' here.", shortened(key)), key,
                        "unknown_parameter");
  }
  const auto given = body.find("arguments");
  if (given == body.end() || !given->is_object())
    throw bad_request(
        fmt::format("'arguments' is an object: {} with a value for each by its name.", signature.text),
        "arguments");
  try {
    NamedArguments named;
    for (const auto& [name, value] : given->items()) named.emplace_back(name, value_from_exact_json(value));
    return bind_arguments(signature, named);
  } catch (const InputError& error) {
    throw bad_request(error.hint().empty() ? error.what() : fmt::format("{}: {}", error.what(), error.hint()),
                      "arguments", "invalid_arguments");
  }
}

std::string trace_in(const Asked& asked) {
  const auto given = asked.body.find("trace_id");
  if (given == asked.body.end() || given->is_null())
    return asked.http.get_header_value("traceparent").substr(0, 200);
  if (!given->is_string() || given->get<std::string>().size() > 200)
    throw bad_request("'trace_id' is a text of at most 200 bytes.", "trace_id");
  return given->get<std::string>();
}

}  // namespace

RulesApi::RulesApi(std::vector<RegisteredRule> rules, DecidingOptions options, Runner run, ModelThread& model,
                   DecisionLog* log, Metrics& metrics)
    : rules_(std::move(rules)),
      options_(std::move(options)),
      run_(std::move(run)),
      model_(model),
      end_(model.tokenizer()),
      log_(log),
      metrics_(metrics) {}

const RegisteredRule& RulesApi::find(const std::string& name) const {
  const auto found =
      std::ranges::find(rules_, name, [](const RegisteredRule& rule) { return rule.entry.name; });
  if (found != rules_.end()) return *found;
  throw ApiError(404, "invalid_request_error",
                 fmt::format("There is no rule '{}'. GET /v1/rules lists them.", shortened(name)),
                 "rule_not_found");
}

void RulesApi::list(httplib::Response& response) const {
  ordered_json all = ordered_json::array();
  for (const RegisteredRule& rule : rules_) all.push_back(rule_json(rule, options_.asking.form));
  set_json(response, {{"object", "list"}, {"data", std::move(all)}});
}

void RulesApi::show(const std::string& name, httplib::Response& response) const {
  const RegisteredRule& rule = find(name);
  ordered_json body = rule_json(rule, options_.asking.form);
  body["source"] = rule.entry.source;
  body["certificate"] = rule.entry.certificate;
  body["adapter_sha256"] = rule.entry.adapter_sha256;
  set_json(response, body);
}

Completion RulesApi::completed(Request request, const Asked& asked, ModelAnswer& answer, Executor by) {
  Completion completion;
  const auto generation = model_.start(std::move(request), by);
  Generation::News news;
  while (!news.finished) {
    news = next_news(*generation, asked.deadline - time_to_answer, metrics_);
    completion.tokens.insert(completion.tokens.end(), news.tokens.begin(), news.tokens.end());
  }
  completion.stopped = news.stopped;
  answer.failure = news.failure;
  return completion;
}

// The model's answer, as long as there is time for it: then the program answers, under a guard that has one.
Completing RulesApi::completing(const Asked& asked) {
  return [this, &asked](const AskedQuestion& question) {
    const Stopwatch watch;
    ModelAnswer answer;
    if (const auto why = no_room(question.question.tokens.size(), model_.context())) {
      answer.failure = *why;
      return answer;
    }
    try {
      const Tokenizer& tokenizer = model_.tokenizer();
      Completion completion = completed(answer_request(question, tokenizer, end_), asked, answer);
      const std::size_t tokens = question.question.tokens.size() + completion.tokens.size();
      if (answer.failure.empty() && is_handed_over(question.asking, tokenizer, completion) &&
          !no_room(tokens, model_.context())) {
        const Completion rest = completed(rest_request(question, tokenizer, end_, completion.tokens), asked,
                                          answer, Executor::base);
        completion = joined(std::move(completion), rest);
      }
      const std::string failure = answer.failure;
      answer = answer_from(completion, tokenizer);
      answer.failure = failure;
    } catch (const ApiError& error) {
      if (error.status != 504) throw;
      answer.failure = "it took too long";
    }
    answer.seconds = watch.seconds();
    return answer;
  };
}

void RulesApi::keep(const ordered_json& record) {
  if (log_ == nullptr) return;
  try {
    log_->append(record);
  } catch (const Error& error) {
    fmt::print(stderr, "pbb: a decision was not given: {}\n", error.what());
    metrics_.add("pbb_decisions_not_logged_total");
    throw ApiError(503, "unavailable_error",
                   "The decision could not be written to the log, so it is not given. See the server's log "
                   "file and disk.",
                   "log_unavailable");
  }
}

void RulesApi::ask(const std::string& name, const Asked& asked, httplib::Response& response) {
  const RegisteredRule& rule = find(name);
  const Input arguments = arguments_in(asked.body, rule.entry.signature);
  const Origin origin{.id = new_decision_id(), .requested_by = asked.client, .trace_id = trace_in(asked)};
  Decision decision;
  try {
    decision =
        decide(options_.guard, rule, arguments, options_.asking, model_.tokenizer(), run_, completing(asked));
  } catch (const InputError& error) {
    throw ApiError(422, "invalid_request_error", error.what(), "no_outcome", "arguments");
  }
  if (!decision.failure.empty() && decision.answered_by == AnsweredBy::nobody)
    throw unavailable("The model gave no answer: " + decision.failure + ".");
  keep(decision_record(decision, rule, options_.decider, origin));
  metrics_.add("pbb_decisions_total",
               {{"rule", name},
                {"answered_by", choice_name<AnsweredBy>(answerers, decision.answered_by)},
                {"reason", choice_name<Reason>(reasons, decision.reason)}});
  ordered_json body = {{"decision_id", origin.id}, {"package", options_.decider.package}};
  body.update(decision_json(decision, rule));
  response.set_header("X-PBB-Decision-Id", origin.id);
  set_json(response, body);
}

}  // namespace pbb
