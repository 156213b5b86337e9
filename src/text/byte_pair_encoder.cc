#include "text/byte_pair_encoder.h"

#include <bit>
#include <queue>

namespace pbb {
namespace {

std::size_t hash_pair(std::int32_t left, std::int32_t right) {
  const std::uint64_t pair =
      static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 | static_cast<std::uint32_t>(right);
  const std::uint64_t mixed =
      pair * 0x9E3779B97F4A7C15U;  // Fibonacci hashing: the high bits are the mixed ones
  return static_cast<std::size_t>(mixed ^ mixed >> 32);
}

// A word being merged is a doubly linked list of symbols in one array.
struct Symbol {
  std::int32_t id;  // -1: merged into the symbol before
  std::int32_t previous, next;
};

struct Candidate {
  std::int32_t rank, place;  // place of the left symbol
  std::int32_t left, right, merged;
  // std::priority_queue has the greatest on top: the lowest rank, then the leftmost.
  bool operator<(const Candidate& other) const {
    return rank != other.rank ? rank > other.rank : place > other.place;
  }
};

}  // namespace

BytePairEncoder::BytePairEncoder(std::span<const Merge> merges)
    : table_(std::bit_ceil(2 * merges.size() + 1)) {
  for (std::size_t rank = 0; rank < merges.size(); ++rank) {
    const Merge& merge = merges[rank];
    slot(merge.left, merge.right) = {merge.left, merge.right, merge.merged, static_cast<std::int32_t>(rank)};
  }
}

BytePairEncoder::Entry& BytePairEncoder::slot(std::int32_t left, std::int32_t right) {
  const std::size_t mask = table_.size() - 1;
  std::size_t place = hash_pair(left, right) & mask;
  while (table_[place].rank >= 0 && (table_[place].left != left || table_[place].right != right)) {
    place = (place + 1) & mask;
  }
  return table_[place];
}

const BytePairEncoder::Entry* BytePairEncoder::find(std::int32_t left, std::int32_t right) const {
  const std::size_t mask = table_.size() - 1;
  for (std::size_t place = hash_pair(left, right) & mask; table_[place].rank >= 0;
       place = (place + 1) & mask) {
    if (table_[place].left == left && table_[place].right == right) return &table_[place];
  }
  return nullptr;
}

void BytePairEncoder::encode(std::span<const std::int32_t> word, std::vector<std::int32_t>& ids) const {
  const auto length = static_cast<std::int32_t>(word.size());
  std::vector<Symbol> symbols(word.size());
  std::priority_queue<Candidate> candidates;
  const auto propose = [&](std::int32_t place, std::int32_t next) {
    if (place < 0 || next == length) return;
    const std::int32_t left = symbols[place].id, right = symbols[next].id;
    if (const Entry* entry = find(left, right))
      candidates.push({entry->rank, place, left, right, entry->merged});
  };

  for (std::int32_t i = 0; i < length; ++i) symbols[i] = {word[i], i - 1, i + 1};
  for (std::int32_t i = 0; i + 1 < length; ++i) propose(i, i + 1);
  while (!candidates.empty()) {
    const Candidate best = candidates.top();
    candidates.pop();
    Symbol& left = symbols[best.place];
    if (left.id != best.left || left.next == length || symbols[left.next].id != best.right)
      continue;  // stale
    Symbol& right = symbols[left.next];
    left.id = best.merged;
    left.next = right.next;
    right.id = -1;
    if (left.next < length) symbols[left.next].previous = best.place;
    propose(left.previous, best.place);
    propose(best.place, left.next);
  }
  for (std::int32_t i = 0; i < length; i = symbols[i].next) ids.push_back(symbols[i].id);
}

}  // namespace pbb
