// Reproducible random numbers: named streams of xoshiro256** (Blackman & Vigna 2018), seeded by splitmix64.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <utility>

namespace pbb {

// A stream is fixed by (seed, stream name): adding a stream never shifts the numbers of another. The same on
// every machine and compiler: no std:: distribution is used.
class Random {
 public:
  using State = std::array<std::uint64_t, 4>;

  Random(std::uint64_t seed, std::string_view stream);
  static Random from_state(const State& state);

  std::uint64_t next();
  std::int64_t integer(std::int64_t low, std::int64_t high);  // uniform in [low, high], both ends included
  double uniform();                                           // [0, 1)
  double normal();  // mean 0, variance 1 (Box-Muller, no cached second value)
  template <typename T>
  const T& choice(std::span<const T> items) {
    return items[static_cast<std::size_t>(integer(0, static_cast<std::int64_t>(items.size()) - 1))];
  }
  // Each as often as it stands among them.
  template <typename T>
  T choice(std::initializer_list<T> items) {
    return choice(std::span<const T>(items.begin(), items.size()));
  }
  template <typename T>
  void shuffle(std::span<T> items) {  // Fisher-Yates
    for (std::size_t i = items.size(); i > 1; --i) {
      std::swap(items[i - 1], items[static_cast<std::size_t>(integer(0, static_cast<std::int64_t>(i) - 1))]);
    }
  }
  const State& state() const { return state_; }

 private:
  Random() = default;
  State state_{};
};

}  // namespace pbb
