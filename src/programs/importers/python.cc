#include "programs/importers/python.h"

#include "programs/importers/slices.h"
#include "programs/source_text.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

// Why a file of a folder is not looked at; empty: it is.
std::string reason_to_leave_out(const std::string& name) {
  const std::string stem = fs::path(name).stem().string();
  if (name.starts_with("._")) return "a Mac's own file";
  if (name.starts_with(".")) return "a hidden file";
  if (name == "__init__.py" || name == "__main__.py" || name == "setup.py")
    return "a package's file, no rule";
  if (stem.starts_with("test_") || stem.ends_with("_test") || stem == "conftest") return "a test";
  return {};
}

}  // namespace

Importer python_importer() {
  return {.extension = ".py",
          .file = "Python file",
          .hint = "each program is a function: of a file NAME.py the function NAME, else each public one",
          .reason_to_leave_out = reason_to_leave_out,
          .read = read_source,
          .survey = survey_sources,
          .slice = slice_modules};
}

}  // namespace pbb
