// The certificate of a rule: what was learnt, from which source, and how well, so that it can be laid beside
// the rule. rules/NAME/certificate.json in the run's folder; docs/learn.md says what each field means.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "evaluation/statistics.h"
#include "programs/importers/import.h"
#include "recipe/recipe.h"

namespace pbb {

struct Count {
  int right = 0, of = 0;
};

// Of the answers of one form: recite (plain) or assisted.
struct CertifiedForm {
  Count answers, steps;  // steps: of the true traces, those that were written as they are, at their place
  Count edges;           // of the answers, those on boundary inputs
};

// A question with what the model said, by form.
struct CertifiedAnswer {
  std::string call, truth;
  std::string origin;           // "edge", "example" or "input"
  std::string plain, assisted;  // empty: no answer was found
  bool plain_right = false, assisted_right = false;
};

// The rule that had this name before, where the model was learnt on from one that knew it.
struct FormerRule {
  int version = 0;
  std::string source_sha256;
  int differing = 0;            // of the questions, those that it answers otherwise
  int plain = 0, assisted = 0;  // of these, the answers of each form that are still its
};

struct Certificate {
  std::string name, file, source_sha256, date;
  std::string model, base, model_crc32, pbb_version, commit;
  std::optional<bool> recalled_in_training;  // as training's own last recitation of it told
  Count verbatim;                            // answers that recited the source word for word
  CertifiedForm plain, assisted;
  std::vector<CertifiedAnswer> questions;
  std::int64_t exposures = 0, tokens = 0;  // how often its source was stated, and the tokens trained on
  std::int64_t practised = 0;              // how often it was run in training, with its source given
  std::int64_t steps = 0;                  // of the reading that all the rules shared
  std::optional<FormerRule> former;        // of a rule that was changed

  bool is_recalled() const {
    return verbatim.of > 0 ? verbatim.right == verbatim.of : recalled_in_training.value_or(false);
  }
};

// Of every program of a run that is trained and asked, in the corpus's order. `imported`: as its corpus was
// made, which tells the files, and which questions are made up. InputError when answers or records cannot be
// read.
std::vector<Certificate> certify(const std::filesystem::path& run_folder, const Recipe& recipe,
                                 const Imported& imported);

nlohmann::json to_json(const Certificate& certificate);
// rules/NAME/certificate.json of each.
void write_certificates(const std::filesystem::path& run_folder,
                        const std::vector<Certificate>& certificates);

// For people: a rule a line, the edge inputs that it gets wrong below it, and what they come to together.
std::string certificates_text(const std::vector<Certificate>& certificates);

}  // namespace pbb
