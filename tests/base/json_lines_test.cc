#include "base/json_lines.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/temporary_folder.h"

namespace pbb {
namespace {

using nlohmann::json;

// The message of the InputError that reading `contents` ends with.
std::string error_of(const std::string& contents, const std::function<void(const json&, int)>& visit) {
  const TemporaryFolder folder;
  write_file(folder / "items.jsonl", contents);
  try {
    read_json_lines(folder / "items.jsonl", visit);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

const auto ignore = [](const json&, int) {};

TEST(JsonLines, VisitsEveryLineWithItsNumber) {
  const TemporaryFolder folder;
  write_file(folder / "items.jsonl", "{\"a\": 1}\n\n  \t\r\n[2]\r\n\"last, without an end of line\"");
  std::vector<std::pair<int, json>> seen;
  read_json_lines(folder / "items.jsonl",
                  [&](const json& value, int line) { seen.emplace_back(line, value); });
  const std::vector<std::pair<int, json>> expected = {
      {1, {{"a", 1}}}, {4, json::array({2})}, {5, "last, without an end of line"}};
  EXPECT_EQ(seen, expected);
}

TEST(JsonLines, AnEmptyFileHasNone) {
  EXPECT_EQ(error_of("", ignore), "no error");
}

TEST(JsonLines, ALineThatIsNotJsonIsNamed) {
  const std::vector<std::string> broken = {"{\"a\": 1", "{\"a\": 1} {\"b\": 2}", "nan", "{'a': 1}",
                                           "\"\xff\"",  std::string("1\0", 2)};
  for (const std::string& line : broken) {
    const std::string message = error_of("1\n" + line + "\n3\n", ignore);
    EXPECT_NE(message.find("items.jsonl:2: not JSON: "), std::string::npos) << message;
    EXPECT_EQ(message.find("json.exception"), std::string::npos) << message;
  }
}

TEST(JsonLines, AKeyThatIsThereTwiceIsNamed) {
  const std::string message =
      error_of("{\"a\": {\"b\": 1}, \"b\": 2}\n{\"a\": [{\"b\": 1, \"b\": 2}]}\n", ignore);
  EXPECT_NE(message.find("items.jsonl:2: not JSON: key \"b\" is there twice"), std::string::npos) << message;
}

TEST(JsonLines, ANumberThatIsTooLargeIsNamedInShort) {
  for (const std::string& number : {std::string("1e999"), "[-" + std::string(100'000, '9') + "]"}) {
    const std::string message = error_of(number + "\n", ignore);
    EXPECT_NE(message.find("items.jsonl:1: not JSON: the number "), std::string::npos) << message;
    EXPECT_LT(message.size(), 200u);
  }
}

TEST(Json, ANumberThatIsTooLargeIsNamedWithItsPlace) {
  const TemporaryFolder folder;
  write_file(folder / "config.json", "{\n\"rope_theta\": 1e999}");
  try {
    read_json(folder / "config.json");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("config.json:2:15: not JSON: the number 1e999 is too large"),
              std::string::npos)
        << error.what();
  }
}

TEST(JsonLines, AMissingOrWrongFieldIsNamedWithItsLine) {
  const std::string missing = error_of("{\"name\": \"f\"}\n{}\n",
                                       [](const json& value, int) { value.at("name").get<std::string>(); });
  EXPECT_NE(missing.find("items.jsonl:2: key 'name' not found"), std::string::npos) << missing;
  const std::string wrong =
      error_of("{\"name\": 7}\n", [](const json& value, int) { value.at("name").get<std::string>(); });
  EXPECT_NE(wrong.find("items.jsonl:1: type must be string, but is number"), std::string::npos) << wrong;
}

TEST(JsonLines, AnInputErrorOfTheVisitorIsNamedWithItsLineAndKeepsItsHint) {
  const TemporaryFolder folder;
  write_file(folder / "items.jsonl", "1\n2\n");
  try {
    read_json_lines(folder / "items.jsonl", [](const json& value, int) {
      if (value == 2) throw InputError("2 is too many", "take 1");
    });
    FAIL() << "no error";
  } catch (const InputError& error) {
    EXPECT_EQ(error.what(), (folder / "items.jsonl").string() + ":2: 2 is too many");
    EXPECT_EQ(error.hint(), "take 1");
  }
}

TEST(JsonLines, OtherErrorsOfTheVisitorPassUnchanged) {
  const TemporaryFolder folder;
  write_file(folder / "items.jsonl", "1\n");
  EXPECT_THROW(
      read_json_lines(folder / "items.jsonl", [](const json&, int) { throw Interrupted("interrupted"); }),
      Interrupted);
}

TEST(Json, NamesFileLineAndColumn) {
  const TemporaryFolder folder;
  write_file(folder / "config.json", "{\n  \"a\": 1,\n  \"b\": oops\n}\n");
  try {
    read_json(folder / "config.json");
    FAIL() << "no error";
  } catch (const InputError& error) {
    EXPECT_EQ(std::string(error.what()).find((folder / "config.json").string() + ":3:8: not JSON: "), 0U)
        << error.what();
  }
}

TEST(Json, DeepNestingAndEmptyFilesAreHandled) {
  const TemporaryFolder folder;
  write_file(folder / "deep.json", std::string(1'000'000, '['));
  EXPECT_THROW(read_json(folder / "deep.json"), InputError);
  const auto nested = [&](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  write_file(folder / "deep.json", "{\"a\":\n" + nested(1'000'000) + "}");
  try {
    read_json(folder / "deep.json");
    ADD_FAILURE() << "read";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("deep.json:2:100: not JSON: nested deeper than 100"),
              std::string::npos)
        << error.what();
  }
  write_file(folder / "deep.json", nested(100));
  EXPECT_EQ(read_json(folder / "deep.json").dump(), nested(100));
  write_file(folder / "deep.json", "[\"\\\"" + std::string(1000, '[') + "\", [1]]");
  EXPECT_EQ(read_json(folder / "deep.json").size(), 2U);
  write_file(folder / "empty.json", "");
  EXPECT_THROW(read_json(folder / "empty.json"), InputError);
  write_file(folder / "whole.json", "{\"a\": [1, 2]}");
  EXPECT_EQ(read_json(folder / "whole.json"), (json{{"a", {1, 2}}}));
}

}  // namespace
}  // namespace pbb
