#include "model/formats/gguf_values.h"

#include <limits>
#include <vector>

namespace pbb {
namespace {

enum class ValueType : std::uint32_t {
  u8 = 0,
  i8 = 1,
  u16 = 2,
  i16 = 3,
  u32 = 4,
  i32 = 5,
  f32 = 6,
  boolean = 7,
  string = 8,
  array = 9,
  u64 = 10,
  i64 = 11,
  f64 = 12,
};

std::int64_t read_integer(GgufReader& reader, ValueType type, const std::string& what) {
  switch (type) {
    case ValueType::u8:
    case ValueType::boolean:
      return reader.number<std::uint8_t>(what);
    case ValueType::i8:
      return reader.number<std::int8_t>(what);
    case ValueType::u16:
      return reader.number<std::uint16_t>(what);
    case ValueType::i16:
      return reader.number<std::int16_t>(what);
    case ValueType::u32:
      return reader.number<std::uint32_t>(what);
    case ValueType::i32:
      return reader.number<std::int32_t>(what);
    case ValueType::i64:
      return reader.number<std::int64_t>(what);
    case ValueType::u64:
      return read_gguf_size(reader, what);
    default:
      reader.fail(fmt::format("{} has value type {}, which GGUF does not define", what,
                              static_cast<std::uint32_t>(type)));
  }
}

std::size_t value_bytes(ValueType type) {
  switch (type) {
    case ValueType::u16:
    case ValueType::i16:
      return 2;
    case ValueType::u32:
    case ValueType::i32:
    case ValueType::f32:
      return 4;
    case ValueType::string:  // its length, at least
    case ValueType::u64:
    case ValueType::i64:
    case ValueType::f64:
      return 8;
    default:
      return 1;
  }
}

double read_real(GgufReader& reader, ValueType type, const std::string& what) {
  return type == ValueType::f32 ? reader.number<float>(what) : reader.number<double>(what);
}

template <typename T, typename ReadOne>
GgufValue read_array(std::size_t count, const ReadOne& read_one) {
  std::vector<T> values;
  values.reserve(count);
  for (std::size_t i = 0; i < count; ++i) values.push_back(read_one());
  return values;
}

}  // namespace

GgufValue read_gguf_value(GgufReader& reader, const std::string& what) {
  const auto type = static_cast<ValueType>(reader.number<std::uint32_t>(what));
  switch (type) {
    case ValueType::string:
      return reader.string(what);
    case ValueType::boolean:
      return reader.number<std::uint8_t>(what) != 0;
    case ValueType::f32:
    case ValueType::f64:
      return read_real(reader, type, what);
    case ValueType::array: {
      const auto element = static_cast<ValueType>(reader.number<std::uint32_t>(what));
      if (element == ValueType::array) reader.fail(fmt::format("{} is an array of arrays", what), "");
      const std::size_t count = reader.count(value_bytes(element), what);
      if (element == ValueType::string) {
        return read_array<std::string>(count, [&] { return reader.string(what); });
      }
      if (element == ValueType::f32 || element == ValueType::f64) {
        return read_array<double>(count, [&] { return read_real(reader, element, what); });
      }
      return read_array<std::int64_t>(count, [&] { return read_integer(reader, element, what); });
    }
    default:
      return read_integer(reader, type, what);
  }
}

std::int64_t read_gguf_size(GgufReader& reader, const std::string& what) {
  const auto value = reader.number<std::uint64_t>(what);
  if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    reader.fail(fmt::format("{} is {}, more than any value pbb expects", what, value));
  }
  return static_cast<std::int64_t>(value);
}

}  // namespace pbb
