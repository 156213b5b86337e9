#include "decisions/decision_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "base/file.h"
#include "base/sha256.h"
#include "decisions/record.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr int flags = O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC;

void lock(const FileDescriptor& descriptor, const fs::path& file) {
  if (::flock(descriptor.get(), LOCK_EX | LOCK_NB) == 0) return;
  throw InputError(fmt::format("{}: another process writes this log", file.string()),
                   "give each process a log of its own with --audit");
}

ordered_json with_labels(const char* kind, const ordered_json& labels) {
  ordered_json record = {{"format", 1}, {"kind", kind}};
  if (labels.is_object()) record.update(labels);
  record["timestamp"] = utc_milliseconds();
  return record;
}

// Where the disk has no room for the line, nothing of it stays.
void write_line(const FileDescriptor& descriptor, const fs::path& file, std::int64_t size,
                const std::string& line) {
  std::size_t done = 0;
  int failure = 0;
  while (done < line.size() && failure == 0) {
    const ssize_t count = ::write(descriptor.get(), line.data() + done, line.size() - done);
    if (count > 0) done += static_cast<std::size_t>(count);
    if (count < 0 && errno != EINTR) failure = errno;
  }
  if (failure == 0 && ::fdatasync(descriptor.get()) != 0) failure = errno;
  if (failure == 0) return;
  // Where this fails too, is_in_place refuses every later record.
  if (::ftruncate(descriptor.get(), size) != 0) throw_unwritable(file, errno);
  throw_unwritable(file, failure);
}

// What is removed when it goes, unless it is kept.
struct TemporaryName {
  fs::path file;
  ~TemporaryName() {
    if (!file.empty()) ::unlink(file.c_str());
  }
};

}  // namespace

DecisionLog::DecisionLog(const fs::path& file, const ordered_json& labels, std::int64_t most_bytes)
    : file_(file),
      labels_(labels),
      most_bytes_(most_bytes),
      rotates_at_(most_bytes),
      descriptor_(::open(file.c_str(), flags, 0600)) {
  if (!descriptor_) throw_unwritable(file, errno);
  if (fs::is_symlink(file))
    file_ = fs::canonical(file);  // a new file is to lie beside the one that is linked to
  lock(descriptor_, file_);
  ordered_json opened = with_labels("opened", labels_);
  go_on(opened);
  add(std::move(opened));
  sync_folder();
}

void DecisionLog::sync_folder() const {  // so that a new file has its name after a power cut
  const fs::path folder = file_.parent_path().empty() ? fs::path(".") : file_.parent_path();
  const FileDescriptor entry(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (entry) ::fsync(entry.get());
}

// What a kill left while the log was to go on in a new file.
void DecisionLog::settle_parts() {
  ::unlink((file_.string() + ".next").c_str());
  part_ = newest_log_part(file_);
  std::error_code error;
  if (part_ == 0 || !fs::equivalent(log_part(file_, part_), file_, error)) return;
  fs::remove(log_part(file_, part_));
  part_ = newest_log_part(file_);
}

void DecisionLog::take_previous_from(const fs::path& file, const std::string& line) {
  const ReadLine last = read_sealed(line);
  if (!last.what.empty()) {
    throw InputError(fmt::format("{}: no log to go on with: of its last line, {}", file.string(), last.what),
                     "pbb audit verify names the first line that is broken; begin another file");
  }
  previous_ = last.sum;
}

// Where the lines end that are there, and what the last of them says.
void DecisionLog::go_on(ordered_json& opened) {
  struct stat status {};
  if (::fstat(descriptor_.get(), &status) != 0) throw_unwritable(file_, errno);
  if (!S_ISREG(status.st_mode)) throw InputError(file_.string() + ": a log is a plain file");
  const LogTail tail = status.st_size == 0 ? LogTail() : log_tail(file_, status.st_size);
  constexpr std::string_view opening = "{\"format\":";
  const bool begins_record = opening.starts_with(std::string_view(tail.rest).substr(0, opening.size()));
  if (tail.whole > 0) take_previous_from(file_, tail.line);
  if (!begins_record) throw InputError(file_.string() + ": not a log of decisions", "choose another file");
  settle_parts();
  if (tail.whole == 0 && part_ > 0) {
    const fs::path part = log_part(file_, part_);
    take_previous_from(part, log_tail(part, static_cast<std::int64_t>(fs::file_size(part))).line);
    opened["continues"] = part.filename().string();
  }
  size_ = tail.whole;
  if (tail.rest.empty()) return;
  opened["cut_off"] = {{"bytes", tail.rest.size()}, {"sha256", sha256(tail.rest)}};
  if (::ftruncate(descriptor_.get(), size_) != 0) throw_unwritable(file_, errno);
}

// A log that was moved away or removed under us keeps nothing that anybody would find.
bool DecisionLog::is_in_place() const {
  struct stat ours {
  }, named{};
  return ::fstat(descriptor_.get(), &ours) == 0 && ::stat(file_.c_str(), &named) == 0 &&
         ours.st_ino == named.st_ino && ours.st_dev == named.st_dev && ours.st_size == size_;
}

void DecisionLog::add(ordered_json record) {
  const SealedLine line = sealed(std::move(record), previous_);
  if (!is_in_place()) {
    throw Error(
        fmt::format("{}: the log was removed, replaced or changed by another process", file_.string()),
        "a log that was moved away goes on in a new file at SIGUSR1 (pbb serve), or when pbb is started "
        "again");
  }
  write_line(descriptor_, file_, size_, line.text);
  previous_ = line.sum;
  size_ += static_cast<std::int64_t>(line.text.size());
}

void DecisionLog::append(ordered_json record) {
  const std::lock_guard guard(mutex_);
  if (most_bytes_ > 0 && size_ >= rotates_at_) {
    try {
      begin_next_file();
    } catch (const Error& error) {  // a long file is better than an answer that is not given
      fmt::print(stderr, "pbb: the log does not go on in a new file yet: {}\n", error.what());
      rotates_at_ = size_ + most_bytes_;
    }
  }
  add(std::move(record));
}

void DecisionLog::append_switch(const ordered_json& labels) {
  append(with_labels("switched", labels));
  const std::lock_guard guard(mutex_);
  labels_ = labels;
}

void DecisionLog::rotate() {
  const std::lock_guard guard(mutex_);
  begin_next_file();
}

// The new file is whole, with its first line, before it has the log's name.
void DecisionLog::begin_next_file() {
  TemporaryName next{file_.string() + ".next"};
  FileDescriptor fresh(::open(next.file.c_str(), flags | O_TRUNC, 0600));
  if (!fresh) throw_unwritable(next.file, errno);
  lock(fresh, next.file);
  ordered_json opened = with_labels("opened", labels_);
  const bool is_there = is_in_place();
  if (is_there) opened["continues"] = log_part(file_, part_ + 1).filename().string();
  const SealedLine line = sealed(std::move(opened), previous_);
  write_line(fresh, next.file, 0, line.text);
  if (is_there) {
    put_aside(next.file);
    ++part_;
  } else if (::link(next.file.c_str(), file_.c_str()) != 0) {  // refuses to replace another file
    throw_unwritable(file_, errno);
  }
  if (is_there) next.file.clear();
  sync_folder();
  descriptor_ = std::move(fresh);
  previous_ = line.sum;
  size_ = static_cast<std::int64_t>(line.text.size());
  rotates_at_ = most_bytes_;
}

// There is a file of the log's name at every moment: first the present one has two names, then the next one takes the
// log's.
void DecisionLog::put_aside(const fs::path& next) const {
  TemporaryName part{log_part(file_, part_ + 1)};
  if (::link(file_.c_str(), part.file.c_str()) != 0) {
    const int reason = errno;
    const fs::path taken = std::exchange(part.file, fs::path());
    throw_unwritable(taken, reason);
  }
  if (::rename(next.c_str(), file_.c_str()) != 0) throw_unwritable(file_, errno);
  part.file.clear();
}

}  // namespace pbb
