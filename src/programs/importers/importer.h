// An importer: makes programs of one kind of a user's files. Each is a pair of files in this folder that gives
// one of these, and a row of importers.cc; what lists, reads, judges and splits files goes by the rows.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "programs/importers/slices.h"
#include "programs/importers/survey.h"
#include "programs/program.h"

namespace pbb {

struct Importer {
  std::string extension;  // of its files: ".py"
  std::string file;       // one of them in words: "Python file"
  std::string hint;       // what a program is: "each program is a file NAME.py with one function"
  // Why a file of a folder that is so called is not looked at; empty: it is.
  std::function<std::string(const std::string& file_name)> reason_to_leave_out;
  // The program's Python. InputError naming the file.
  std::function<std::string(const std::filesystem::path&)> read;
  // What is in each source, in order.
  std::function<std::vector<Survey>(const Runner&, std::span<const SurveyedSource>)> survey;
  // Of each source the programs that it is to be cut into, in order; none: it is one as a whole.
  std::function<std::vector<std::vector<Slice>>(const Runner&, std::span<const SurveyedSource>)> slice;
};

std::span<const Importer> importers();
const Importer* importer_of(const std::filesystem::path& file);  // by its extension; null when there is none
std::string importable_files();                                  // "Python file", or one of several kinds

}  // namespace pbb
