#include "decisions/decision_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/error.h"
#include "base/file.h"
#include "base/json_lines.h"
#include "base/sha256.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using nlohmann::ordered_json;

const std::string no_record(64, '0');
constexpr std::string_view seal_key = ",\"sha256\":\"";
constexpr std::size_t seal_size = seal_key.size() + 64 + 2;  // and "}

// `body` as a line that tells its own checksum, which it gives back.
std::string sealed(std::string& line, ordered_json record, const std::string& previous) {
  record["previous"] = previous;
  line = record.dump(-1, ' ', false, json::error_handler_t::replace);
  line.pop_back();  // }
  const std::string sum = sha256(line);
  line += fmt::format("{}{}\"}}\n", seal_key, sum);
  return sum;
}

struct SealedLine {
  std::string sum, what;  // what is wrong; empty: nothing
  json record;
};

SealedLine read_sealed(const std::string& line) {
  SealedLine read;
  if (line.size() <= seal_size || line.compare(line.size() - seal_size, seal_key.size(), seal_key) != 0 ||
      !line.ends_with("\"}")) {
    read.what = "it does not end in a checksum";
    return read;
  }
  const std::size_t body = line.size() - seal_size;
  read.sum = line.substr(body + seal_key.size(), 64);
  if (sha256(std::string_view(line).substr(0, body)) != read.sum) {
    read.what = "it was changed: its checksum is of another text";
    return read;
  }
  try {
    read.record = parse_json(line);
  } catch (const json::exception&) {
    read.what = "it is no JSON";
    return read;
  }
  if (!read.record.is_object() || !read.record.contains("previous") || !read.record["previous"].is_string())
    read.what = "it does not tell the checksum of the line before";
  return read;
}

std::string last_line(const std::string& text) {
  const std::size_t end = text.size() - 1;  // it ends in a line break
  const std::size_t before = end == 0 ? std::string::npos : text.rfind('\n', end - 1);
  return text.substr(before == std::string::npos ? 0 : before + 1,
                     end - (before == std::string::npos ? 0 : before + 1));
}

// What is in the file from its last whole line on: that line, and what comes after it.
struct Tail {
  std::int64_t whole = 0;  // bytes of whole lines
  std::string line, rest;
};
Tail tail_of(const fs::path& file, std::int64_t size) {
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
    Tail tail;
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

}  // namespace

DecisionLog::DecisionLog(const fs::path& file, const ordered_json& labels)
    : file_(file),
      descriptor_(::open(file.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600)),
      previous_(no_record) {
  if (!descriptor_) throw_unwritable(file, errno);
  if (::flock(descriptor_.get(), LOCK_EX | LOCK_NB) != 0) {
    throw InputError(fmt::format("{}: another process writes this log", file.string()),
                     "give each process a log of its own with --audit");
  }
  ordered_json opened = {{"format", 1}, {"kind", "opened"}};
  if (labels.is_object()) opened.update(labels);
  go_on(opened);
  append(std::move(opened));
  const fs::path folder = file.parent_path().empty() ? fs::path(".") : file.parent_path();
  const FileDescriptor entry(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (entry) ::fsync(entry.get());  // so that a new file has its name after a power cut
}

// Where the lines end that are there, and what the last of them says.
void DecisionLog::go_on(ordered_json& opened) {
  struct stat status {};
  if (::fstat(descriptor_.get(), &status) != 0) throw_unwritable(file_, errno);
  if (!S_ISREG(status.st_mode)) throw InputError(file_.string() + ": a log is a plain file");
  if (status.st_size == 0) return;
  const Tail tail = tail_of(file_, status.st_size);
  constexpr std::string_view opening = "{\"format\":";
  const bool begins_record = opening.starts_with(std::string_view(tail.rest).substr(0, opening.size()));
  if (tail.whole > 0) {
    const SealedLine last = read_sealed(tail.line);
    if (!last.what.empty()) {
      throw InputError(
          fmt::format("{}: no log to go on with: of its last line, {}", file_.string(), last.what),
          "pbb audit verify names the first line that is broken; begin another file");
    }
    previous_ = last.sum;
  }
  if (!begins_record) throw InputError(file_.string() + ": not a log of decisions", "choose another file");
  size_ = tail.whole;
  if (tail.rest.empty()) return;
  opened["cut_off"] = {{"bytes", tail.rest.size()}, {"sha256", sha256(tail.rest)}};
  if (::ftruncate(descriptor_.get(), size_) != 0) throw_unwritable(file_, errno);
}

// A log that was moved away or removed under us keeps nothing that anybody would find.
void DecisionLog::require_in_place() const {
  struct stat ours {
  }, named{};
  if (::fstat(descriptor_.get(), &ours) == 0 && ::stat(file_.c_str(), &named) == 0 &&
      ours.st_ino == named.st_ino && ours.st_dev == named.st_dev && ours.st_size == size_)
    return;
  throw Error(fmt::format("{}: the log was removed, replaced or changed by another process", file_.string()),
              "stop pbb before a log is moved; it begins a new one, or goes on with what it finds");
}

void DecisionLog::append(ordered_json record) {
  const std::lock_guard lock(mutex_);
  std::string line;
  const std::string sum = sealed(line, std::move(record), previous_);
  require_in_place();
  write_line(line);
  previous_ = sum;
  size_ += static_cast<std::int64_t>(line.size());
}

void DecisionLog::write_line(const std::string& line) {
  std::size_t done = 0;
  int failure = 0;
  while (done < line.size() && failure == 0) {
    const ssize_t count = ::write(descriptor_.get(), line.data() + done, line.size() - done);
    if (count > 0) done += static_cast<std::size_t>(count);
    if (count < 0 && errno != EINTR) failure = errno;
  }
  if (failure == 0 && ::fdatasync(descriptor_.get()) != 0) failure = errno;
  if (failure == 0) return;
  // Where this fails too, require_in_place refuses every later record.
  if (::ftruncate(descriptor_.get(), size_) != 0) throw_unwritable(file_, errno);
  throw_unwritable(file_, failure);
}

LogCheck verify_log(const fs::path& file, const std::string& wanted) {
  constexpr const char* hint = "name the file that --audit was given";
  // A folder has no broken line either, and a pipe without a writer is waited for without end.
  if (fs::is_directory(file) || fs::is_fifo(file))
    throw InputError(file.string() + ": a log is a plain file", hint);
  std::ifstream in(file, std::ios::binary);
  if (!in && errno == ENOENT) throw InputError(file.string() + ": there is no such file", hint);
  if (!in)
    throw Error(fmt::format("{}: cannot be read: {}", file.string(), std::strerror(errno)),
                "see its permissions with ls -l");
  LogCheck check;
  check.last = no_record;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (in.eof()) {  // no line break at its end
      check.unfinished = true;
      return check;
    }
    const SealedLine read = read_sealed(line);
    check.what = read.what;
    if (read.what.empty() && read.record["previous"] != check.last)
      check.what = "it does not follow the line before: lines are missing, out of order, or put in between";
    if (!check.what.empty()) {
      check.broken_line = number;
      return check;
    }
    ++check.lines;
    check.decisions += read.record.contains("kind") && read.record["kind"] == "decision";
    check.found |= read.sum == wanted;
    check.last = read.sum;
  }
  // Lines that the disk does not give are not lines that are right.
  if (in.bad()) throw Error(fmt::format("{}: cannot be read after line {}", file.string(), check.lines));
  return check;
}

}  // namespace pbb
