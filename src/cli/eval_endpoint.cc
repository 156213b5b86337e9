#include "cli/eval_endpoint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/plural.h"
#include "base/progress.h"
#include "base/stopwatch.h"
#include "cli/flags.h"
#include "endpoint/endpoint_answering.h"
#include "report/report.h"
#include "run/stage_result.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

template <typename Fields>
void list_options(Fields& fields, EndpointFlags& flags) {
  fields("concurrency", flags.concurrency, Range{1, 256}, "questions asked at once");
  fields("retries", flags.retries, Range{0, 100},
         "of a request that may yet be answered (429, 5xx, no connection)");
  fields("timeout", flags.timeout, Range{0, 86400, true}, "seconds that an answer may take");
  fields("requests_per_minute", flags.requests_per_minute, Range{0, 1e6},
         "at most; 0: as fast as answers come");
}

EndpointApi api_of(const EndpointFlags& flags, const ArmPlan& arm) {
  if (flags.api.empty()) return arm.chat ? EndpointApi::chat : EndpointApi::completions;
  const EndpointApi api = flags.api == "chat" ? EndpointApi::chat : EndpointApi::completions;
  if (api == EndpointApi::completions && arm.chat) {
    throw InputError(
        fmt::format("--api completions: arm {} is asked within a chat template, which the server has",
                    arm.name),
        "--api chat, or leave it out");
  }
  return api;
}

// The name that the arm is kept by.
std::string arm_name(const EndpointFlags& flags, const ArmPlan& arm) {
  if (!flags.as.empty()) {
    if (!is_plain_name(flags.as))
      throw InputError(fmt::format("--as {}: not a plain name", flags.as), plain_name_hint);
    return flags.as;
  }
  std::string name = arm.name + "-at-" + flags.model;
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (!is_plain_letter(c)) c = '-';
  }
  return name.substr(0, longest_name);
}

std::vector<ArmPlan> chosen_arms(const Recipe& recipe, const std::vector<std::string>& names) {
  const std::vector<ArmPlan> all = planned_arms(recipe);
  std::vector<ArmPlan> chosen;
  if (names.empty()) {
    const std::vector<ArmRole> roles = arm_roles(all);
    const auto claim = std::ranges::find(roles, ArmRole::claim);
    if (claim != roles.end()) chosen.push_back(all[static_cast<std::size_t>(claim - roles.begin())]);
  }
  std::vector<std::string> known;
  for (const ArmPlan& arm : all) known.push_back(arm.name);
  for (const std::string& name : names) {
    const auto found = std::ranges::find(all, name, &ArmPlan::name);
    if (found == all.end())
      throw InputError(fmt::format("--arm {}: the recipe has no arm of that name", name),
                       fmt::format("it has {}", fmt::join(known, ", ")));
    chosen.push_back(*found);
  }
  if (chosen.empty())
    throw InputError("the recipe has no arm that a run would be about",
                     fmt::format("--arm names one of {}", fmt::join(known, ", ")));
  return chosen;
}

// The arm as it is asked there.
ArmPlan plan_at(const EndpointFlags& flags, const EndpointAddress& address, const ArmPlan& arm,
                const std::vector<ArmPlan>& planned) {
  ArmPlan plan = arm;
  const EndpointApi api = api_of(flags, arm);
  plan.chat = api == EndpointApi::chat;
  plan.name = arm_name(flags, arm);
  if (std::ranges::find(planned, plan.name, &ArmPlan::name) != planned.end())
    throw InputError(fmt::format("--as {}: the recipe has an arm of that name", plan.name),
                     "choose another name");
  if (arm.executor == Executor::base && flags.executor_model.empty()) {
    throw InputError(
        fmt::format("arm {}: one model recites, and its base runs what it recited; --model names only one",
                    arm.name),
        fmt::format(
            "--executor-model NAME names the one that runs it; --executor-model {} where that one does both",
            flags.model));
  }
  const bool two = !flags.executor_model.empty() && flags.executor_model != flags.model;
  plan.executor = two ? Executor::base : Executor::itself;
  if (two && plan.chat)
    throw InputError("--executor-model: a chat cannot be gone on with by another model", "--api completions");
  if (plan.chat && std::erase(plan.forms, AnswerForm::assisted) > 0) {
    fmt::print(stderr,
               "note: arm {} is not asked in the form assisted: a chat cannot go on from what was computed\n",
               arm.name);
  }
  if (plan.forms.empty())
    throw InputError(
        fmt::format("arm {}: its only form is assisted, which a chat cannot be asked for", arm.name),
        "--api completions");
  plan.asked_at = fmt::format("{} at {}{}", flags.model, address.url(), plan.chat ? ", in a chat" : "");
  if (two) plan.asked_at += fmt::format("; {} runs what it recites", flags.executor_model);
  return plan;
}

EndpointOptions options_of(const EndpointFlags& flags) {
  EndpointOptions options;
  options.address = parse_endpoint(flags.url);
  options.key = read_api_key(flags.api_key_env, flags.api_key_file);
  options.times.answer_seconds = flags.timeout;
  options.times.connect_seconds = std::min(options.times.connect_seconds, flags.timeout);
  options.pacing.retries = flags.retries;
  options.pacing.requests_per_minute = flags.requests_per_minute;
  if (options.key.is_given() && !options.address.encrypted && !options.address.is_this_machine()) {
    fmt::print(stderr, "warning: the API key goes to {} without encryption\n", options.address.host);
  }
  return options;
}

nlohmann::json journal_of(const EndpointFlags& flags, const ArmPlan& plan, const EndpointArm& arm) {
  return {{"asked_at", plan.asked_at},
          {"model", flags.model},
          {"executor_model", plan.executor == Executor::base ? flags.executor_model : ""},
          {"api", plan.chat ? "chat" : "completions"},
          {"max_new_tokens", arm.max_new_tokens}};
}

void ask_arm(Pipeline& pipeline, const fs::path& folder, const EndpointFlags& flags, EndpointOptions options,
             const ArmPlan& plan, bool quiet) {
  options.api = plan.chat ? EndpointApi::chat : EndpointApi::completions;
  EndpointArm arm;
  arm.model = flags.model;
  arm.executor_model = plan.executor == Executor::base ? flags.executor_model : "";
  arm.max_new_tokens =
      flags.max_new_tokens > 0 ? flags.max_new_tokens : pipeline.recipe().evaluation.max_new_tokens;
  arm.concurrency = flags.concurrency;
  AnswerJournal journal(folder / "eval/answers" / (plan.name + ".jsonl"), journal_of(flags, plan, arm));
  std::optional<ProgressBar> progress;
  arm.on_progress = [&](std::size_t done, std::size_t total) {
    if (!progress)
      progress.emplace("arm " + plan.name, static_cast<std::int64_t>(total), quiet,
                       static_cast<std::int64_t>(done));
    progress->update(static_cast<std::int64_t>(done));
  };
  Waiting waiting;
  EndpointClient client(options, waiting);
  EndpointAnswering answering(client, journal, waiting, arm);
  const std::int64_t failed = pipeline.ask_elsewhere(plan, answering);
  progress.reset();
  if (!quiet)
    fmt::print(stderr, "arm {}: {} asked of {}\n", plan.name, plural(answering.asked(), "question"),
               plan.asked_at);
  if (failed > 0) {
    fmt::print(
        stderr,
        "warning: without an answer: {} (verdict error, counted apart); eval/{}.jsonl says why. The same "
        "command asks again\n",
        plural(failed, "question"), plan.name);
  }
}

}  // namespace

void add_endpoint_flags(Command command, EndpointFlags& flags) {
  command.add_option(
      "--endpoint", flags.url,
      "ask a server with an API like OpenAI's in place of our engine: http://127.0.0.1:8080/v1");
  command.add_option("--model", flags.model, "by its name there");
  command.add_option("--api", flags.api, "chat or completions (default: as the arm has it)")
      .one_of({"chat", "completions"});
  command
      .add_option("--arm", flags.arms,
                  "that is asked; may be repeated (default: the one that the run is about)")
      .one_value_each();
  command.add_option("--as", flags.as,
                     "the name of the arm that its answers are kept as (default: ARM-at-MODEL)");
  command.add_option("--executor-model", flags.executor_model,
                     "which runs what --model has recited, of an arm whose executor is its base");
  command.add_option("--api-key-file", flags.api_key_file, "a file that holds the server's API key");
  command.add_option("--api-key-env", flags.api_key_env, "the name of an environment variable that holds it");
  command
      .add_option("--max-new-tokens", flags.max_new_tokens,
                  "an answer is cut there (default: as the recipe has it)")
      .positive();
  FlagAdder adder(command);
  list_options(adder, flags);
}

std::vector<std::string> endpoint_words(const EndpointFlags& flags) {
  std::vector<std::string> words{"--endpoint", flags.url, "--model", flags.model};
  const auto add = [&](const char* flag, const std::string& value) {
    if (!value.empty()) words.insert(words.end(), {flag, value});
  };
  add("--api", flags.api);
  for (const std::string& arm : flags.arms) add("--arm", arm);
  add("--as", flags.as);
  add("--executor-model", flags.executor_model);
  add("--api-key-file", flags.api_key_file);
  add("--api-key-env", flags.api_key_env);
  if (flags.max_new_tokens > 0) add("--max-new-tokens", std::to_string(flags.max_new_tokens));
  return words;
}

std::vector<ArmPlan> plan_endpoint_arms(const Recipe& recipe, const EndpointFlags& flags) {
  if (flags.model.empty())
    throw InputError("--endpoint: --model is missing",
                     "name the model as the server does: GET /v1/models lists them");
  const std::vector<ArmPlan> arms = chosen_arms(recipe, flags.arms);
  if (!flags.as.empty() && arms.size() > 1)
    throw InputError("--as: one name for several arms", "ask them one by one");
  const EndpointOptions options = options_of(flags);
  std::vector<ArmPlan> plans;
  for (const ArmPlan& arm : arms) plans.push_back(plan_at(flags, options.address, arm, planned_arms(recipe)));
  Waiting waiting;
  const EndpointClient client(options, waiting);
  client.check(flags.model);
  if (!flags.executor_model.empty()) client.check(flags.executor_model);
  return plans;
}

void ask_at_endpoint(Pipeline& pipeline, const fs::path& folder, const EndpointFlags& flags,
                     const std::vector<ArmPlan>& plans, bool quiet) {
  const EndpointOptions options = options_of(flags);
  for (const ArmPlan& plan : plans) ask_arm(pipeline, folder, flags, options, plan, quiet);
  pipeline.end();
  pipeline.check_asked_arms();
  const Stopwatch watch;
  write_report(folder);
  note_timing(folder, "report", watch.seconds());
}

}  // namespace pbb
