#include "sim/base/config/text.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "sim/base/stop.hpp"

namespace dsmsim::config {
namespace {

constexpr std::size_t kDeepest = 100;
constexpr std::size_t kLongestKey = 256;

/// Walks over text and counts lines and characters.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {
    if (text_.substr(0, 3) == "\xef\xbb\xbf") {
      at_ = 3;  // a byte order mark is no character
    }
  }
  bool done() const { return at_ >= text_.size(); }
  char here() const { return text_[at_]; }
  std::size_t offset() const { return at_; }
  std::size_t line() const { return line_; }
  std::size_t column() const { return column_; }
  void step() {
    const char c = text_[at_++];
    if (c == '\n') {
      ++line_;
      column_ = 1;
    } else if (at_ == text_.size() || (static_cast<unsigned char>(text_[at_]) & 0xc0) != 0x80) {
      ++column_;  // continuation bytes of UTF-8 belong to the character before them
    }
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t column_ = 1;
};

/// Finds the tokens of text that is known to be valid JSON up to the token asked for.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : cursor_(text) {}

  /// Moves to the next key, scalar, '{' or '[', reports where it starts and steps over it.
  void next(std::size_t& line, std::size_t& column) {
    skip_any_of(" \t\r\n,:]}");
    line = cursor_.line();
    column = cursor_.column();
    if (cursor_.done()) {
      return;
    }
    const char first = cursor_.here();
    cursor_.step();
    if (first == '"') {
      skip_string();
    } else if (first != '{' && first != '[') {
      while (!cursor_.done() && !any_of(" \t\r\n,:]}")) {
        cursor_.step();
      }
    }
  }

 private:
  bool any_of(std::string_view set) const {
    return set.find(cursor_.here()) != std::string_view::npos;
  }
  void skip_any_of(std::string_view set) {
    while (!cursor_.done() && any_of(set)) {
      cursor_.step();
    }
  }
  void skip_string() {
    while (!cursor_.done()) {
      const char c = cursor_.here();
      cursor_.step();
      if (c == '"') {
        return;
      }
      if (c == '\\' && !cursor_.done()) {
        cursor_.step();
      }
    }
  }
  Cursor cursor_;
};

/// nlohmann's message without its prefix (exception name, position) and without unprintable bytes.
std::string clean_message(std::string message) {
  constexpr std::size_t kLongest = 200;
  for (const std::string_view mark : {"] ", "column "}) {
    const std::size_t at = message.find(mark);
    if (at != std::string::npos && at < kLongest) {
      message.erase(0, at + mark.size());
    }
  }
  const std::size_t digits = message.find_first_not_of("0123456789");
  if (digits != 0 && digits != std::string::npos && message.compare(digits, 2, ": ") == 0) {
    message.erase(0, digits + 2);
  }
  for (char& c : message) {
    const auto byte = static_cast<unsigned char>(c);
    c = byte < 0x20 || byte > 0x7e ? '?' : c;
  }
  return message.size() <= kLongest ? message : message.substr(0, kLongest) + "...";
}

/// Receives nlohmann's parse events and builds the tree; the scanner follows one token an event.
class Builder {
 public:
  Builder(std::string_view text, std::shared_ptr<const Source> source, Problems& problems,
          const std::string& pointer)
      : text_(text), scanner_(text), source_(std::move(source)), problems_(problems) {
    root_.place.pointer = pointer;
  }
  Node take() { return std::move(root_); }

  bool null() {
    add(Node::Kind::null);
    return true;
  }
  bool boolean(bool value) {
    add(Node::Kind::boolean).boolean = value;
    return true;
  }
  bool number_integer(std::int64_t value) {
    add(Node::Kind::whole).whole = value;
    return true;
  }
  bool number_unsigned(std::uint64_t value) {
    add(Node::Kind::whole).whole = value;
    return true;
  }
  bool number_float(double value, const std::string&) {
    add(Node::Kind::real).real = value;
    return true;
  }
  bool string(std::string& value) {
    add(Node::Kind::text).text = std::move(value);
    return true;
  }
  bool binary(nlohmann::json::binary_t&) { return false; }  // JSON text has none
  bool start_object(std::size_t) { return open(Node::Kind::object); }
  bool start_array(std::size_t) { return open(Node::Kind::list); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    Frame& frame = stack_.back();
    const bool too_long = name.size() > kLongestKey;
    name = beginning(name, kLongestKey);
    Place place = next_place(join_pointer(frame.node->place.pointer, name));
    if (too_long) {
      problems_.add(place, fmt::format("the key is longer than {} bytes", kLongestKey));
    }
    if (!frame.seen.insert(name).second) {
      problems_.add(place, fmt::format("the key \"{}\" stands twice in this object", name));
    }
    frame.node->keys.push_back({std::move(name), std::move(place)});
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception& e) {
    Cursor cursor(text_);
    while (!cursor.done() && cursor.offset() + 1 < position) {
      cursor.step();
    }
    problems_.add({source_, cursor.line(), cursor.column(), current_pointer()},
                  clean_message(e.what()));
    return false;
  }

 private:
  struct Frame {
    Node* node;
    std::set<std::string> seen;
  };

  std::string current_pointer() const {
    if (stack_.empty()) {
      return root_.place.pointer;
    }
    const Node& open = *stack_.back().node;
    return open.keys.size() > open.items.size() ? open.keys.back().place.pointer
                                                : open.place.pointer;
  }

  Place next_place(std::string pointer) {
    Place place{source_, 0, 0, std::move(pointer)};
    scanner_.next(place.line, place.column);
    return place;
  }

  Node& add(Node::Kind kind) {
    stop_.step();
    Node* node = &root_;
    std::string pointer = root_.place.pointer;
    if (!stack_.empty()) {
      Node& parent = *stack_.back().node;
      pointer = parent.is_object()
                    ? parent.keys.back().place.pointer
                    : join_pointer(parent.place.pointer, std::to_string(parent.items.size()));
      node = &parent.items.emplace_back();
    }
    node->kind = kind;
    node->place = next_place(std::move(pointer));
    return *node;
  }

  bool open(Node::Kind kind) {
    Node& node = add(kind);
    if (stack_.size() == kDeepest) {
      problems_.add(node.place, fmt::format("nested deeper than {} levels", kDeepest));
      return false;
    }
    stack_.push_back({&node, {}});
    return true;
  }

  bool close() {
    stack_.pop_back();
    return true;
  }

  std::string_view text_;
  Scanner scanner_;
  std::shared_ptr<const Source> source_;
  Problems& problems_;
  Node root_;
  std::vector<Frame> stack_;  ///< containers that are open; their nodes do not move until closed
  StopCounter stop_{1000};
};

}  // namespace

std::optional<Node> parse_text(std::string_view text, std::shared_ptr<const Source> source,
                               Problems& problems, const std::string& pointer) {
  Builder builder(text, std::move(source), problems, pointer);
  if (!nlohmann::json::sax_parse(text, &builder)) {
    return std::nullopt;
  }
  return builder.take();
}

bool is_utf8(std::string_view text) {
  try {
    nlohmann::json(text).dump();  // refuses what is not
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

}  // namespace dsmsim::config
