#include "decisions/log_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/error.h"
#include "decisions/sealed_line.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t digits = 6;

// The number in a name of such a part; 0: it is none.
int part_number(const fs::path& file, const fs::path& candidate) {
  const std::string name = candidate.filename().string(), begin = file.filename().string() + ".";
  if (!name.starts_with(begin) || name.size() != begin.size() + digits) return 0;
  int number = 0;
  for (const char c : name.substr(begin.size())) {
    if (c < '0' || c > '9') return 0;
    number = 10 * number + (c - '0');
  }
  return number;
}

std::vector<int> part_numbers(const fs::path& file) {
  const fs::path folder = file.parent_path().empty() ? fs::path(".") : file.parent_path();
  std::vector<int> numbers;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (const int number = part_number(file, entry.path()); number > 0) numbers.push_back(number);
  }
  std::ranges::sort(numbers);
  return numbers;
}

std::string last_line(const std::string& text) {
  const std::size_t end = text.size() - 1;  // it ends in a line break
  const std::size_t before = end == 0 ? std::string::npos : text.rfind('\n', end - 1);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  return text.substr(begin, end - begin);
}

std::string wrong_with(const ReadLine& read, const LogCheck& so_far) {
  if (!read.what.empty()) return read.what;
  if (read.record["previous"] == so_far.last) return "";
  if (so_far.lines > 0)
    return "it does not follow the line before: lines are missing, out of order, or put in between";
  return "it follows a line that is not here: where earlier files were archived, give the last checksum of "
         "them "
         "with --after";
}

void verify_file(const fs::path& file, bool is_last, const std::string& wanted, LogCheck& check) {
  constexpr const char* hint = "name the file that --audit was given";
  // A folder has no broken line either, and a pipe without a writer, or a device, may have no end.
  if (fs::exists(file) && !fs::is_regular_file(file))
    throw InputError(file.string() + ": a log is a plain file", hint);
  std::ifstream in(file, std::ios::binary);
  if (!in && errno == ENOENT) throw InputError(file.string() + ": there is no such file", hint);
  if (!in)
    throw Error(fmt::format("{}: cannot be read: {}", file.string(), std::strerror(errno)),
                "see its permissions with ls -l");
  ++check.files;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    check.unfinished = in.eof();  // no line break at its end
    if (check.unfinished && is_last) return;
    const ReadLine read = read_sealed(line);
    check.what = check.unfinished ? "it was not written to its end" : wrong_with(read, check);
    if (!check.what.empty()) {
      check.broken_file = file;
      check.broken_line = number;
      return;
    }
    ++check.lines;
    check.decisions += read.record.contains("kind") && read.record["kind"] == "decision";
    check.found |= read.sum == wanted;
    check.last = read.sum;
  }
  // Lines that the disk does not give are not lines that are right.
  if (in.bad()) throw Error(fmt::format("{}: cannot be read after line {}", file.string(), check.lines));
}

}  // namespace

fs::path log_part(const fs::path& file, int number) {
  fs::path part = file;
  part += fmt::format(".{:0{}}", number, digits);
  return part;
}

int newest_log_part(const fs::path& file) {
  const std::vector<int> numbers = part_numbers(file);
  return numbers.empty() ? 0 : numbers.back();
}

std::vector<fs::path> log_files(const fs::path& file) {
  std::vector<fs::path> files;
  for (const int number : part_numbers(file)) files.push_back(log_part(file, number));
  std::error_code error;
  // A kill came between the two names that it has while it is put aside.
  if (!files.empty() && fs::equivalent(files.back(), file, error)) files.pop_back();
  if (files.empty() || fs::exists(file)) files.push_back(file);
  return files;
}

LogCheck verify_log(const fs::path& file, const std::string& wanted, const std::string& after) {
  while (true) {
    LogCheck check;
    check.last = after.empty() ? no_record : after;
    const std::vector<fs::path> files = log_files(file);
    for (const fs::path& one : files) {
      verify_file(one, one == files.back(), wanted, check);
      if (check.broken_line > 0) break;
    }
    // A log that is written meanwhile may have gone on in a new file.
    if (check.broken_line == 0 || files == log_files(file)) return check;
  }
}

LogTail log_tail(const fs::path& file, std::int64_t size) {
  constexpr std::int64_t step = 1 << 16;
  std::ifstream in(file, std::ios::binary);
  for (std::int64_t length = std::min(step, size);; length = std::min(2 * length, size)) {
    std::string text(static_cast<std::size_t>(length), '\0');
    in.seekg(size - length);
    if (!in.read(text.data(), length)) throw Error(file.string() + ": cannot be read");
    const std::size_t end = text.rfind('\n');
    const bool holds_line =
        end != std::string::npos && end > 0 && text.rfind('\n', end - 1) != std::string::npos;
    if (!holds_line && length < size) continue;
    LogTail tail;
    if (end == std::string::npos) {
      tail.rest = std::move(text);
      return tail;
    }
    tail.rest = text.substr(end + 1);
    tail.whole = size - static_cast<std::int64_t>(tail.rest.size());
    tail.line = last_line(text.substr(0, end + 1));
    return tail;
  }
}

}  // namespace pbb
