// What this binary was built from.
#pragma once

#include <string_view>

namespace pbb {

std::string_view pbb_version();
// The commit, with "-modified" when src/ or CMakeLists.txt differed from it; empty without git.
std::string_view pbb_commit();

}  // namespace pbb
