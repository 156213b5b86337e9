#include "run/certificate.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/json_text.h"
#include "base/printable.h"
#include "base/sha256.h"
#include "evaluation/evaluate.h"
#include "programs/json_fields.h"
#include "run/run_record.h"
#include "run/stage_result.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

void add(Count& count, bool right) {
  count.right += right;
  ++count.of;
}

json to_json(const Count& count) {
  const Interval interval = wilson_interval(count.right, count.of);
  return {{"right", count.right}, {"of", count.of}, {"interval", {interval.low, interval.high}}};
}

json to_json(const CertifiedForm& form) {
  return {{"answers", to_json(form.answers)},
          {"edge_inputs", to_json(form.edges)},
          {"steps", {{"right", form.steps.right}, {"of", form.steps.of}}}};
}

// What the arms' answers say of one program. Verdicts `error` are ours, and count for nobody.
void add_answer(Certificate& certificate, const ItemResult& result, const std::string& origin) {
  if (result.verdict == Verdict::error) return;
  const bool is_plain = result.form == AnswerForm::recite;
  const bool right = result.verdict == Verdict::correct;
  CertifiedForm& form = is_plain ? certificate.plain : certificate.assisted;
  add(form.answers, right);
  if (origin == "edge") add(form.edges, right);
  form.steps.of += static_cast<int>(result.true_steps.size());
  form.steps.right += static_cast<int>(std::ranges::count(result.steps, true, &StepCheck::right));
  add(certificate.verbatim, result.recitation.verbatim);
  auto question = std::ranges::find(certificate.questions, result.call, &CertifiedAnswer::call);
  if (question == certificate.questions.end()) {
    question = certificate.questions.emplace(certificate.questions.end());
    question->call = result.call;
    question->truth = result.truth;
    question->origin = origin;
  }
  (is_plain ? question->plain : question->assisted) = result.answer;
  (is_plain ? question->plain_right : question->assisted_right) = right;
}

std::string date_of(const RunRecord& record) {
  std::string date;
  for (const Sitting& sitting : record.sittings) {
    if (!sitting.finished.empty()) date = sitting.finished;
  }
  return date;
}

std::string percent(const Count& count) {
  const Interval interval = wilson_interval(count.right, count.of);
  return fmt::format("{} of {} [{:.0f}, {:.0f} %]", count.right, count.of, 100 * interval.low,
                     100 * interval.high);
}

std::string said(const std::string& answer, bool right) {
  return right ? "right" : answer.empty() ? "no answer" : shortened(printable_line(answer));
}

}  // namespace

std::vector<Certificate> certify(const fs::path& run_folder, const Recipe& recipe, const Imported& imported) {
  const RunRecord record = read_run_record(run_folder).value_or(RunRecord());
  std::vector<Certificate> all;
  std::map<std::string, std::size_t> by_name;
  for (const Program& program : imported.corpus.programs) {
    Certificate certificate;
    certificate.name = program.name;
    certificate.source_sha256 = sha256(program.source);
    certificate.date = date_of(record);
    certificate.model = recipe.model;
    certificate.base = recipe.base;
    certificate.model_crc32 = record.model_checksum;
    for (const ImportedFile& file : imported.files) {
      if (file.program == program.name) certificate.file = file.path.string();
    }
    if (const Sitting* sitting = record.training()) {
      certificate.pbb_version = sitting->pbb_version;
      certificate.commit = sitting->commit;
    }
    for (const StageRecord& stage : record.stages) certificate.steps += stage.steps;
    if (const auto exposure = record.exposures.find(program.name); exposure != record.exposures.end()) {
      certificate.exposures = exposure->second.declarations;
      certificate.practised = exposure->second.executions;
      certificate.tokens = exposure->second.trained_tokens;
      certificate.recalled_in_training = exposure->second.recalled;
    }
    by_name[program.name] = all.size();
    all.push_back(std::move(certificate));
  }
  const auto is_among = [](const auto& calls, const ItemResult& result) {
    const auto found = calls.find(result.program);
    return found != calls.end() && found->second.contains(result.call);
  };
  for (const ArmPlan& arm : recipe.arms) {
    for (const ItemResult& result : read_results(run_folder / "eval" / (arm.name + ".jsonl"))) {
      const auto place = by_name.find(result.program);
      if (place == by_name.end()) continue;
      add_answer(all[place->second], result,
                 is_among(imported.boundary_calls, result)  ? "edge"
                 : is_among(imported.example_calls, result) ? "example"
                                                            : "input");
    }
  }
  return all;
}

json to_json(const Certificate& certificate) {
  json questions = json::array();
  for (const CertifiedAnswer& question : certificate.questions) {
    questions.push_back({{"call", question.call},
                         {"origin", question.origin},
                         {"truth", question.truth},
                         {"plain", {{"answer", question.plain}, {"right", question.plain_right}}},
                         {"assisted", {{"answer", question.assisted}, {"right", question.assisted_right}}}});
  }
  json recall = {{"recalled", certificate.is_recalled()},
                 {"verbatim", to_json(certificate.verbatim)},
                 {"in_training", nullptr}};
  if (certificate.recalled_in_training) recall["in_training"] = *certificate.recalled_in_training;
  json written = {{"format", 1},
                  {"name", certificate.name},
                  {"file", certificate.file},
                  {"source_sha256", certificate.source_sha256},
                  {"date", certificate.date},
                  {"recall", recall},
                  {"plain", to_json(certificate.plain)},
                  {"assisted", to_json(certificate.assisted)},
                  {"questions", questions},
                  {"exposures", certificate.exposures},
                  {"practised", certificate.practised},
                  {"tokens", certificate.tokens},
                  {"steps", certificate.steps},
                  {"model", certificate.model},
                  {"base", certificate.base},
                  {"model_crc32", certificate.model_crc32},
                  {"pbb_version", certificate.pbb_version},
                  {"commit", certificate.commit}};
  if (const auto& former = certificate.former) {
    written["former"] = {{"version", former->version},
                         {"source_sha256", former->source_sha256},
                         {"questions_that_differ", former->differing},
                         {"answered_as_before", {{"plain", former->plain}, {"assisted", former->assisted}}}};
  }
  return written;
}

void write_certificates(const fs::path& run_folder, const std::vector<Certificate>& certificates) {
  for (const Certificate& certificate : certificates) {
    const fs::path folder = run_folder / "rules" / certificate.name;
    make_folder(folder);
    write_file(folder / "certificate.json", json_text(to_json(certificate), 1) + "\n");
  }
}

std::string certificates_text(const std::vector<Certificate>& certificates) {
  constexpr std::size_t most_wrong = 3;  // a rule's, that are shown
  std::size_t width = 4;
  for (const Certificate& one : certificates)
    width = std::max(width, std::min<std::size_t>(one.name.size(), 30));
  std::string text = fmt::format("{:<{}}  {:<10}  {:<24}  {:<24}\n", "rule", width, "recalled",
                                 "answers right", "with operations computed");
  for (const Certificate& one : certificates) {
    const std::string recalled = one.is_recalled() ? "verbatim"
                                 : one.verbatim.of == 0
                                     ? "no"
                                     : fmt::format("{} of {}", one.verbatim.right, one.verbatim.of);
    text += fmt::format("{:<{}}  {:<10}  {:<24}  {:<24}\n", one.name, width, recalled,
                        percent(one.plain.answers), percent(one.assisted.answers));
    if (one.former) {
      text += fmt::format(
          "{:<{}}  was version {}: of {} questions that it answered otherwise, {} are still answered by "
          "it; {} computed\n",
          "", width, one.former->version, one.former->differing, one.former->plain, one.former->assisted);
    }
    std::size_t shown = 0;
    for (const CertifiedAnswer& question : one.questions) {
      if (question.plain_right && question.assisted_right) continue;
      if (++shown > most_wrong) continue;
      text += fmt::format("{:<{}}  {} is {}; it says {}, computed {}\n", "", width,
                          shortened(printable_line(question.call)), shortened(printable_line(question.truth)),
                          said(question.plain, question.plain_right),
                          said(question.assisted, question.assisted_right));
    }
    if (shown > most_wrong)
      text += fmt::format("{:<{}}  and {} more that it gets wrong: rules/{}/certificate.json\n", "", width,
                          shown - most_wrong, one.name);
  }
  return text;
}

}  // namespace pbb
