// Domain `rules`: business rules with constants of their own: stock control, quality judgement, price tiers,
// eligibility.
#pragma once

#include "base/options.h"
#include "base/random.h"
#include "programs/domains/domain.h"

namespace pbb {

struct RulesOptions {
  bool stock = true, quality = true, price = true, eligibility = true;
  int max_conditions = 3;
  // Besides one `if … return` after another: elif chains, a result variable, conditions joined by and / or.
  bool varied_forms = false;
};

template <typename Fields>
void list_options(Fields& fields, RulesOptions& options) {
  fields("stock", options.stock, "rules of stock control");
  fields("quality", options.quality, "rules that judge quality");
  fields("price", options.price, "rules of prices and fees");
  fields("eligibility", options.eligibility, "rules of who may have what");
  fields("max_conditions", options.max_conditions, Range{1, 5}, "conditions of a rule, at most");
}

// InputError naming the option, its value and what it may be.
void check_options(const RulesOptions& options);

Program draw_rule(const RulesOptions& options, Random& random);
// Inputs near the program's own thresholds as often as far from them.
std::vector<Value> draw_rule_input(const Program& program, Random& random);

// What the program takes: "number, grade". Rules that take the same are compared on the same probes, which
// depend on that alone.
std::string rule_signature(const Program& program);
std::vector<Value> draw_rule_probe(const std::string& signature, Random& random);

Domain rules_domain();

}  // namespace pbb
