#include "tensor/memory_read.h"

#include <gtest/gtest.h>

#include <vector>

namespace pbb {
namespace {

TEST(MemoryRead, EveryValueIsReadOnce) {
  for (const std::size_t size : {0, 1, 63, 1000, 4099}) {
    const std::vector<float> ones(size, 1.0F);
    EXPECT_EQ(sum_of(ones), static_cast<float>(size));
  }
}

}  // namespace
}  // namespace pbb
