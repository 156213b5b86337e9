// What running it says of a candidate: which of its inputs are kept, and whether it is a function of its
// arguments that does what its file promises.
#pragma once

#include <string>

#include "programs/importers/trial.h"

namespace pbb {

// What came of one input.
struct Trial {
  const CallResult& first;
  const CallResult& second;  // in another process, with another hash seed
  const CallResult& again;   // there too, the function having been called before
};

// Notes on one candidate and refuses it, in the order of its inputs.
class Judge {
 public:
  Judge(Candidate& candidate, const ImportOptions& options) : candidate_(candidate), options_(options) {}

  void input(const ReadInput& input, const Trial& trial);
  // A call that the source tells of, in a doctest or in words.
  void doctest(const ToldCall& told, const Input& arguments, const CallResult& result);
  void end();  // of what came of all inputs together

 private:
  std::string call(const Input& arguments) const;
  std::string place(const ReadInput& input) const;
  // A difference between runs, with the line that is the likely cause of it.
  void refuse_as_changing(const std::string& what);
  bool same_each_time(const ReadInput& input, const Trial& trial);
  void keep(const ReadInput& input, Execution execution);
  // A boundary of a program with other inputs is one of many: no word is lost about it.
  bool is_silent(const ReadInput& input) const;
  void leave_out(const ReadInput& input, const std::string& what, const std::string& hint,
                 bool is_final = false);

  Candidate& candidate_;
  const ImportOptions& options_;
  Remark first_left_out_;
  std::size_t left_out_ = 0;
  bool is_final_ = false;  // what is first left out means that no input can do better
};

}  // namespace pbb
