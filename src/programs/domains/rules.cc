// The domain `rules`: its inputs, near the bounds that a rule's source names, probes that all rules share, and its
// row. Rules are drawn in rules_draft.cc.
#include "programs/domains/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "programs/domains/rule_words.h"
#include "programs/source_text.h"

namespace pbb {
namespace {

std::vector<std::string> parameters(const Program& program) {
  const auto head = find_function(program.source, program.name);
  if (!head) throw Error(fmt::format("rule {} does not define itself", program.name));
  return head->parameters;
}

// The integers that the source compares `name` with: `if name < 12:`.
std::vector<std::int64_t> bounds_of(const std::string& source, const std::string& name) {
  std::vector<std::int64_t> bounds;
  const std::string start = "if " + name + " ";
  for (std::size_t at = source.find(start); at != std::string::npos; at = source.find(start, at + 1)) {
    const std::size_t number = source.find_first_of("-0123456789:", at + start.size());
    std::int64_t bound = 0;
    if (number == std::string::npos) break;
    const auto [end, error] = std::from_chars(source.data() + number, source.data() + source.size(), bound);
    if (error == std::errc()) bounds.push_back(bound);
  }
  return bounds;
}

std::string draw_category(const CategoryWord& category, Random& random) {
  return std::string(random.choice(std::span<const std::string_view>(category.values)));
}

constexpr int rule_probes = 48;

std::vector<Input> probes(const RulesOptions&, const Program& program, std::uint64_t seed) {
  const std::string signature = rule_signature(program);
  Random random(seed, "probes/" + signature);
  std::vector<Input> inputs;
  for (int i = 0; i < rule_probes; ++i) inputs.push_back(draw_rule_probe(signature, random));
  return inputs;
}

std::string summary(const RulesOptions& options) {
  return fmt::format("of {}{}{}{}up to {} conditions", options.stock ? "stock, " : "",
                     options.quality ? "quality, " : "", options.price ? "price, " : "",
                     options.eligibility ? "eligibility, " : "", options.max_conditions);
}

FreshDraft draw_fresh_rule(const FreshRequest& request, Random& random) {
  RulesOptions options;
  options.max_conditions = static_cast<int>(random.integer(1, 4));
  options.varied_forms = random.uniform() < 0.3;
  FreshDraft draft{.program = draw_rule(options, random), .inputs = {}};
  draft.inputs =
      draw_different_inputs(request.executions, [&] { return draw_rule_input(draft.program, random); });
  give_fresh_name(draft.program, request, random);
  return draft;
}

}  // namespace

std::vector<Value> draw_rule_input(const Program& program, Random& random) {
  std::vector<Value> input;
  for (const std::string& name : parameters(program)) {
    if (const CategoryWord* category = find_category(name)) {
      input.emplace_back().data = draw_category(*category, random);
      continue;
    }
    const NumberWord* number = find_number(name);
    if (!number) throw Error(fmt::format("rule {}: argument {} is none of ours", program.name, name));
    const auto bounds = bounds_of(program.source, name);
    std::int64_t value = random.integer(number->low, number->high);
    if (!bounds.empty() && random.integer(0, 1) == 0) {
      value = random.choice(std::span<const std::int64_t>(bounds)) + random.integer(-1, 1);
    }
    input.emplace_back().data = value;
  }
  return input;
}

std::string rule_signature(const Program& program) {
  std::vector<std::string> parts;
  for (const std::string& name : parameters(program)) parts.push_back(find_category(name) ? name : "number");
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::vector<Value> draw_rule_probe(const std::string& signature, Random& random) {
  std::vector<Value> probe;
  std::string_view rest = signature;
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find(", "));
    rest.remove_prefix(std::min(rest.size(), part.size() + 2));
    if (const CategoryWord* category = find_category(part)) {
      probe.emplace_back().data = draw_category(*category, random);
    } else {
      probe.emplace_back().data = random.integer(0, random.integer(0, 1) == 0 ? 30 : 90);
    }
  }
  return probe;
}

Domain rules_domain() {
  using Options = RulesOptions;
  const auto draw_input = [](const Options&, const Program& program, Random& random) {
    return draw_rule_input(program, random);
  };
  const auto check = [](const Options& options) { check_options(options); };
  const auto check_inputs = [](const Options&, int) {};  // there are always enough
  std::vector<std::string> kinds;
  for (const RuleKind& kind : rule_kinds()) kinds.emplace_back(kind.name);
  return {.name = "rules",
          .kinds = std::move(kinds),
          .has_plain_calls = true,
          .corpus = CorpusDomain{.help = "Invent business rules",
                                 .defaults = DomainOptions::of(Options()),
                                 .check = with_options<Options>(check),
                                 .check_inputs = with_options<Options>(check_inputs),
                                 .summary = with_options<Options>(summary),
                                 .draw = with_options<Options>(draw_rule),
                                 .draw_input = with_options<Options>(draw_input),
                                 .probes = with_options<Options>(probes)},
          .fresh = {.share = 0.6,
                    .share_help = "of the fresh programs that the shares above leave: business rules; the "
                                  "others are arithmetic",
                    .draw = draw_fresh_rule,
                    .chooses_ways = false}};
}

}  // namespace pbb
