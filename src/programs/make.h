// Making a corpus: a domain draws candidates, a runner executes them, and what is constant or behaves like
// another is dropped.
#pragma once

#include <cstdint>
#include <filesystem>

#include "programs/corpus.h"
#include "programs/domains/table.h"

namespace pbb {

struct MakeOptions {
  std::uint64_t seed = 1;
  std::vector<DomainRequest> domains = domain_requests();
  int train_inputs = 16;  // a with-IO program
  int test_inputs = 4;    // any program; never among its train inputs
  int max_trace_steps = 24;

  DomainRequest& of(std::string_view domain);  // Error when no corpus is made of it
};

template <typename Fields>
void list_options(Fields& fields, MakeOptions& options) {
  fields("train_inputs", options.train_inputs, Range{1, 10'000}, "inputs of a with-IO program to train on");
  fields("test_inputs", options.test_inputs, Range{1, 10'000}, "held-out inputs of every program");
  fields("max_trace_steps", options.max_trace_steps, Range{1, 1000},
         "programs that take more steps are not taken; of an imported folder: inputs (100 if not given)");
}

// Same options, same corpus, byte for byte. Error when the knobs do not allow so many different programs.
// Writes it to `folder` (which must allow it: base/manifest.h) and returns it.
Corpus make_corpus(const MakeOptions& options, const Runner& run, const std::filesystem::path& folder,
                   Replace replace = Replace::nothing);

}  // namespace pbb
