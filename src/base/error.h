// The one exception of pbb: what went wrong, and what the reader can do about it.
#pragma once

#include <stdexcept>
#include <string>

namespace pbb {

// Thrown anywhere, caught only in `main`, a request handler or a worker boundary. `message` names the file,
// line and value at fault and says what was expected; `hint` says what to do next (may be empty). Exit
// code 1.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message, std::string hint = {})
      : std::runtime_error(message), hint_(std::move(hint)) {}
  const std::string& hint() const { return hint_; }

 private:
  std::string hint_;
};

// The input (arguments, a recipe, a model file, a corpus) is at fault. Exit code 2.
class InputError : public Error {
 public:
  using Error::Error;
};

// The user or the system asked us to stop, and what had to be saved is saved. Exit code 130.
class Interrupted : public Error {
 public:
  using Error::Error;
};

}  // namespace pbb
