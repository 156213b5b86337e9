// Values: what Python reads and writes, we read and write; and nothing makes the parser fall.
#include "programs/value.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/json_lines.h"
#include "base/random.h"
#include "programs/program.h"

namespace pbb {
namespace {

Value parsed(std::string_view text) {
  auto value = parse_value(text);
  EXPECT_TRUE(value.has_value()) << text;
  return value.value_or(Value{});
}

TEST(Value, ReadsAndWritesAsPythonDoes) {
  const auto golden = read_json(std::filesystem::path(PBB_GOLDEN) / "values.json");
  ASSERT_GT(golden.size(), 1500u);
  for (const auto& entry : golden) {
    const auto text = entry[0].get<std::string>();
    const auto value = parse_value(text);
    EXPECT_EQ(value.has_value(), !entry[1].is_null()) << text;
    if (!value || !entry[1].is_string()) continue;
    EXPECT_EQ(to_python(*value), entry[1].get<std::string>()) << text;
  }
}

TEST(Value, TypesAreNeverEqualToEachOther) {
  const std::vector<std::string> texts = {"1",       "1.0",      "True",      "'1'",       "[1]",
                                          "(1,)",    "{1}",      "{1: 1}",    "None",      "[1.0]",
                                          "(True,)", "{1: 1.0}", "{1: True}", "{True: 1}", "{1.0}"};
  for (const auto& a : texts) {
    for (const auto& b : texts) EXPECT_EQ(parsed(a) == parsed(b), a == b) << a << " " << b;
  }
}

TEST(Value, SetsAndDictsAreEqualInAnyOrderListsAreNot) {
  EXPECT_EQ(parsed("{3, 1, 'a'}"), parsed("{'a', 3, 1}"));
  EXPECT_EQ(parsed("{1: {2, 3}, 'b': 0.0}"), parsed("{'b': -0.0, 1: {3, 2}}"));
  EXPECT_FALSE(parsed("[1, 2]") == parsed("[2, 1]"));
  EXPECT_FALSE(parsed("{1: 2}") == parsed("{2: 1}"));
  EXPECT_FALSE(parsed("['a, b']") == parsed("['a', 'b']"));
}

TEST(Value, InfinityAndNanAreReadAsReprWritesThem) {
  EXPECT_EQ(parsed("inf"), Value{std::numeric_limits<double>::infinity()});
  EXPECT_EQ(to_python(parsed("[-inf, nan]")), "[-inf, nan]");
  EXPECT_EQ(parsed("nan"), parsed("nan"));
  EXPECT_FALSE(parse_value("infinity") || parse_value("-nano") || parse_value("float('inf')"));
}

TEST(Value, ADecimalIsReadOnlyAsPythonWritesIt) {
  for (const char* text : {"0", "-0", "0.00", "12.50", "-7", "0.000001", "1E-7", "1.5E+3", "0E-9"}) {
    const std::string spelt = fmt::format("Decimal('{}')", text);
    EXPECT_EQ(to_python(parsed(spelt)), spelt);
  }
  for (const char* text : {"", "+1", "01", "1.", ".5", "1e3", "1E3", "1E+0", "0.0000001", "NaN", "Infinity",
                           " 1", "1_0", "1E+99999999999"})
    EXPECT_FALSE(parse_value(fmt::format("Decimal('{}')", text))) << text;
  EXPECT_FALSE(parse_value("Decimal('1'") || parse_value("Decimal(\"1\")") || parse_value("Decimal(1)"));
  EXPECT_EQ(parsed("Decimal('1.10')"), parsed("Decimal('1.1')"));
  EXPECT_EQ(parsed("Decimal('-0.0')"), parsed("Decimal('0')"));
  EXPECT_FALSE(parsed("Decimal('1')") == parsed("1") || parsed("Decimal('1.5')") == parsed("1.5"));
  EXPECT_FALSE(parsed("Decimal('1E+2')") == parsed("Decimal('1E+3')"));
}

TEST(Value, WhatIsNoPlainLiteralIsRefused) {
  for (const char* text :
       {"", " ", "0x10", "b'a'", "r'a'", "f'a'", "'a' 'b'", "'''a'''", "1j", "1, 2", "'\\N{DASH}'",
        "frozenset()", "...", "# 1", "1 # one", "'\xff'", "'\xc0\x80'", "'a\xe2\x82'"}) {
    EXPECT_FALSE(parse_value(text)) << text;
  }
  EXPECT_FALSE(parse_value(std::string_view("'a\0b'", 5)));
}

TEST(Value, NestingIsLimitedToAHundred) {
  const auto nested = [](std::size_t depth, const char* open, const char* close) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) text += open;
    for (std::size_t i = 0; i < depth; ++i) text += close;
    return text;
  };
  EXPECT_TRUE(parse_value(nested(100, "[", "]")));
  EXPECT_FALSE(parse_value(nested(101, "[", "]")));
  // Far beyond it, and where trying both a set and a dict at every level would take for ever.
  EXPECT_FALSE(parse_value(std::string(1'000'000, '[')));
  EXPECT_FALSE(parse_value(nested(90, "{", "}")));
  EXPECT_FALSE(parse_value(nested(90, "{1: {", "}")));
}

TEST(Value, ManyKeysTakeLinearTime) {
  std::string text = "{";
  for (int i = 0; i < 100'000; ++i) text += std::to_string(i) + ", ";
  EXPECT_EQ(std::get<SetValue>(parsed(text + "}").data).items.size(), 100'000u);
}

TEST(Value, PrefixStopsWhereTheLiteralEnds) {
  const auto prefix = [](std::string_view text) -> std::pair<std::string, std::size_t> {
    const auto found = parse_value_prefix(text);
    return found ? std::pair(to_python(found->first), found->second)
                 : std::pair(std::string("none"), std::size_t{0});
  };
  using Expected = std::pair<std::string, std::size_t>;
  EXPECT_EQ(prefix("90."), Expected("90", 2));
  EXPECT_EQ(prefix(" 90. Next"), Expected("90", 3));
  EXPECT_EQ(prefix("1.5."), Expected("1.5", 3));
  EXPECT_EQ(prefix("18; x = 5"), Expected("18", 2));
  EXPECT_EQ(prefix("'oak' is"), Expected("'oak'", 5));
  EXPECT_EQ(prefix("(1, 2), 3"), Expected("(1, 2)", 6));
  EXPECT_EQ(prefix("True."), Expected("True", 4));
  EXPECT_EQ(prefix("5 < 12 is True"), Expected("5", 1));
  for (const char* text : {"5x", "Trueish", "x", "", "- 5", "'open", "[1, 2"})
    EXPECT_EQ(prefix(text).first, "none");
}

// Any value whatever, of what parse_value can give.
Value draw_value(Random& random, int depth) {
  Value value;
  switch (random.integer(0, depth > 0 ? 9 : 5)) {
    case 0:
      break;
    case 1:
      value.data = random.integer(0, 1) == 1;
      break;
    case 2:
      value.data =
          random.integer(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max());
      break;
    case 3:
      value.data = BigInteger{"-9" + std::to_string(random.next()) + std::to_string(random.next())};
      break;
    case 4:
      value.data = std::bit_cast<double>(random.next());
      break;
    case 5: {
      std::string text;
      for (auto i = random.integer(0, 6); i > 0; --i) text += static_cast<char>(random.integer(0, 127));
      value.data = text + (random.integer(0, 1) == 1 ? "é\u2028😀" : "");
      break;
    }
    case 6:
    case 7: {
      ListValue list;
      for (auto i = random.integer(0, 3); i > 0; --i) list.items.push_back(draw_value(random, depth - 1));
      value.data = std::move(list);
      break;
    }
    case 8: {
      TupleValue tuple;
      for (auto i = random.integer(0, 3); i > 0; --i) tuple.items.push_back(draw_value(random, depth - 1));
      value.data = std::move(tuple);
      break;
    }
    default: {
      DictValue dict;
      for (auto i = random.integer(0, 3); i > 0; --i) {
        auto& entry = dict.items.emplace_back();
        entry.first.data = i;
        entry.second = draw_value(random, depth - 1);
      }
      value.data = std::move(dict);
    }
  }
  return value;
}

TEST(Value, WhatIsWrittenReadsBackEqual) {
  Random random(1, "values");
  for (int i = 0; i < 5000; ++i) {
    const Value value = draw_value(random, 4);
    const std::string text = to_python(value);
    ASSERT_TRUE(parse_value(text)) << text;
    EXPECT_EQ(*parse_value(text), value) << text;
    EXPECT_EQ(to_python(*parse_value(text)), text);
  }
}

TEST(Value, MangledTextNeverMakesItFall) {
  Random random(2, "values");
  static constexpr std::string_view bytes = "[](){}:,'\"\\.eE_+-0123456789xuUNTrue \n\xff\xe2\x82";
  int read = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = to_python(draw_value(random, 3));
    for (auto n = random.integer(1, 4); n > 0; --n) {
      const auto at = static_cast<std::size_t>(random.integer(0, static_cast<std::int64_t>(text.size())));
      const char byte = bytes[static_cast<std::size_t>(random.integer(0, bytes.size() - 1))];
      if (random.integer(0, 2) == 0) {
        text.insert(text.begin() + static_cast<std::ptrdiff_t>(at), byte);
      } else if (at < text.size() && random.integer(0, 1) == 0) {
        text[at] = byte;
      } else {
        text.resize(at);
      }
    }
    const auto prefix = parse_value_prefix(text);
    EXPECT_LE(prefix ? prefix->second : 0, text.size());
    const auto value = parse_value(text);
    if (!value) continue;
    ++read;
    EXPECT_EQ(parsed(to_python(*value)), *value) << text;
  }
  EXPECT_GT(read, 500);
}

TEST(Value, BytesThatAreNoTextAreShownAsPythonShowsThem) {
  EXPECT_EQ(to_python(Value{std::string("a\xff")}), "'a\\udcff'");
}

TEST(Value, CallsAreWrittenAsPython) {
  EXPECT_EQ(call_text("Gleeprag", std::vector{parsed("5"), parsed("'it\\'s'"), parsed("(1,)")}),
            "Gleeprag(5, \"it's\", (1,))");
  EXPECT_EQ(call_text("f", {}), "f()");
}

}  // namespace
}  // namespace pbb
