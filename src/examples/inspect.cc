// Examples on a terminal.
#include "examples/inspect.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/printable.h"
#include "text/stream_decoder.h"

namespace pbb {
namespace {

constexpr std::string_view reset = "\x1b[0m";
constexpr std::string_view trained_shades[] = {"\x1b[1;38;5;231;48;5;22m", "\x1b[1;38;5;231;48;5;28m"};
constexpr std::string_view other_shades[] = {"\x1b[2;48;5;236m", "\x1b[2;48;5;239m"};

struct Piece {
  std::string text;
  bool trained = false;
};

// One piece a token; a token that ends within a character is joined to the one that completes it.
std::vector<Piece> split_into_pieces(const Tokenizer& tokenizer, const Example& example) {
  std::vector<Piece> pieces;
  StreamDecoder decoder(tokenizer);
  for (std::size_t i = 0; i < example.tokens.size(); ++i) {
    const std::int32_t token = example.tokens[i];
    const std::string text =
        tokenizer.is_control(token) ? std::string(tokenizer.token(token)) : decoder.push(token);
    if (!text.empty()) pieces.push_back({printable_lines(text), example.trained.at(i) != 0});
  }
  return pieces;
}

std::string in_colour(const std::vector<Piece>& pieces) {
  std::string text;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const std::string_view shade = (pieces[i].trained ? trained_shades : other_shades)[i % 2];
    text += shade;
    for (const char c : pieces[i].text) {
      // The background must not run on to the terminal's edge, and a line end is a token to be seen.
      if (c == '\n') {
        text += fmt::format("⏎{}\n{}", reset, shade);
      } else {
        text += c;
      }
    }
    text += reset;
  }
  return text;
}

std::string in_brackets(const std::vector<Piece>& pieces) {
  std::string text;
  bool trained = false;
  for (const Piece& piece : pieces) {
    if (piece.trained != trained) text += piece.trained ? "⟦" : "⟧";
    trained = piece.trained;
    text += piece.text;
  }
  return trained ? text + "⟧" : text;
}

}  // namespace

std::string coloured(const Tokenizer& tokenizer, const Example& example, bool ansi) {
  const std::string header =
      fmt::format("{} of {}, template {}: {} tokens, {} trained on", example_kind_name(example.kind),
                  printable_line(example.program), example.template_index, example.tokens.size(),
                  std::count(example.trained.begin(), example.trained.end(), 1));
  const std::vector<Piece> pieces = split_into_pieces(tokenizer, example);
  return ansi ? fmt::format("\x1b[1m{}{}\n{}\n", header, reset, in_colour(pieces))
              : fmt::format("{}\n{}\n", header, in_brackets(pieces));
}

}  // namespace pbb
