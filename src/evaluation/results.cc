// eval/ARM.jsonl: the results of an arm, one JSON object a line.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/json_lines.h"
#include "base/json_text.h"
#include "evaluation/evaluate.h"
#include "evaluation/names.h"

namespace pbb {
namespace {

using nlohmann::json;

json to_json(const ItemResult& result) {
  json steps = json::array();
  for (const StepCheck& step : result.steps) {
    steps.push_back({{"text", step.text}, {"recalled", step.recalled}, {"right", step.right}});
  }
  json line = {{"program", result.program},
               {"domain", result.domain},
               {"kind", result.kind},
               {"split", split_label(result.split)},
               {"form", answer_form_name(result.form)},
               {"call", result.call},
               {"prompt", result.prompt},
               {"completion", result.completion},
               {"answer", result.answer},
               {"truth", result.truth},
               {"verdict", verdict_name(result.verdict)},
               {"cut", result.cut},
               {"steps", std::move(steps)},
               {"true_steps", result.true_steps},
               {"recalled", result.recalled}};
  if (!result.error.empty()) line["error"] = result.error;
  if (recites(result.form)) {
    line["recitation"] = {{"verbatim", result.recitation.verbatim},
                          {"lines_right", result.recitation.lines_right},
                          {"lines", result.recitation.lines}};
  }
  return line;
}

ItemResult from_json(const json& line) {
  ItemResult result;
  line.at("program").get_to(result.program);
  line.at("domain").get_to(result.domain);
  line.at("kind").get_to(result.kind);
  result.split = split_from(line.at("split"));
  result.form = answer_form_from(line.at("form"));
  line.at("call").get_to(result.call);
  line.at("prompt").get_to(result.prompt);
  line.at("completion").get_to(result.completion);
  line.at("answer").get_to(result.answer);
  line.at("truth").get_to(result.truth);
  result.verdict = verdict_from(line.at("verdict"));
  result.error = line.value("error", "");
  line.at("cut").get_to(result.cut);
  for (const json& step : line.at("steps")) {
    result.steps.push_back({.text = step.at("text").get<std::string>(),
                            .recalled = step.at("recalled").get<bool>(),
                            .right = step.at("right").get<bool>()});
  }
  line.at("true_steps").get_to(result.true_steps);
  line.at("recalled").get_to(result.recalled);
  if (recites(result.form)) {
    const json& recitation = line.at("recitation");
    recitation.at("verbatim").get_to(result.recitation.verbatim);
    recitation.at("lines_right").get_to(result.recitation.lines_right);
    recitation.at("lines").get_to(result.recitation.lines);
  }
  return result;
}

}  // namespace

void write_results(const std::filesystem::path& file, const std::vector<ItemResult>& results) {
  std::string text;
  for (const ItemResult& result : results) {
    text += json_text(to_json(result)) + '\n';
  }
  write_file(file, text);
}

std::vector<ItemResult> read_results(const std::filesystem::path& file,
                                     std::optional<std::int64_t> expected) {
  std::vector<ItemResult> results;
  try {
    read_json_lines(file, [&](const json& line, int) { results.push_back(from_json(line)); });
    if (expected.value_or(std::ssize(results)) != std::ssize(results)) {
      throw InputError(fmt::format("{}:{}: the last answer of the file; expected {} answers", file.string(),
                                   results.size(), *expected));
    }
  } catch (const InputError& error) {
    throw InputError(error.what(),
                     "remove it (rm " + file.string() +
                         ") and have this arm asked again: pbb eval RUN, or pbb run with --resume");
  }
  return results;
}

}  // namespace pbb
