#include <fmt/format.h>

#include "report/html.h"
#include "report/sections.h"

namespace pbb {
namespace {

const Group kKeyGroup = {"", "", Split::source_only, AnswerForm::trace};

// The programs whose source was read but whose executions were never shown, in trace form: the claim.
std::string key_sentence(const RunFolder& run) {
  const GroupSummary* trained = run.summary.find("trained", kKeyGroup);
  if (trained == nullptr || trained->accuracy.of == 0) {
    return "No trained model has been asked about source-only programs in this run yet.";
  }
  std::string sentence = fmt::format(
      "After reading only the source of {}, the model runs them on new inputs with <b>{}</b> correct <span "
      "class=\"soft\">(95\u202f% interval {})</span>",
      count_of(trained->programs, "program"), percent(trained->accuracy.value()),
      percent_range(trained->accuracy.interval));
  const GroupSummary* before = run.summary.find("before-source", kKeyGroup);
  const GroupSummary* untrained = run.summary.find("untrained", kKeyGroup);
  if (before != nullptr && before->accuracy.of > 0) {
    sentence += fmt::format(", against {} before it read them", percent(before->accuracy.value()));
  }
  if (untrained != nullptr && untrained->accuracy.of > 0) {
    sentence += fmt::format("{} {} untrained", before != nullptr ? " and" : ", against",
                            percent(untrained->accuracy.value()));
  }
  return sentence + ".";
}

std::string fact_line(const RunFolder& run) {
  std::string facts;
  const auto add = [&](const std::string& fact) {
    if (!fact.empty()) facts += (facts.empty() ? "" : " · ") + fact;
  };
  if (run.record) {
    add(escape_html(run.record->model));
    add(escape_html(run.record->started.empty() ? run.record->finished : run.record->started));
    double training = 0;
    for (const StageRecord& stage : run.record->stages) training += stage.seconds;
    if (training > 0) {
      add(fmt::format("trained for {}{}", duration(training),
                      run.record->cores ? " on " + count_of(*run.record->cores, "core") : ""));
    }
  }
  if (const auto* comparison = run.summary.compare("before-source", kKeyGroup)) {
    add(fmt::format("trained against before-source, paired by program: {}",
                    escape_html(p_value(comparison->p))));
  }
  return facts;
}

}  // namespace

std::string page_title(const RunFolder& run) {
  if (run.record && !run.record->title.empty()) return run.record->title;
  const auto name = std::filesystem::absolute(run.path).lexically_normal();
  return (name.has_filename() ? name : name.parent_path()).filename().string();
}

std::string headline_section(const RunFolder& run) {
  return fmt::format(
      "<header>\n<p class=\"kicker\">Programming by Backprop</p>\n<h1>{}</h1>\n<p class=\"key\">{}</p>\n<p "
      "class=\"facts\">{}</p>\n</header>\n",
      escape_html(page_title(run)), key_sentence(run), fact_line(run));
}

}  // namespace pbb
