// Writing metrics.jsonl, line by line.
#include "training/metrics.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/file.h"

namespace pbb {
namespace {

std::string kept_lines(const std::filesystem::path& file, std::int64_t steps_done) {
  std::string kept;
  if (steps_done == 0 || !std::filesystem::exists(file)) return kept;
  const std::string contents = read_file(file);
  for (std::size_t begin = 0; begin < contents.size();) {
    const std::size_t end = contents.find('\n', begin);
    if (end == std::string::npos) break;
    const std::string_view line = std::string_view(contents).substr(begin, end - begin);
    const nlohmann::json metrics = nlohmann::json::parse(line, nullptr, false);
    const bool has_step =
        metrics.is_object() && metrics.contains("step") && metrics["step"].is_number_integer();
    if (!has_step || metrics["step"].get<std::int64_t>() > steps_done) break;
    kept += line;
    kept += '\n';
    begin = end + 1;
  }
  return kept;
}

}  // namespace

MetricsLog::MetricsLog(std::filesystem::path file, std::int64_t steps_done) : path_(std::move(file)) {
  write_file(path_, kept_lines(path_, steps_done));
  file_.reset(std::fopen(path_.c_str(), "ae"));
  if (!file_) fail();
}

void MetricsLog::append(const StepMetrics& metrics) {
  const nlohmann::ordered_json line = {{"step", metrics.step},
                                       {"loss", metrics.loss},
                                       {"learning_rate", metrics.learning_rate},
                                       {"gradient_norm", metrics.gradient_norm},
                                       {"tokens", metrics.tokens},
                                       {"tokens_per_second", metrics.tokens_per_second}};
  const std::string text = line.dump() + '\n';
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
