// Domain `everyday`: functions as people write them for their work, to teach execution on: defaults and
// keyword-only arguments, type hints, docstrings and comments, constants and tables of the module, floats,
// percentages, exceptions, match, loops over brackets, helpers. None is a program of a made corpus, nor
// copied from a file that an evaluation imports. Sources look as an imported file's do: the whole file, as
// written.
#pragma once

#include <string>
#include <vector>

#include "base/random.h"
#include "programs/domains/domain.h"

namespace pbb {

struct EverydayOptions {
  // Of the programs: those that check their input and raise. (Others may raise by themselves: a table's
  // KeyError.)
  double checked_share = 0.3;
  // Of the programs: those whose docstrings, comments or answers are in Japanese.
  double japanese_share = 0.08;
};

enum class EverydayKind { whole, decimal, flag, category, numbers };

// What a parameter is given.
struct EverydayParameter {
  std::string name;
  EverydayKind kind = EverydayKind::whole;
  // Of numbers, and of a list's items: the usual values low, low + step, …; what the program compares them
  // with.
  double low = 0, high = 0, step = 1;
  std::vector<double> bounds;
  // Of a category: the values that the program may know; whether it takes them in any case.
  std::vector<std::string> values;
  bool any_case = false;
  // It asks for the empty text by itself, and so may be given it as often as a value that it knows.
  bool may_be_empty = false;
  bool may_be_none = false;
  // The default's text; empty: none. A keyword-only one has a default, and is given no argument.
  std::string default_text;
  bool keyword_only = false;
};

struct EverydayProgram {
  Program program;
  // In the order of the signature.
  std::vector<EverydayParameter> parameters;
};

// Two or three words of a firm's, "locker_charge"; none that draw_name gives. Two programs may well have the
// same.
std::string draw_everyday_name(Random& random);

// Its function is called `name`: an identifier.
EverydayProgram draw_everyday(const EverydayOptions& options, const std::string& name, Random& random);

// Near the program's own bounds as often as far from them; now and then zero, below zero, None where that is
// expected, a category that the program does not know; without the last arguments where these have defaults.
Input draw_everyday_input(const EverydayProgram& everyday, Random& random);

Domain everyday_domain();

}  // namespace pbb
