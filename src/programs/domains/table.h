// Every domain there is.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "programs/domains/domain.h"

namespace pbb {

// In the order in which a corpus holds them; their names are different.
std::span<const Domain> domains();
const Domain* find_domain(std::string_view name);  // null when there is none

// Where a domain stands among others on a page: first those of users, of which the table does not know, then
// the table's from its end, since what is nearer to users' rules was added later.
int place_when_shown(std::string_view domain);

// Whether any call of the program gives whole numbers and words alone, as many as there are parameters. Of
// programs of no domain, nothing is known.
bool has_plain_calls(const Program& program);

// How fresh programs are shared out among the domains: of those that the domains below it in the table left,
// each takes its share; the first takes the rest.
class DomainShares {
 public:
  // As the rows have it, but for those that are named. Error for a domain that is not there, and for the
  // first.
  DomainShares(std::initializer_list<std::pair<std::string_view, double>> shares = {});

  struct Share {
    const Domain* domain = nullptr;
    std::string key;  // "rules_share"
    double share = 0;

    // A domain without a share of its own accord is as if it were not there: nothing is drawn for it, and no
    // stage tells of it.
    bool takes_part() const { return share > 0 || domain->fresh.share > 0; }
  };
  // In the order in which they take: from the last domain of the table to the second.
  std::span<const Share> shares() const { return shares_; }
  std::span<Share> shares() { return shares_; }

 private:
  std::vector<Share> shares_;
};

template <typename Fields>
void list_options(Fields& fields, DomainShares& shares) {
  for (DomainShares::Share& share : shares.shares()) {
    fields(share.key.c_str(), share.share, Range{0, 1}, share.domain->fresh.share_help.c_str());
  }
}

// What is asked of a domain that corpora are made of.
struct DomainRequest {
  const Domain* domain = nullptr;
  int with_io = 0, source_only = 0;  // programs; none of either: it is left out
  DomainOptions options;

  int programs() const { return with_io + source_only; }
  template <typename Options>
  Options& as() {
    return options.as<Options>();
  }
};
// Of nothing yet: one for each domain that corpora are made of, in the order of the table.
std::vector<DomainRequest> domain_requests();

template <typename Fields>
void list_options(Fields& fields, DomainRequest& request) {
  fields("with_io", request.with_io, Range{0, 100'000}, "programs with executions to train on");
  fields("source_only", request.source_only, Range{0, 100'000}, "programs known by their source alone");
  VisitorOf<Fields> visitor(fields);
  request.options.list(visitor);
}

}  // namespace pbb
