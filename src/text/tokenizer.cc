#include "text/tokenizer.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <unordered_map>

#include "base/error.h"
#include "text/byte_characters.h"
#include "text/byte_pair_encoder.h"
#include "text/pre_tokenizer.h"
#include "text/split_pattern.h"
#include "text/utf8.h"

namespace pbb {
namespace {

using TokenIds = std::unordered_map<std::string_view, std::int32_t>;

void check_id(std::int32_t id, std::size_t count, std::string_view what) {
  if (id < 0 || static_cast<std::size_t>(id) >= count) {
    throw InputError(fmt::format("the tokeniser's {} is token {}, but there are {} tokens", what, id, count));
  }
}

void check_ids(const TokenizerData& data) {
  if (data.tokens.empty() || data.tokens.size() > std::numeric_limits<std::int32_t>::max()) {
    throw InputError(fmt::format("a tokeniser of {} tokens", data.tokens.size()));
  }
  for (const std::int32_t id : data.control) check_id(id, data.tokens.size(), "control token");
  for (const std::int32_t id : data.added) check_id(id, data.tokens.size(), "added token");
  for (const std::int32_t id : data.ends) check_id(id, data.tokens.size(), "end token");
  for (const std::int32_t id : data.prefix) check_id(id, data.tokens.size(), "token before every text");
  if (data.begin) check_id(*data.begin, data.tokens.size(), "BOS");
  if (data.end) check_id(*data.end, data.tokens.size(), "EOS");
}

enum class TokenKind : std::uint8_t { ordinary, added, control };

std::vector<TokenKind> token_kinds(const TokenizerData& data) {
  check_ids(data);
  std::vector<TokenKind> kinds(data.tokens.size(), TokenKind::ordinary);
  for (const std::int32_t id : data.added) kinds[static_cast<std::size_t>(id)] = TokenKind::added;
  for (const std::int32_t id : data.control) kinds[static_cast<std::size_t>(id)] = TokenKind::control;
  return kinds;
}

// Ids by spelling (views into `data`) of all tokens of one kind.
TokenIds tokens_of_kind(const TokenizerData& data, const std::vector<TokenKind>& kinds, TokenKind kind) {
  TokenIds ids;
  for (std::size_t i = 0; i < data.tokens.size(); ++i) {
    if (kinds[i] != kind) continue;
    check_utf8(data.tokens[i], fmt::format("the tokeniser's token {}", i));
    const auto id = static_cast<std::int32_t>(i);
    if (const auto [other, inserted] = ids.emplace(data.tokens[i], id); !inserted) {
      throw InputError(
          fmt::format("the tokeniser's tokens {} and {} are both {:?}", other->second, id, data.tokens[i]));
    }
  }
  return ids;
}

std::vector<BytePairEncoder::Merge> resolve_merges(const TokenizerData& data, const TokenIds& ids) {
  std::vector<BytePairEncoder::Merge> merges;
  merges.reserve(data.merges.size());
  for (std::size_t rank = 0; rank < data.merges.size(); ++rank) {
    const std::string_view merge = data.merges[rank];
    const std::size_t space = merge.find(' ');
    if (space == std::string_view::npos) {
      throw InputError(
          fmt::format("the tokeniser's merge {} is {:?}, not two tokens with a space between", rank, merge));
    }
    const auto id_of = [&](std::string_view token) {
      const auto found = ids.find(token);
      if (found == ids.end()) {
        throw InputError(
            fmt::format("the tokeniser's merge {}, {:?}, needs {:?}, which is no token", rank, merge, token));
      }
      return found->second;
    };
    const std::string_view left = merge.substr(0, space), right = merge.substr(space + 1);
    merges.push_back({id_of(left), id_of(right), id_of(std::string(left) + std::string(right))});
  }
  return merges;
}

std::vector<SplitPattern> compile_patterns(const TokenizerData& data) {
  std::vector<SplitPattern> patterns;
  if (data.split_digits_individually) patterns.emplace_back(std::string(digit_split_pattern));
  for (const std::string& pattern : data.split_patterns) patterns.emplace_back(pattern);
  return patterns;
}

std::string to_nfc(std::string_view text) {
  utf8proc_uint8_t* mapped = nullptr;
  const utf8proc_ssize_t size = utf8proc_map(
      reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
      &mapped, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(mapped, &std::free);
  if (size < 0)
    throw Error(fmt::format("normalising a text of {} bytes: {}", text.size(), utf8proc_errmsg(size)));
  return {reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(size)};
}

}  // namespace

struct Tokenizer::Implementation {
  explicit Implementation(TokenizerData given)
      : data(std::move(given)),
        kinds(token_kinds(data)),
        ids(tokens_of_kind(data, kinds, TokenKind::ordinary)),
        controls(tokens_of_kind(data, kinds, TokenKind::control)),
        encoder(resolve_merges(data, ids)),
        patterns(compile_patterns(data)) {
    for (std::size_t byte = 0; byte < byte_ids.size(); ++byte) {
      const char character = static_cast<char>(byte);
      const auto found = ids.find(spell_bytes({&character, 1}));
      byte_ids[byte] = found == ids.end() ? -1 : found->second;
    }
    bytes.reserve(data.tokens.size());
    for (std::size_t id = 0; id < data.tokens.size(); ++id) {
      const std::string& token = data.tokens[id];
      bytes.push_back(kinds[id] == TokenKind::ordinary ? unspell_bytes(token).value_or(token) : token);
    }
  }

  void encode_word(std::string_view word, std::vector<std::int32_t>& result,
                   std::vector<std::int32_t>& scratch) const {
    if (data.prefer_whole_words) {
      if (const auto found = ids.find(spell_bytes(word)); found != ids.end()) {
        result.push_back(found->second);
        return;
      }
    }
    scratch.clear();
    for (const char byte : word) {
      const std::int32_t id = byte_ids[static_cast<unsigned char>(byte)];
      if (id >= 0) scratch.push_back(id);
    }
    encoder.encode(scratch, result);
  }

  std::size_t index(std::int32_t id) const {
    if (id < 0 || static_cast<std::size_t>(id) >= data.tokens.size()) {
      throw Error(
          fmt::format("token {} does not exist: the tokeniser has {} tokens", id, data.tokens.size()));
    }
    return static_cast<std::size_t>(id);
  }

  TokenizerData data;
  std::vector<TokenKind> kinds;
  TokenIds ids, controls;  // of ordinary and of control tokens
  BytePairEncoder encoder;
  std::vector<SplitPattern> patterns;
  std::array<std::int32_t, 256> byte_ids{};
  std::vector<std::string> bytes;  // what each token stands for
};

Tokenizer::Tokenizer(TokenizerData data)
    : implementation_(std::make_unique<Implementation>(std::move(data))) {}
Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;

std::vector<std::int32_t> Tokenizer::encode(std::string_view text) const {
  if (text.size() > std::numeric_limits<std::int32_t>::max()) {
    throw InputError(fmt::format("a text of {} bytes is too long for the tokeniser", text.size()),
                     "split it into files of less than 2 GB");
  }
  check_utf8(text, "the text");
  std::string normalized;
  if (data().normalize_nfc) text = normalized = to_nfc(text);

  std::vector<std::string_view> words;
  if (!text.empty()) words.push_back(text);
  for (const SplitPattern& pattern : implementation_->patterns) words = pattern.split(words);

  std::vector<std::int32_t> ids, scratch;
  for (const std::string_view word : words) implementation_->encode_word(word, ids, scratch);
  return ids;
}

std::vector<std::int32_t> Tokenizer::encode_sequence(std::string_view text) const {
  std::vector<std::int32_t> ids = prefix();
  const std::vector<std::int32_t> of_text = encode(text);
  ids.insert(ids.end(), of_text.begin(), of_text.end());
  return ids;
}

std::string Tokenizer::decode(std::span<const std::int32_t> ids, bool with_control) const {
  std::string text;
  for (const std::int32_t id : ids) {
    const std::size_t index = implementation_->index(id);
    if (with_control || implementation_->kinds[index] != TokenKind::control)
      text += implementation_->bytes[index];
  }
  return text;
}

std::optional<std::int32_t> Tokenizer::find_control(std::string_view name) const {
  const auto found = implementation_->controls.find(name);
  if (found == implementation_->controls.end()) return std::nullopt;
  return found->second;
}

std::int32_t Tokenizer::control(std::string_view name) const {
  if (const auto id = find_control(name)) return *id;
  throw Error(fmt::format("the tokeniser has no control token {:?}", name));
}

bool Tokenizer::is_control(std::int32_t id) const {
  return implementation_->kinds[implementation_->index(id)] == TokenKind::control;
}

std::string_view Tokenizer::token(std::int32_t id) const {
  return data().tokens[implementation_->index(id)];
}

std::int32_t Tokenizer::vocabulary_size() const {
  return static_cast<std::int32_t>(data().tokens.size());
}

std::int32_t Tokenizer::end_of_text() const {
  const std::vector<std::int32_t> ends = end_tokens();
  if (!ends.empty()) return ends.front();
  throw Error("the tokeniser names no end of text: it has neither <|endoftext|> nor an EOS");
}

std::vector<std::int32_t> Tokenizer::end_tokens() const {
  std::vector<std::int32_t> ends;
  const auto add = [&](std::int32_t id) {
    if (std::ranges::find(ends, id) == ends.end()) ends.push_back(id);
  };
  if (const auto id = find_control("<|endoftext|>")) add(*id);
  if (data().end) add(*data().end);
  for (const std::int32_t id : data().ends) add(id);
  return ends;
}

const TokenizerData& Tokenizer::data() const {
  return implementation_->data;
}

}  // namespace pbb
