#include "decisions/database.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include "base/error.h"

namespace pbb {
namespace {

constexpr int busy_milliseconds = 10'000;

std::string hint_for(int code) {
  switch (code) {
    case SQLITE_BUSY:
      return "another process has been writing to it for ten seconds: run again when that one is done";
    case SQLITE_FULL:
      return "free some space (df -h shows how full each disk is), then run again";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return "see the permissions of the file and of its folder, with ls -ld";
    default:
      return "";
  }
}

}  // namespace

Database::Database(const std::filesystem::path& file, Mode mode) : file_(file) {
  if (mode == Mode::read && !std::filesystem::exists(file))
    throw InputError(fmt::format("{}: there is no such file", file.string()));
  const int flags = mode == Mode::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  if (sqlite3_open_v2(file.c_str(), &handle_, flags | SQLITE_OPEN_FULLMUTEX, nullptr) != SQLITE_OK) {
    const std::string reason = handle_ != nullptr ? sqlite3_errmsg(handle_) : "no memory";
    const int code = handle_ != nullptr ? sqlite3_errcode(handle_) : SQLITE_NOMEM;
    sqlite3_close(handle_);
    throw Error(fmt::format("{}: cannot be opened: {}", file.string(), reason), hint_for(code));
  }
  sqlite3_busy_timeout(handle_, busy_milliseconds);
}

Database::~Database() {
  sqlite3_close(handle_);
}

void Database::throw_error() const {
  const int code = sqlite3_errcode(handle_) & 0xFF;
  const std::string what = fmt::format("{}: {}", file_.string(), sqlite3_errmsg(handle_));
  if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT) throw InputError(what);
  throw Error(what, hint_for(code));
}

void Database::execute(const char* sql) {
  if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) throw_error();
}

std::int64_t Database::integer(const char* sql) {
  Statement statement(*this, sql);
  return statement.step() ? statement.integer(0) : 0;
}

std::int64_t Database::last_row() const {
  return sqlite3_last_insert_rowid(handle_);
}

Statement::Statement(Database& database, const char* sql) : database_(database) {
  if (sqlite3_prepare_v2(database.handle_, sql, -1, &handle_, nullptr) != SQLITE_OK) database.throw_error();
}

Statement::~Statement() {
  sqlite3_finalize(handle_);
}

Statement& Statement::bind(const std::string& text) {
  if (sqlite3_bind_text64(handle_, ++bound_, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8) !=
      SQLITE_OK)
    database_.throw_error();
  return *this;
}

Statement& Statement::bind(std::int64_t number) {
  if (sqlite3_bind_int64(handle_, ++bound_, number) != SQLITE_OK) database_.throw_error();
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(handle_);
  if (code != SQLITE_ROW && code != SQLITE_DONE) database_.throw_error();
  return code == SQLITE_ROW;
}

std::string Statement::text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle_, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_, column));
  return bytes == nullptr ? std::string() : std::string(bytes, size);
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(handle_, column);
}

Transaction::~Transaction() {
  if (done_) return;
  try {
    database_.execute("ROLLBACK");
  } catch (const Error&) {  // SQLite has rolled it back itself, or will when the file is opened again
  }
}

void Transaction::commit() {
  database_.execute("COMMIT");
  done_ = true;
}

}  // namespace pbb
