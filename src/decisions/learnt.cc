#include "decisions/learnt.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/sha256.h"
#include "run/models.h"

namespace pbb {

namespace fs = std::filesystem;

std::string adapter_sha256(const fs::path& folder, const Recipe& recipe) {
  const MappedFile weights(stage_checkpoint(folder, trained_stage(folder, recipe)) / "weights.f32");
  const auto bytes = weights.bytes();
  return sha256({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::vector<RuleEntry> learnt_rules(const fs::path& folder, const Recipe& recipe,
                                    std::span<const Program> programs,
                                    std::span<const Certificate> certificates, const Runner& run) {
  const std::string weights = adapter_sha256(folder, recipe);
  std::vector<SurveyedSource> sources;
  for (const Certificate& certificate : certificates) {
    const auto program = std::ranges::find(programs, certificate.name, &Program::name);
    if (program == programs.end()) throw Error("a certificate of no program: " + certificate.name);
    sources.push_back({.source = program->source, .stem = program->name});
  }
  const std::vector<Survey> surveys = survey_sources(run, sources);
  std::vector<RuleEntry> rules;
  for (std::size_t i = 0; i < certificates.size(); ++i) {
    const Certificate& certificate = certificates[i];
    rules.push_back({.name = certificate.name,
                     .source = sources[i].source,
                     .signature = signature_of(surveys.at(i), sources[i].source),
                     .certificate = to_json(certificate),
                     .adapter_sha256 = weights,
                     .model = certificate.model,
                     .model_checksum = certificate.model_crc32,
                     .date = certificate.date});
  }
  return rules;
}

}  // namespace pbb
