#include "programs/domains/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "base/error.h"
#include "programs/domains/arithmetic.h"
#include "programs/domains/everyday.h"
#include "programs/domains/rules.h"
#include "programs/names.h"

namespace pbb {

std::span<const Domain> domains() {
  static const std::vector<Domain> table = {arithmetic_domain(), rules_domain(), everyday_domain()};
  return table;
}

const Domain* find_domain(std::string_view name) {
  const auto found = std::ranges::find(domains(), name, &Domain::name);
  return found == domains().end() ? nullptr : &*found;
}

int place_when_shown(std::string_view domain) {
  const Domain* found = find_domain(domain);
  return found == nullptr ? 0 : static_cast<int>(domains().data() + domains().size() - found);
}

bool has_plain_calls(const Program& program) {
  const Domain* domain = find_domain(program.domain);
  return domain != nullptr && domain->has_plain_calls;
}

DomainShares::DomainShares(std::initializer_list<std::pair<std::string_view, double>> shares) {
  for (const Domain& domain : domains() | std::views::drop(1) | std::views::reverse)
    shares_.push_back({&domain, domain.name + "_share", domain.fresh.share});
  for (const auto& [name, share] : shares) {
    const auto found =
        std::ranges::find(shares_, name, [](const Share& one) { return std::string_view(one.domain->name); });
    if (found == shares_.end()) throw Error(fmt::format("no domain '{}' has a share", name));
    found->share = share;
  }
}

std::vector<DomainRequest> domain_requests() {
  std::vector<DomainRequest> requests;
  for (const Domain& domain : domains()) {
    if (domain.corpus)
      requests.push_back(
          {.domain = &domain, .with_io = 0, .source_only = 0, .options = domain.corpus->defaults});
  }
  return requests;
}

std::vector<Input> draw_different_inputs(int count, const std::function<Input()>& draw) {
  std::vector<Input> inputs;
  std::set<std::string> seen;
  for (int attempt = 0; attempt < 20 * count && std::ssize(inputs) < count; ++attempt) {
    Input input = draw();
    if (seen.insert(call_text("", input)).second) inputs.push_back(std::move(input));
  }
  return inputs;
}

void give_fresh_name(Program& program, const FreshRequest& request, Random& random) {
  std::string name = draw_fresh_name(random);
  while (request.taken_names.contains(name)) name = draw_fresh_name(random);
  program.source.replace(program.source.find(program.name), program.name.size(), name);
  std::string& prose = program.view("prose");
  prose.replace(prose.find(program.name), program.name.size(), name);
  program.name = name;
}

}  // namespace pbb
