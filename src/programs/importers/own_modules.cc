#include "programs/importers/own_modules.h"

#include <algorithm>
#include <sstream>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "programs/source_text.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_modules = 200;
constexpr int most_folders_up = 4;

// `from ..rates import RATE`: two levels, "rates", and what may be a module in it.
struct ImportLine {
  std::size_t level = 0;
  std::string module;
  std::vector<std::string> names;
};

std::vector<std::string> words_of(const std::string& text) {
  std::string plain = text;
  std::ranges::replace_if(
      plain, [](char c) { return c == ',' || c == '(' || c == ')' || c == '\t'; }, ' ');
  std::istringstream stream(plain);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) {
    if (word.starts_with('#')) break;
    words.push_back(word);
  }
  return words;
}

// What looks like one, wherever it stands: a name that is no import names no file either.
std::vector<ImportLine> import_lines(const std::string& source) {
  std::vector<ImportLine> found;
  std::istringstream lines(source);
  for (std::string line; std::getline(lines, line);) {
    auto words = words_of(line);
    if (words.size() < 2 || (words[0] != "from" && words[0] != "import")) continue;
    if (words[0] == "import") {
      for (std::size_t i = 1; i < words.size(); ++i) found.push_back({0, words[i], {}});
      continue;
    }
    if (line.find('(') != std::string::npos) {
      for (std::string more; line.find(')') == std::string::npos && std::getline(lines, more);) {
        std::ranges::copy(words_of(more), std::back_inserter(words));
        line = more;
      }
    }
    const std::size_t level = std::min(words[1].find_first_not_of('.'), words[1].size());
    found.push_back({level,
                     words[1].substr(level),
                     {words.begin() + std::min<std::ptrdiff_t>(3, std::ssize(words)), words.end()}});
  }
  return found;
}

// The file of a module in a folder, and whether it is that of a package; empty: there is none.
std::pair<fs::path, bool> file_of(const fs::path& folder, const std::string& module) {
  std::string place = module;
  std::ranges::replace(place, '.', '/');
  std::error_code hidden;
  const fs::path file = folder / (place + ".py"), package = folder / place / "__init__.py";
  if (!module.empty() && fs::is_regular_file(file, hidden)) return {file, false};
  if (fs::is_regular_file(package, hidden)) return {package, true};
  return {};
}

std::string joined(const std::string& package, const std::string& name) {
  return package.empty() || name.empty() ? package + name : package + "." + name;
}

class Gathering {
 public:
  explicit Gathering(OwnModules& modules) : modules_(modules) {}

  void follow(const fs::path& file, const std::string& key, const std::string& source) {
    for (const ImportLine& line : import_lines(source)) {
      look_for(file, key, line, line.module);
      for (const std::string& name : line.names) look_for(file, key, line, joined(line.module, name));
    }
  }

 private:
  void look_for(const fs::path& file, const std::string& key, const ImportLine& line,
                const std::string& module) {
    fs::path folder = file.parent_path();
    if (line.level > 0) {
      std::string package = key;
      for (std::size_t up = 0; up < line.level; ++up) {
        package.erase(
            std::min(package.size(), package.rfind('.') == std::string::npos ? 0 : package.rfind('.')));
        if (up > 0) folder = folder.parent_path();
      }
      take(folder, module, joined(package, module));
      return;
    }
    for (int up = 0; up < most_folders_up && folder.has_relative_path();
         ++up, folder = folder.parent_path()) {
      if (!module.empty() && take(folder, module, module)) return;
    }
  }

  bool take(const fs::path& folder, const std::string& module, std::string key) {
    const auto [file, is_package] = file_of(folder, module);
    if (file.empty()) return false;
    if (is_package) key += ".__init__";
    if (modules_.sources.contains(key) || modules_.sources.size() >= most_modules) return true;
    try {
      const auto& [_, source] = *modules_.sources.emplace(key, read_source(file)).first;
      follow(file, key, source);
    } catch (const Error&) {  // as if it were not there: whoever needs it is told so
    }
    return true;
  }

  OwnModules& modules_;
};

}  // namespace

OwnModules own_modules(const fs::path& file, const std::string& source) {
  std::error_code hidden;
  const fs::path whole = fs::weakly_canonical(file, hidden);
  OwnModules modules;
  const fs::path place = whole.relative_path().parent_path() / whole.stem();
  for (const fs::path& folder : place) {
    std::string part = folder.string();
    std::ranges::replace(part, '.', '_');
    modules.main = joined(modules.main, part);
  }
  modules.sources.emplace(modules.main, source);
  Gathering(modules).follow(whole, modules.main, source);
  return modules;
}

}  // namespace pbb
