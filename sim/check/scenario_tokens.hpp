#pragma once
// The words of a scenario's text form, each with its place. For scenario_reader.cpp only.

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace dsmsim {

struct Token {
  enum class Kind : unsigned char {
    name,    ///< letters, digits and underscores, not beginning with a digit
    number,  ///< the same, beginning with a digit ("512B" too)
    sign,    ///< one of = : ;
    other,   ///< one character that means nothing here
  };
  Kind kind = Kind::other;
  std::string_view text;   ///< of the line
  std::size_t column = 0;  ///< counted in characters, from 1
};

/// The words of one line up to a comment; they live as long as the line.
std::vector<Token> tokens_of(std::string_view line);

struct Place {
  std::size_t line = 1;
  std::size_t column = 1;
};

/// Words that are still to be read. Where none is left, one may be missing.
struct Words {
  std::span<const Token> tokens;
  Place end;  ///< behind the last word

  bool empty() const { return tokens.empty(); }
  bool begin_with(std::string_view text) const { return !empty() && tokens[0].text == text; }
  /// Of the first, or where it should be.
  Place place() const { return empty() ? end : Place{end.line, tokens[0].column}; }
  /// The text of the first, or "".
  std::string_view first() const { return empty() ? std::string_view() : tokens[0].text; }
  Words after(std::size_t count) const { return {tokens.subspan(count), end}; }
};

/// The words before the first that is `text`, or all; they and it are taken from `words`.
Words take_until(Words& words, std::string_view text);

}  // namespace dsmsim
