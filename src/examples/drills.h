// Drills: bare operations as the steps of a trace word them, "x = 57 + 68 = 125; 31 >= 32 is False; …", many
// to a sequence. Operands are given, results are trained: what a trace gets wrong once its line is recalled.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "examples/example.h"

namespace pbb {

struct DrillStep {
  // "x = 57 + 68 =", "31 >= 32 is", "return 9 - 12 ="
  std::string question;
  // " 125", " False"
  std::string result;
};

// Kinds of operation that are hard for reasons of their own: carries, borrows, results below zero,
// comparisons of near numbers, equality of words, ….
struct DrillKind {
  std::string_view name;
  // Its share before anything is known of its errors.
  double share = 1;
  DrillStep (*draw)(Random&) = nullptr;
};
std::span<const DrillKind> drill_kinds();

// Which kinds of operation the steps of a sequence are; as long as the sequence.
using DrillPlan = std::vector<std::size_t>;
DrillPlan draw_drill_plan(std::span<const double> shares, int length, Random& random);

// A sequence of drills; its program is "", its kind ExampleKind::drill. Each result is trained with the "; "
// or the end-of-text that closes it.
Example make_drills(const Tokenizer& tokenizer, const DrillPlan& plan, Random& random);

// Shares that follow measured errors (a share of wrong results for each kind): what is mastered keeps a
// little, and what a model of its size will hardly learn does not take the others' place.
std::vector<double> drill_shares(std::span<const double> errors);

}  // namespace pbb
