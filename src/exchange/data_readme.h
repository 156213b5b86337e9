// README.md of an export of training data: what is in the folder, and how each tool reads it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exchange/training_data.h"
#include "text/tokenizer.h"

namespace pbb {

std::string data_readme(const Recipe& recipe, const Tokenizer& tokenizer, const TrainingDataOptions& options,
                        const std::vector<ExportedStage>& stages);

// What is otherwise than in pbb's own training, a line each, for people.
std::vector<std::string> data_notes(const std::vector<ExportedStage>& stages);

// The text with a value put in place of each {{name}}.
std::string fill_in(std::string_view text,
                    const std::vector<std::pair<std::string_view, std::string>>& values);

}  // namespace pbb
