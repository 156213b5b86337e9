// Writing metrics.jsonl, line by line.
#include "training/metrics.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/file.h"

namespace pbb {
namespace {

std::string text_of(const nlohmann::ordered_json& line) {
  return line.dump() + '\n';
}

// What a checkpoint knows of the steps that it comes after: less than a step itself writes.
std::string lines_of(const std::vector<StepMetrics>& done) {
  std::string lines;
  for (const StepMetrics& step : done) {
    lines += text_of({{"step", step.step}, {"loss", step.loss}, {"learning_rate", step.learning_rate}});
  }
  return lines;
}

bool is_of(const nlohmann::json& line, const StepMetrics& step) {
  return line.is_object() && line.contains("step") && line["step"] == step.step && line.contains("loss") &&
         line["loss"] == step.loss;
}

// The lines of the steps that are done, which were on the disk before their checkpoint was.
std::string kept_lines(const std::filesystem::path& file, const std::vector<StepMetrics>& done) {
  const std::string contents = read_file(file);
  std::size_t begin = 0;
  for (const StepMetrics& step : done) {
    const std::size_t end = contents.find('\n', begin);
    const bool is_whole = end != std::string::npos;
    const auto line = nlohmann::json::parse(
        std::string_view(contents).substr(begin, is_whole ? end - begin : 0), nullptr, false);
    if (!is_of(line, step)) {
      throw InputError(
          fmt::format("{}:{}: {}, but the checkpoint is of step {}", file.string(), step.step,
                      is_whole
                          ? fmt::format("not the line of step {} with its loss of {}", step.step, step.loss)
                          : fmt::format("the line of step {} is missing or cut short", step.step),
                      done.back().step),
          fmt::format("remove it (rm {}) and go on with --resume: it is then made again from the checkpoint",
                      file.string()));
    }
    begin = end + 1;
  }
  return contents.substr(0, begin);
}

}  // namespace

MetricsLog::MetricsLog(std::filesystem::path file, const std::vector<StepMetrics>& done)
    : path_(std::move(file)) {
  write_file(path_, std::filesystem::exists(path_) ? kept_lines(path_, done) : lines_of(done));
  file_.reset(std::fopen(path_.c_str(), "ae"));
  if (!file_) fail();
}

void MetricsLog::append(const StepMetrics& metrics) {
  nlohmann::ordered_json line = {{"step", metrics.step},
                                 {"loss", metrics.loss},
                                 {"learning_rate", metrics.learning_rate},
                                 {"gradient_norm", metrics.gradient_norm},
                                 {"tokens", metrics.tokens},
                                 {"tokens_per_second", metrics.tokens_per_second}};
  if (metrics.recall.programs > 0) {
    line["recalled"] = metrics.recall.recalled;
    line["source_only_programs"] = metrics.recall.programs;
  }
  for (const auto& [name, value] : metrics.figures) line[name] = value;
  if (!metrics.alarms.empty()) line["alarms"] = metrics.alarms;
  const std::string text = text_of(line);
  if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size() || std::fflush(file_.get()) != 0) {
    fail();
  }
}

void MetricsLog::sync() {
  if (::fsync(::fileno(file_.get())) != 0 && errno != EINVAL && errno != ENOTSUP) fail();
}

void MetricsLog::fail() const {
  throw Error(fmt::format("{}: cannot be written: {}", path_.string(), std::strerror(errno)),
              "see that the disk has room and the folder may be written to, then go on with --resume");
}

}  // namespace pbb
