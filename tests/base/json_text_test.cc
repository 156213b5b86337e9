// JSON of any bytes.
#include "base/json_text.h"

#include <gtest/gtest.h>

namespace pbb {
namespace {

TEST(JsonText, IsThatOfDumpAndBytesThatAreNotUtf8AreReplaced) {
  const nlohmann::ordered_json value = {{"b", "caf\u00e9"}, {"a", {1, 2.5, nullptr}}};
  EXPECT_EQ(json_text(value), value.dump());
  EXPECT_EQ(json_text(value, 1), value.dump(1));
  EXPECT_EQ(json_text(nlohmann::json("caf\xe9")), "\"caf\ufffd\"");
}

}  // namespace
}  // namespace pbb
