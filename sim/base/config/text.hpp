#pragma once
// JSON text -> Node tree with the line and column of every key and value. nlohmann/json decides
// what is valid; a small scanner beside it, which may therefore trust the text, says where each
// token is.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sim/base/config/tree.hpp"

namespace dsmsim::config {

/// Parses `text`. Syntax errors, duplicate keys, invalid UTF-8, numbers beyond double and nesting
/// deeper than 100 become problems; nothing is returned when the text cannot be used at all.
/// `pointer` is where the value will stand (for --set values).
std::optional<Node> parse_text(std::string_view text, std::shared_ptr<const Source> source,
                               Problems& problems, const std::string& pointer = "");

bool is_utf8(std::string_view text);

}  // namespace dsmsim::config
