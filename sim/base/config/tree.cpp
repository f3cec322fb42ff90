#include "sim/base/config/tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>
#include <utility>

#include "sim/base/error.hpp"

namespace dsmsim::config {
namespace {

constexpr std::size_t kMostLines = 100;  // more would scroll the first ones, the useful ones, away

std::string print(Int128 value) {
  return value < 0 ? std::to_string(static_cast<std::int64_t>(value))
                   : std::to_string(static_cast<std::uint64_t>(value));
}

std::string shortened(const std::string& text) {
  constexpr std::size_t kLongest = 60;
  return text.size() <= kLongest ? text : beginning(text, kLongest) + "...";
}

Node& member_for(Node& object, const std::string& key, const Place& place) {
  if (Node* member = object.find(key)) {
    return *member;
  }
  Node fresh;
  fresh.kind = Node::Kind::object;
  fresh.place = place;
  fresh.place.pointer = join_pointer(object.place.pointer, key);
  return object.insert({key, fresh.place}, fresh);
}

void assign_below(Node& node, Assignment assignment, std::size_t depth, Problems& problems) {
  if (depth == assignment.path.size()) {
    node = std::move(assignment.value);
    return;
  }
  const std::string& key = assignment.path[depth];
  if (node.kind == Node::Kind::object) {
    Node& member = member_for(node, key, assignment.value.place);
    assign_below(member, std::move(assignment), depth + 1, problems);
  } else if (node.kind == Node::Kind::text) {
    const auto begin = assignment.path.begin();
    assignment.path.erase(begin, begin + static_cast<std::ptrdiff_t>(depth));
    node.pending.push_back(std::move(assignment));
  } else if (node.kind != Node::Kind::list) {
    problems.add(assignment.value.place, fmt::format("there is no \"{}\" in {} ({})", key,
                                                     describe_value(node), node.place.text()));
  } else if (const Node* item = node.item(key)) {
    assign_below(node.items[static_cast<std::size_t>(item - node.items.data())],
                 std::move(assignment), depth + 1, problems);
  } else {
    problems.add(assignment.value.place,
                 fmt::format("there is no item \"{}\" in the list of {} ({})", key,
                             node.items.size(), node.place.text()));
  }
}

}  // namespace

std::string Place::text() const {
  if (!source) {
    return "?";
  }
  return source->has_lines ? fmt::format("{}:{}:{}", source->name, line, column) : source->name;
}

void Problems::add(const Place& place, std::string message) {
  entries_.push_back({place, std::move(message)});
}

void Problems::throw_if_any() const {
  if (entries_.empty()) {
    return;
  }
  const auto rank = [](const Entry& entry) {
    const std::size_t order = entry.place.source ? entry.place.source->order : 0;
    return std::tuple(order, entry.place.line, entry.place.column);
  };
  std::vector<Entry> sorted = entries_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const Entry& a, const Entry& b) { return rank(a) < rank(b); });
  std::vector<std::string> lines;
  std::set<std::string> seen;
  for (const Entry& entry : sorted) {
    const std::string& pointer = entry.place.pointer;
    std::string line = fmt::format("{}  {}  {}", entry.place.text(),
                                   pointer.empty() ? "/" : pointer, entry.message);
    if (seen.insert(line).second) {
      lines.push_back(std::move(line));
    }
  }
  if (lines.size() > kMostLines) {
    const std::size_t rest = lines.size() - kMostLines;
    lines.resize(kMostLines);
    lines.push_back(fmt::format("... and {} more", rest));
  }
  throw InputErrors(std::move(lines));
}

const Node* Node::find(std::string_view key) const {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].name == key) {
      return &items[i];
    }
  }
  return nullptr;
}

Node* Node::find(std::string_view key) { return const_cast<Node*>(std::as_const(*this).find(key)); }

const Node* Node::item(std::string_view key) const {
  std::size_t index = 0;
  const auto [end, status] = std::from_chars(key.data(), key.data() + key.size(), index);
  const bool good = status == std::errc() && end == key.data() + key.size();
  return good && index < items.size() ? &items[index] : nullptr;
}

Node& Node::insert(Key key, Node value) {
  keys.push_back(std::move(key));
  items.push_back(std::move(value));
  return items.back();
}

void Node::erase(std::string_view key) {
  const auto at =
      std::find_if(keys.begin(), keys.end(), [&](const Key& each) { return each.name == key; });
  if (at != keys.end()) {
    items.erase(items.begin() + (at - keys.begin()));
    keys.erase(at);
  }
}

void merge(Node& base, Node over) {
  if (!base.is_object() || !over.is_object()) {
    base = std::move(over);
    return;
  }
  base.place = over.place;
  base.incomplete = base.incomplete || over.incomplete;
  base.extended = base.extended || over.extended;
  for (std::size_t i = 0; i < over.keys.size(); ++i) {
    const std::string& name = over.keys[i].name;
    const auto at = std::find_if(base.keys.begin(), base.keys.end(),
                                 [&](const Key& key) { return key.name == name; });
    if (at == base.keys.end()) {
      base.insert(std::move(over.keys[i]), std::move(over.items[i]));
    } else {
      at->place = over.keys[i].place;
      merge(base.items[static_cast<std::size_t>(at - base.keys.begin())], std::move(over.items[i]));
    }
  }
}

void assign(Node& node, Assignment assignment, Problems& problems) {
  assign_below(node, std::move(assignment), 0, problems);
}

std::string beginning(const std::string& text, std::size_t bytes) {
  std::size_t end = std::min(bytes, text.size());
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
    --end;  // not in the middle of a character
  }
  return text.substr(0, end);
}

std::string describe_value(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return "null";
    case Node::Kind::boolean:
      return node.boolean ? "true" : "false";
    case Node::Kind::whole:
      return "the number " + print(node.whole);
    case Node::Kind::real:
      return fmt::format("the number {}", node.real);
    case Node::Kind::text:
      return fmt::format("the text \"{}\"", shortened(node.text));
    case Node::Kind::list:
      return "a list";
    case Node::Kind::object:
      return "an object";
  }
  return "";
}

nlohmann::ordered_json to_json(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return nullptr;
    case Node::Kind::boolean:
      return node.boolean;
    case Node::Kind::whole:
      if (node.whole < 0) {
        return static_cast<std::int64_t>(node.whole);
      }
      return static_cast<std::uint64_t>(node.whole);
    case Node::Kind::real:
      return node.real;
    case Node::Kind::text:
      return node.text;
    case Node::Kind::list: {
      auto list = nlohmann::ordered_json::array();
      for (const Node& item : node.items) {
        list.push_back(to_json(item));
      }
      return list;
    }
    case Node::Kind::object: {
      auto object = nlohmann::ordered_json::object();
      for (std::size_t i = 0; i < node.keys.size(); ++i) {
        object[node.keys[i].name] = to_json(node.items[i]);
      }
      return object;
    }
  }
  return nullptr;
}

std::string join_pointer(std::string_view pointer, std::string_view key) {
  std::string joined(pointer);
  joined += '/';
  for (const char c : key) {
    if (c == '~') {
      joined += "~0";
    } else if (c == '/') {
      joined += "~1";
    } else {
      joined += c;
    }
  }
  return joined;
}

std::vector<std::string> split_pointer(std::string_view pointer) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    if (pointer[i] == '/') {
      keys.emplace_back();
    } else if (pointer[i] == '~' && i + 1 < pointer.size()) {
      keys.back() += pointer[++i] == '0' ? '~' : '/';
    } else {
      keys.back() += pointer[i];
    }
  }
  return keys;
}

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> keys(1);
  for (const char c : path) {
    if (c == '.') {
      keys.emplace_back();
    } else {
      keys.back() += c;
    }
  }
  return keys;
}

std::string quoted_list(const std::vector<std::string>& names) {
  constexpr std::size_t kMostNames = 12;
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kMostNames; ++i) {
    text += fmt::format("{}\"{}\"", text.empty() ? "" : ", ", names[i]);
  }
  return names.size() <= kMostNames ? text : text + ", ...";
}

std::string suggestion(const std::string& word, const std::vector<std::string>& known) {
  const std::string meant = closest(word, known);
  if (!meant.empty()) {
    return fmt::format("; did you mean \"{}\"", meant);
  }
  return known.empty() ? "" : "; known are " + quoted_list(known);
}

}  // namespace dsmsim::config
