// A SQLite database as far as pbb needs one: statements, transactions, and errors that say what to do.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

struct sqlite3;
struct sqlite3_stmt;

namespace pbb {

class Database {
 public:
  enum class Mode { read, write };  // write: made where there is none

  // Another process's transaction is waited for, up to ten seconds. Error naming the file and what SQLite
  // says of it; InputError where it is no database, or reading was asked for and there is none.
  Database(const std::filesystem::path& file, Mode mode);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void execute(const char* sql);  // statements that need no values
  std::int64_t integer(const char* sql);
  std::int64_t last_row() const;

  const std::filesystem::path& file() const { return file_; }
  [[noreturn]] void throw_error() const;

 private:
  friend class Statement;
  std::filesystem::path file_;
  sqlite3* handle_ = nullptr;
};

class Statement {
 public:
  Statement(Database& database, const char* sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Values of ?1, ?2, …, in turn.
  Statement& bind(const std::string& text);
  Statement& bind(std::int64_t number);
  bool step();  // whether there is a row
  std::string text(int column) const;
  std::int64_t integer(int column) const;

 private:
  Database& database_;
  sqlite3_stmt* handle_ = nullptr;
  int bound_ = 0;
};

// All that is done until commit, or nothing. No other process writes meanwhile.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_(database) { database_.execute("BEGIN IMMEDIATE"); }
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit();

 private:
  Database& database_;
  bool done_ = false;
};

}  // namespace pbb
