// Byte-level BPE (GPT-2, Sennrich et al. 2016), with the pre-tokeniser pattern that the model's file names.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pbb {

// What a file says of its tokeniser; read_tokenizer_json (text) and read_gguf_tokenizer (model/formats) fill
// it.
struct TokenizerData {
  std::vector<std::string> tokens;    // by id; ordinary tokens in GPT-2's byte-to-character spelling
  std::vector<std::string> merges;    // "left right", by rank
  std::vector<std::int32_t> control;  // ids of control tokens, e.g. <|im_start|>
  std::vector<std::int32_t> added;  // tokens outside BPE that are no control tokens, e.g. Qwen's <tool_call>
  std::vector<std::string> split_patterns;  // as tokenizer.json spells them, applied one after the other
  bool split_digits_individually = false;   // Hugging Face's Digits pre-tokeniser, before the patterns
  bool normalize_nfc = false;
  // ignore_merges: a word that is a token is that token, whatever the merges.
  bool prefer_whole_words = false;
  std::optional<std::int32_t> begin, end;  // what the model's file names as BOS and EOS
  std::vector<std::int32_t> ends;          // further tokens at which the model's files end what is generated
  std::vector<std::int32_t> prefix;        // what stands before every text, e.g. Llama 3's <|begin_of_text|>
  std::string chat_template;               // the file's template text; never executed, only recognised
};

class Tokenizer {
 public:
  explicit Tokenizer(TokenizerData data);
  ~Tokenizer();
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;

  // A piece of text to ids. Control and added tokens spelt inside `text` are split up like any other text:
  // never recognised here. Nothing is put before it: pieces are joined. Invalid UTF-8 is an InputError naming
  // the byte offset. A byte that has no token is left out, as in Hugging Face's tokenizers (SmolLM2 lacks
  // U+0004, U+0006, U+0013, U+0014, U+0016, U+001D, and the planes from U+40000 to U+BFFFF).
  std::vector<std::int32_t> encode(std::string_view text) const;
  // A text that begins a sequence: prefix(), then the text; what Hugging Face's tokenizers give for it.
  std::vector<std::int32_t> encode_sequence(std::string_view text) const;
  // What every sequence begins with, once, whatever pieces it is made of; mostly nothing. A chat's template
  // says itself what it begins with.
  const std::vector<std::int32_t>& prefix() const { return data().prefix; }
  // Ids to bytes (valid UTF-8 only when the ids end at a character's end). Control tokens are left out unless
  // asked for.
  std::string decode(std::span<const std::int32_t> ids, bool with_control = false) const;

  std::int32_t control(std::string_view name) const;  // "<|im_end|>"; Error when there is none
  std::optional<std::int32_t> find_control(std::string_view name) const;
  bool is_control(std::int32_t id) const;
  std::string_view token(std::int32_t id) const;  // as the file spells it
  std::int32_t vocabulary_size() const;
  // What training teaches as the end of a text: <|endoftext|> where there is one, else EOS.
  std::int32_t end_of_text() const;
  // All tokens that end a text: that one first, then what the model's files name, each once. May be empty.
  std::vector<std::int32_t> end_tokens() const;
  const TokenizerData& data() const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace pbb
