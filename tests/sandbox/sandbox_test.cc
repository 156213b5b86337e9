// What ordinary programs return, raise and print.
#include "sandbox/sandbox.h"

#include <gtest/gtest.h>

namespace pbb {
namespace {

TEST(Sandbox, ReturnsValues) {
  Sandbox sandbox;
  ProgramCall call{"def f(x):\n    return x + 1\n", "f", {Value{std::int64_t{4}}}, true};
  const auto results = sandbox.run({&call, 1});
  EXPECT_EQ(results[0].status, CallStatus::returned) << results[0].detail;
  EXPECT_EQ(to_python(results[0].output), "5");
  EXPECT_EQ(results[0].trace.at(0).step, "return 4 + 1 = 5");
}

}  // namespace
}  // namespace pbb
