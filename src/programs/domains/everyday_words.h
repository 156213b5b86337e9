// The vocabulary of the domain `everyday`: what functions in a firm's scripts are called, take and answer.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace pbb {

struct EverydayNumber {
  std::string_view name;
  // Usual values: low, low + step, … up to high. A step that is no whole number makes a decimal.
  double low = 0, high = 0, step = 1;
};

struct EverydayCategory {
  std::string_view name;
  std::vector<std::string_view> values;
};

// Answers in an order, of which a program takes the first few.
using EverydayLabels = std::vector<std::string_view>;

std::span<const EverydayNumber> everyday_numbers();
std::span<const EverydayCategory> everyday_categories();
std::span<const std::string_view> everyday_flags();
std::span<const EverydayLabels> everyday_labels();
std::span<const EverydayLabels> everyday_labels_japanese();
// Of a function's name: what it is about, what it gives.
std::span<const std::string_view> everyday_subjects();
std::span<const std::string_view> everyday_results();
// Of variables that hold a number on its way.
std::span<const std::string_view> everyday_variables();
std::span<const std::string_view> everyday_docstrings();
std::span<const std::string_view> everyday_docstrings_japanese();
std::span<const std::string_view> everyday_comments();
std::span<const std::string_view> everyday_comments_japanese();
std::span<const std::string_view> everyday_messages();
// Names of parameters, flags, variables and constants in Japanese files.
std::span<const EverydayNumber> everyday_numbers_japanese();
std::span<const std::string_view> everyday_flags_japanese();
std::span<const std::string_view> everyday_variables_japanese();
std::span<const std::string_view> everyday_constants_japanese();

}  // namespace pbb
