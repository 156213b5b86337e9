// Files of examples as people write them.
#include "programs/importers/csv_examples.h"
#include "programs/importers/examples.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "base/temporary_folder.h"

namespace pbb {
namespace {

using Rows = std::vector<std::pair<int, std::vector<std::string>>>;

class Examples : public testing::Test {
 protected:
  std::vector<NamedExample> read(const std::string& text, const std::string& name = "e.csv") const {
    write_file(folder_ / name, text);
    return read_examples(folder_ / name);
  }
  std::string refusal(const std::string& text, const std::string& name = "e.csv") const {
    try {
      read(text, name);
    } catch (const InputError& error) {
      return std::string(error.what()) + " " + error.hint();
    }
    return "";
  }
  static Survey survey() {
    Survey survey;
    survey.head = {.name = "fee", .line = 1, .parameters = {"kilos", "zone", "club"}, .required = 1};
    survey.defaults = {*parse_value("'home'"), std::nullopt};
    return survey;
  }
  static std::string call(const NamedExample& example) {
    return call_text("fee", example_input(example, survey()).arguments);
  }
  TemporaryFolder folder_;
};

TEST(Csv, QuotedFieldsHoldSeparatorsQuotesAndLineBreaks) {
  EXPECT_EQ(parse_csv("a,b\r\n\"x,\"\"y\"\"\nz\",2\n\n3,\n", ','),
            (Rows{{1, {"a", "b"}}, {2, {"x,\"y\"\nz", "2"}}, {5, {"3", ""}}}));
  EXPECT_EQ(parse_csv("a;b\n1,5;2", ';'), (Rows{{1, {"a", "b"}}, {2, {"1,5", "2"}}}));
  EXPECT_TRUE(parse_csv("", ',').empty());
  EXPECT_THROW(parse_csv("a\n\"b\n", ','), InputError);
}

TEST_F(Examples, CellsAreLiteralsWhereTheyReadAsSuch) {
  const auto rows = read(
      "rule,kilos,zone,expected\nfee,2.5,north,TRUE\nfee,'007',,None\nfee,\"[1, 2]\",x y,raises KeyError\n");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].place, "e.csv:2");
  EXPECT_EQ(call(rows[0]), "fee(2.5, 'north')");
  EXPECT_EQ(outcome_text(rows[0].expected), "True");
  EXPECT_EQ(call(rows[1]), "fee('007')");
  EXPECT_EQ(outcome_text(rows[1].expected), "None");
  EXPECT_EQ(call(rows[2]), "fee([1, 2], 'x y')");
  EXPECT_EQ(outcome_text(rows[2].expected), "raises KeyError");
}

TEST_F(Examples, AreReadFromJsonLinesByNameByPlaceOrAsCalls) {
  const auto rows = read(
      "{\"rule\": \"fee\", \"kilos\": 2, \"expected\": [1, 2.0]}\n"
      "{\"rule\": \"fee\", \"input\": [2, null], \"expected\": \"raises ValueError\"}\n"
      "{\"call\": \"fee(3, 'a')\", \"expected\": 5}\n",
      "e.jsonl");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(call(rows[0]), "fee(2)");
  EXPECT_EQ(call(rows[1]), "fee(2, None)");
  EXPECT_EQ(call(rows[2]), "fee(3, 'a')");
  EXPECT_EQ(rows[2].program, "fee");
  EXPECT_TRUE(agrees(*parse_value("(1, 2)"), rows[0].expected));
}

TEST_F(Examples, DefaultsStandInForWhatIsLeftOutBeforeWhatIsGiven) {
  EXPECT_EQ(call(read("kilos,club,expected\n1,gold,2\n")[0]), "fee(1, 'home', 'gold')");
  EXPECT_THROW(call(read("zone,expected\nnorth,2\n")[0]), InputError);
  EXPECT_THROW(call(read("kilos,colour,expected\n1,red,2\n")[0]), InputError);
  EXPECT_THROW(call(read("call,expected\n\"fee(1, 2, 3, 4)\",2\n")[0]), InputError);
}

TEST_F(Examples, WhatCannotBeReadIsNamedWithFileAndLine) {
  const auto names = [](const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text << "\nlacks " << part;
  };
  names(refusal("rule,kilos\nfee,1\n"), "e.csv:1: no column is called expected");
  names(refusal("rule,kilos,expected\nfee,1,2\nfee,1,\n"), "e.csv:3: no answer");
  names(refusal("call,expected\nfee 1,2\n"), "e.csv:2: 'fee 1' is not a call");
  names(refusal("kilos,expected\n1,2,3\n"), "e.csv:2: 3 fields");
  names(refusal("kilos,expected\n\"1,2\n"), "e.csv:2: a quote is never closed");
  names(refusal("kilos,expected\n\x83\x5c,2\n"), "e.csv:2: byte 0x83 is not text in UTF-8");
  names(refusal("{\"rule\": \"fee\"}\n", "e.jsonl"), "e.jsonl:1: ");
  names(refusal("x", "e.txt"), "e.txt: examples are a .csv or a .jsonl file");
}

TEST(Agreement, IsOfValuesAsPeopleWriteThem) {
  const auto agree = [](const char* truth, const char* expected) {
    return agrees(*parse_value(truth), *parse_value(expected));
  };
  EXPECT_TRUE(agree("80.0", "80"));
  EXPECT_TRUE(agree("0.30000000000000004", "0.3"));
  EXPECT_TRUE(agree("(True, 12)", "[True, 12.0]"));
  EXPECT_TRUE(agree("{'a': 1.0}", "{'a': 1}"));
  EXPECT_FALSE(agree("80", "81"));
  EXPECT_FALSE(agree("1000000000000000001", "1000000000000000002"));
  EXPECT_FALSE(agree("True", "1"));
  EXPECT_FALSE(agree("'80'", "80"));
  EXPECT_FALSE(agree("[1, 2]", "[1]"));
  EXPECT_FALSE(agrees(Raised{"KeyError", ""}, *parse_value("1")));
  EXPECT_TRUE(agrees(Raised{"KeyError", "x"}, Raised{"KeyError", ""}));
}

}  // namespace
}  // namespace pbb
