// A line of the log of decisions, which tells the checksum of the line before it and its own (decision_log.h).
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace pbb {

inline const std::string no_record(64, '0');  // what the first line has for the checksum of the one before

struct SealedLine {
  std::string text, sum;  // text: with its line break
};
SealedLine sealed(nlohmann::ordered_json record, const std::string& previous);

struct ReadLine {
  std::string sum, what;  // what is wrong with it; empty: nothing
  nlohmann::json record;
};
// Of a line without its break.
ReadLine read_sealed(const std::string& line);

}  // namespace pbb
