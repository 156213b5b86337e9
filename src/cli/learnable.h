// What a user's files hold that can be learnt, as `pbb learn` and `pbb assess` both look at it.
#pragma once

#include <filesystem>
#include <string>

#include "programs/importers/import.h"
#include "run/learning.h"

namespace pbb {

// Imports into `folder`, which is absent. InputError as import_python says.
Imported import_learnable(const PythonSources& sources, const LearningOptions& options, bool unsafe,
                          const std::filesystem::path& folder);
// What can be learnt and what cannot, and why; ends with a line that counts.
std::string learnable_table(const Imported& imported);

}  // namespace pbb
