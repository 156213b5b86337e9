// Programs whose answers and traces the tests work out themselves.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "programs/program.h"

namespace pbb {

inline Value integer(std::int64_t value) {
  return Value{value};
}

// x = x + added; x = x * factor
inline Program sample_program(const std::string& name, int added, int factor, Split split) {
  return {.name = name,
          .source =
              fmt::format("def {}(x):\n    x = x + {}\n    x = x * {}\n    return x\n", name, added, factor),
          .views = {},
          .domain = "arithmetic",
          .kind = "straight-line",
          .split = split};
}

inline Execution sample_execution(int added, int factor, std::int64_t input) {
  const std::int64_t sum = input + added;
  const std::int64_t product = sum * factor;
  return {
      .arguments = {integer(input)},
      .outcome = integer(product),
      .trace = {{2, fmt::format("x = x + {}", added), fmt::format("x = {} + {} = {}", input, added, sum),
                 fmt::format("x = □ + {} = □", added)},
                {3, fmt::format("x = x * {}", factor), fmt::format("x = {} * {} = {}", sum, factor, product),
                 fmt::format("x = □ * {} = □", factor)},
                {4, "return x", fmt::format("return {}", product), "return □"}}};
}

}  // namespace pbb
