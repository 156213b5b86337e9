#include "tensor/ops/embedding.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tensor/reference.h"

namespace pbb {
namespace {

using namespace reference;

TEST(Embedding, ForwardCopiesTheRows) {
  const Tensor table = random_tensor({5, 65}, DataType::f32, "table");
  Tensor out({3, 65}, DataType::f32);
  embedding_forward(table, std::vector<std::int32_t>{4, 0, 4}, out);
  EXPECT_EQ(values_of(out.row_range(0, 1)), values_of(table.row_range(4, 5)));
  EXPECT_EQ(values_of(out.row_range(1, 2)), values_of(table.row_range(0, 1)));
  EXPECT_EQ(values_of(out.row_range(2, 3)), values_of(table.row_range(4, 5)));
}

TEST(Embedding, BackwardAddsUpTokensThatRepeat) {
  const Tensor d_out = random_tensor({4, 200}, DataType::f32, "d_out");
  Tensor d_table = random_tensor({3, 200}, DataType::f32, "before");
  const std::vector<std::int32_t> tokens{2, 0, 2, 2};
  Values wanted = values_of(d_table);
  for (std::size_t t = 0; t < 4; ++t) {
    for (std::size_t c = 0; c < 200; ++c) {
      wanted[static_cast<std::size_t>(tokens[t]) * 200 + c] += values_of(d_out)[t * 200 + c];
    }
  }
  embedding_backward(d_out, tokens, d_table);
  expect_close(values_of(d_table), wanted, 1e-6);
}

TEST(Embedding, RefusesATokenOutsideTheTable) {
  const Tensor table({5, 2}, DataType::f32);
  Tensor out({1, 2}, DataType::f32);
  EXPECT_THROW(embedding_forward(table, std::vector<std::int32_t>{5}, out), std::logic_error);
  EXPECT_THROW(embedding_forward(table, std::vector<std::int32_t>{-1}, out), std::logic_error);
}

}  // namespace
}  // namespace pbb
