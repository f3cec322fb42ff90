#include "sim/check/scenario_tokens.hpp"

#include <algorithm>

namespace dsmsim {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// A byte of a UTF-8 character that is not its first.
bool continues(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

std::size_t end_of(std::string_view line, std::size_t at) {
  std::size_t end = at + 1;
  if (is_word(line[at])) {
    while (end < line.size() && is_word(line[end])) {
      ++end;
    }
  } else {
    while (end < line.size() && continues(line[end])) {
      ++end;
    }
  }
  return end;
}

Token::Kind kind_of(char first) {
  if (is_digit(first)) {
    return Token::Kind::number;
  }
  if (is_word(first)) {
    return Token::Kind::name;
  }
  return first == '=' || first == ':' || first == ';' ? Token::Kind::sign : Token::Kind::other;
}

}  // namespace

std::vector<Token> tokens_of(std::string_view line) {
  std::vector<Token> tokens;
  std::size_t column = 1;
  for (std::size_t at = 0; at < line.size() && line[at] != '#';) {
    if (line[at] == ' ' || line[at] == '\t' || line[at] == '\r') {
      ++at;
      ++column;
      continue;
    }
    const std::size_t end = end_of(line, at);
    const Token::Kind kind = kind_of(line[at]);
    tokens.push_back({kind, line.substr(at, end - at), column});
    column += is_word(line[at]) ? end - at : 1;
    at = end;
  }
  return tokens;
}

Words take_until(Words& words, std::string_view text) {
  const auto found = std::find_if(words.tokens.begin(), words.tokens.end(),
                                  [&](const Token& token) { return token.text == text; });
  const bool all = found == words.tokens.end();
  const auto count = static_cast<std::size_t>(found - words.tokens.begin());
  const Words taken = {words.tokens.first(count),
                       all ? words.end : Place{words.end.line, found->column}};
  words = words.after(all ? count : count + 1);
  return taken;
}

}  // namespace dsmsim
