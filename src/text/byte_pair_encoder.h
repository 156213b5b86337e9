// The merges of byte pair encoding (Sennrich et al. 2016): neighbours are joined, the earliest-learnt pair
// first, the leftmost among equals, until no pair is left.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace pbb {

class BytePairEncoder {
 public:
  struct Merge {
    std::int32_t left, right, merged;  // token ids; a merge's rank is its place in the list
  };

  // A pair listed twice has its last rank, as in Hugging Face's tokenizers.
  explicit BytePairEncoder(std::span<const Merge> merges);

  // Appends the merged form of `word` (ids of single bytes) to `ids`. n log n in the word's length.
  void encode(std::span<const std::int32_t> word, std::vector<std::int32_t>& ids) const;

 private:
  struct Entry {
    std::int32_t left = -1, right = -1, merged = -1, rank = -1;
  };
  const Entry* find(std::int32_t left, std::int32_t right) const;
  Entry& slot(std::int32_t left, std::int32_t right);

  std::vector<Entry> table_;  // open addressing; its size is a power of two, at most half full
};

}  // namespace pbb
