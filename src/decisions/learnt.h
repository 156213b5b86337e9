// What pbb learn tells the registry of the rules that it has taught a model.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "decisions/registry.h"
#include "run/certificate.h"

namespace pbb {

// SHA-256 of the weights that the run in `folder` has trained.
std::string adapter_sha256(const std::filesystem::path& folder, const Recipe& recipe);

// An entry for each certificate, whose program is one of `programs`. `run`: for Python's parser.
std::vector<RuleEntry> learnt_rules(const std::filesystem::path& folder, const Recipe& recipe,
                                    std::span<const Program> programs,
                                    std::span<const Certificate> certificates, const Runner& run);

}  // namespace pbb
