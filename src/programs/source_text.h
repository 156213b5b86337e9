// Looking at Python source as text: enough to find a function and its parameters in a source that was judged
// before (an import is judged by Python itself: programs/importers/survey.h). Whether it runs, only the sandbox knows.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pbb {

struct FunctionHead {
  std::string name;
  int line = 0;                         // of its `def`, from 1
  std::vector<std::string> parameters;  // names; without defaults, annotations and stars
  std::size_t required = 0;             // how many of them have no default
  bool any_number = false;              // it has *arguments, so that more may be given
};

// The functions defined at the start of a line (not those inside others or in classes), in order.
std::vector<FunctionHead> find_functions(std::string_view source);
// The one called `name`, the last if there are several, as Python has it.
std::optional<FunctionHead> find_function(std::string_view source, std::string_view name);

// ASCII letters, digits and underscores, not a digit first, not a keyword, at most 100 characters: safe as a
// file's name as well.
bool is_identifier(std::string_view name);

// A file of Python as Python reads it: without a mark of its encoding, lines ended by \n. InputError as
// below.
std::string read_source(const std::filesystem::path& file);

// InputError naming file and line when it is not UTF-8 (which has neither lone surrogates nor, here, NUL).
void check_source_text(const std::filesystem::path& file, std::string_view text);

}  // namespace pbb
