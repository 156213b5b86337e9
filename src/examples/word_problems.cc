#include "examples/word_problems.h"

#include <fmt/format.h>

#include <span>
#include <string_view>

namespace pbb {
namespace {

constexpr std::string_view people[] = {"Ada",   "Ben",   "Carla", "Deniz", "Emi",
                                       "Farid", "Grace", "Hugo",  "Ines",  "Jun"};
constexpr std::string_view things[] = {"pens",   "plates", "marbles", "tickets", "apples", "stamps",
                                       "chairs", "books",  "eggs",    "cards",   "shirts", "bricks"};

// How a sum stands in a sentence.
enum class Manner { annotated, plain, spelt_out };
enum class Layout { question_answer, problem_solution, marked };

std::string_view draw(std::span<const std::string_view> words, Random& random) {
  return random.choice(words);
}

// "3*4 = <<3*4=12>>12", "3 * 4 = 12", "3 times 4, which is 12"; money: "$" before the amounts.
std::string sum_text(Manner manner, std::int64_t a, char symbol, std::int64_t b, std::int64_t result,
                     bool money) {
  const char* unit = money ? "$" : "";
  if (manner == Manner::annotated)
    return fmt::format("{5}{0}{1}{2} = {5}<<{0}{1}{2}={3}>>{4}", a, symbol, b, result, result, unit);
  if (manner == Manner::plain) return fmt::format("{4}{0} {1} {2} = {4}{3}", a, symbol, b, result, unit);
  const char* word = symbol == '+'   ? "plus"
                     : symbol == '-' ? "minus"
                     : symbol == '*' ? "times"
                                     : "divided by";
  return fmt::format("{4}{0} {1} {2}, which is {4}{3}", a, word, b, result, unit);
}

struct Problem {
  std::string question, steps;
  std::int64_t result = 0;
};

// Somebody has things in containers, and then some more or fewer.
Problem draw_count(Manner manner, Random& random) {
  const auto who = draw(people, random), what = draw(things, random);
  const std::int64_t boxes = random.integer(2, 12), each = random.integer(2, 24),
                     change = random.integer(1, 30);
  const std::int64_t in_boxes = boxes * each;
  const bool more = random.integer(0, 1) == 0 || change >= in_boxes;
  const std::int64_t result = more ? in_boxes + change : in_boxes - change;
  return {fmt::format("{0} has {1} boxes with {2} {3} in each. {4} {5} {3}. How many {3} are there then?",
                      who, boxes, each, what, more ? "A friend brings" : "Then somebody takes away", change),
          fmt::format("In the boxes there are {} {}.\n{} there are {} {}.",
                      sum_text(manner, boxes, '*', each, in_boxes, false), what,
                      more ? "With the new ones" : "Without those",
                      sum_text(manner, in_boxes, more ? '+' : '-', change, result, false), what),
          result};
}

// Somebody buys things for a price each, and shares the cost or pays with a note.
Problem draw_money(Manner manner, Random& random) {
  const auto who = draw(people, random), what = draw(things, random);
  const std::int64_t count = random.integer(2, 15), price = random.integer(2, 20), cost = count * price;
  const std::int64_t paid = (cost / 50 + 1) * 50, sharers = random.integer(2, 5);
  if (random.integer(0, 1) == 0 && cost % sharers == 0) {
    return {fmt::format(
                "{0} and friends buy {1} {2} for ${3} each and share the cost among {4}. What does each pay?",
                who, count, what, price, sharers),
            fmt::format("The {} cost {}.\nEach of them pays {}.", what,
                        sum_text(manner, count, '*', price, cost, true),
                        sum_text(manner, cost, '/', sharers, cost / sharers, true)),
            cost / sharers};
  }
  return {
      fmt::format("{0} buys {1} {2} for ${3} each and pays with ${4}. How much does {0} get back?", who,
                  count, what, price, paid),
      fmt::format("The {} cost {}.\n{} gets back {}.", what, sum_text(manner, count, '*', price, cost, true),
                  who, sum_text(manner, paid, '-', cost, paid - cost, true)),
      paid - cost};
}

std::string layout_problem(Layout layout, const Problem& problem) {
  switch (layout) {
    case Layout::question_answer:
      return fmt::format("Question: {}\nAnswer: {}\nThe answer is {}.\n\n", problem.question, problem.steps,
                         problem.result);
    case Layout::problem_solution:
      return fmt::format("Problem: {}\nSolution: {} So it is {}.\n\n", problem.question, problem.steps,
                         problem.result);
    case Layout::marked:
      break;
  }
  return fmt::format("Question: {}\nAnswer: {}\n#### {}\n\n", problem.question, problem.steps,
                     problem.result);
}

}  // namespace

std::string solved_problems(Random& random) {
  const auto manner = static_cast<Manner>(random.integer(0, 2));
  const auto layout = static_cast<Layout>(random.integer(0, 2));
  std::string text;
  for (std::int64_t left = random.integer(2, 3); left > 0; --left) {
    text += layout_problem(
        layout, random.integer(0, 1) == 0 ? draw_count(manner, random) : draw_money(manner, random));
  }
  return text + (layout == Layout::problem_solution ? "Problem:" : "Question:");
}

}  // namespace pbb
