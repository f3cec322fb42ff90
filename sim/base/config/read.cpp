// Strict reading: a description is held against the tree, and everything that differs is a problem
// at its place.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "sim/base/config.hpp"
#include "sim/base/error.hpp"

namespace dsmsim::config {
namespace {

bool is_source_key(const std::string& key) {
  static constexpr std::string_view kNames[] = {"source", "sources", "comment", "description",
                                                "$schema"};
  return key.substr(0, 1) == "_" ||
         std::find(std::begin(kNames), std::end(kNames), key) != std::end(kNames);
}

/// Finds out whether a description asks for anything, and whether it has a field "name".
class AsksForKeys : public Fields {
 public:
  bool asks = false;
  bool has_name = false;
  void properties(const std::string&, File&, const std::string&, const std::string&) override {}
  void sources(Sources&) override {}
  void check(bool, const std::string&, const std::string&) override {}

 protected:
  void field(const FieldInfo& info, const Accept&) override {
    asks = asks || info.presence == Presence::required;
    has_name = has_name || info.key == "name";
  }
};

class Reader : public Visitor {
 public:
  Reader(Document& document, Node& node) : document_(document), node_(node) {}

  void boolean(bool& value) override;
  void integer(Integer& value, const Limits& limits) override;
  void real(double& value, const Limits& limits) override;
  void text(std::string& value, const Limits& limits) override;
  void duration(Duration& value, const Limits& limits) override;
  void bytes(Bytes& value, const Limits& limits) override;
  void rate(Rate& value, const Limits& limits) override;
  void per_byte(PerByte& value, const Limits& limits) override;
  void file(File& value, const std::string& folder) override;
  void choice(Choice& value) override;
  void list(Sequence& value, const Limits& limits) override;
  void table(Table& value) override;
  void maybe(Maybe& value) override;
  void structure(const Describe& describe) override { object(describe, {}); }
  void reference(const std::string& folder, const Describe& describe) override;
  void tagged(Tagged& value, const Registry& registry) override;
  void any(nlohmann::ordered_json& value) override;

 private:
  bool is(Node::Kind kind, std::string_view expected);
  void refuse_pending();
  void problem(std::string message) { document_.problems().add(node_.place, std::move(message)); }
  template <class Quantity>
  void quantity(Quantity& value, const Limits& limits, std::string_view expected,
                Quantity (*parse)(std::string_view));
  bool keep(const Limits& limits, const Limit& value);
  void object(const Describe& describe, std::vector<std::string> known);
  void look_up(Node content);
  bool take_over_named(const std::string& folder);
  void take_over_reference(const std::string& folder, const Describe& describe);
  Node named_by(const Node& text, const Registry& registry) const;
  bool find_variant_name(const Registry& registry);

  Document& document_;
  Node& node_;
};

/// Reads the fields of one object and remembers which keys are known.
class ObjectReader : public Fields {
 public:
  ObjectReader(Document& document, Node& node, std::vector<std::string> known)
      : document_(document), node_(node), known_(std::move(known)) {}

  /// Before the fields that may stand in the file.
  void properties(const std::string& key, File& value, const std::string& folder,
                  const std::string&) override {
    known_.push_back(key);
    Node* const member = node_.find(key);
    if (member == nullptr) {
      return;
    }
    const std::size_t before = document_.problems().count();
    Reader reader(document_, *member);
    reader.file(value, folder);
    if (!value.path.empty()) {
      take_over(document_.load_properties(value.path, member->place));
    }
    failed_ = failed_ || document_.problems().count() != before;
  }

  void sources(Sources& sources) override {
    auto kept = nlohmann::ordered_json::object();
    for (std::size_t i = 0; i < node_.keys.size(); ++i) {
      if (is_source_key(node_.keys[i].name)) {
        kept[node_.keys[i].name] = to_json(node_.items[i]);
      }
    }
    sources.json = kept.empty() ? "" : kept.dump();
    allow_sources_ = true;
  }

  void check(bool ok, const std::string& key, const std::string& message) override {
    if (ok || !checking()) {
      return;
    }
    if (const Node* member = node_.find(key)) {
      document_.problems().add(member->place, message);
    } else {
      add_at_member(key, message);
    }
  }

  bool checking() const override { return !failed_ && !node_.incomplete; }
  std::map<std::string, std::any>* memory() override { return &document_.memory(); }

  void report_unknown_keys() {
    for (const Key& key : node_.keys) {
      const bool known = std::find(known_.begin(), known_.end(), key.name) != known_.end();
      if (!known && !(allow_sources_ && is_source_key(key.name))) {
        document_.problems().add(
            key.place, fmt::format("unknown key \"{}\"{}", key.name, suggestion(key.name, known_)));
      }
    }
  }

 protected:
  void field(const FieldInfo& info, const Accept& accept) override {
    known_.push_back(info.key);
    Node* member = node_.find(info.key);
    if (member == nullptr && !info.fallback.empty()) {
      member = &add_fallback(info);
    }
    const std::size_t before = document_.problems().count();
    if (member != nullptr) {
      Reader reader(document_, *member);
      accept(reader);
    } else if (is_missed(info, accept)) {
      add_at_member(info.key, fmt::format("is missing ({})", info.help));
    }
    failed_ = failed_ || document_.problems().count() != before ||
              (member != nullptr && member->incomplete);
  }

 private:
  /// What stands in the object itself wins.
  void take_over(Node properties) {
    for (std::size_t i = 0; i < properties.keys.size(); ++i) {
      if (node_.find(properties.keys[i].name) == nullptr) {
        node_.insert(properties.keys[i], std::move(properties.items[i]));
      }
    }
  }

  Node& add_fallback(const FieldInfo& info) {
    Node text;
    text.kind = Node::Kind::text;
    text.text = info.fallback;
    text.place = node_.place;
    text.place.pointer = join_pointer(node_.place.pointer, info.key);
    return node_.insert({info.key, text.place}, text);
  }

  bool is_missed(const FieldInfo& info, const Accept& accept) const;

  /// At the object, naming a member that it does not have.
  void add_at_member(const std::string& key, const std::string& message) {
    Place place = node_.place;
    place.pointer = join_pointer(place.pointer, key);
    document_.problems().add(place, message);
  }

  Document& document_;
  Node& node_;
  std::vector<std::string> known_;
  bool allow_sources_ = false;
  bool failed_ = false;
};

/// Asks a struct that was left out whether it can do without any of its keys.
class MissingStructure : public Reader {
 public:
  using Reader::Reader;
  bool missed = false;
  void structure(const Describe& describe) override {
    AsksForKeys question;
    describe(question);
    missed = question.asks;
  }
};

bool ObjectReader::is_missed(const FieldInfo& info, const Accept& accept) const {
  if (node_.incomplete || info.presence == Presence::optional) {
    return false;
  }
  if (info.presence == Presence::required) {
    return true;
  }
  Node nothing;
  MissingStructure question(document_, nothing);
  accept(question);
  return question.missed;
}

bool Reader::is(Node::Kind kind, std::string_view expected) {
  refuse_pending();
  if (node_.kind != kind) {
    problem(fmt::format("expected {}, got {}", expected, describe_value(node_)));
    return false;
  }
  return true;
}

/// A text that names nothing has no members that could be set.
void Reader::refuse_pending() {
  for (const Assignment& assignment : node_.pending) {
    document_.problems().add(assignment.value.place,
                             fmt::format("there is no \"{}\" in {} ({})", assignment.path.front(),
                                         describe_value(node_), node_.place.text()));
  }
}

bool Reader::keep(const Limits& limits, const Limit& value) {
  const std::string complaint = limits.complaint(value.size, value.text);
  if (!complaint.empty()) {
    problem(complaint);
  }
  return complaint.empty();
}

void Reader::boolean(bool& value) {
  if (is(Node::Kind::boolean, "true or false")) {
    value = node_.boolean;
  }
}

void Reader::integer(Integer& value, const Limits& limits) {
  constexpr double kExact = 9007199254740992.0;  // up to 2^53 a double like 1e6 is a whole number
  Int128 number = node_.whole;
  if (node_.kind == Node::Kind::real && std::abs(node_.real) <= kExact &&
      node_.real == std::floor(node_.real)) {
    number = static_cast<Int128>(node_.real);
  } else if (!is(Node::Kind::whole, "a whole number")) {
    return;
  }
  const auto print = [](Int128 n) {
    return n < 0 ? std::to_string(static_cast<std::int64_t>(n))
                 : std::to_string(static_cast<std::uint64_t>(n));
  };
  const auto as_limit = [&](Int128 n) { return Limit{static_cast<long double>(n), print(n)}; };
  Limits full = limits;
  const Limit lowest = as_limit(value.lowest), highest = as_limit(value.highest);
  full.at_least = !full.at_least || full.at_least->size < lowest.size ? lowest : full.at_least;
  full.at_most = !full.at_most || full.at_most->size > highest.size ? highest : full.at_most;
  if (number < value.lowest || number > value.highest) {
    keep(full, as_limit(number));
  } else if (keep(limits, as_limit(number))) {
    value.value = number;
  }
}

void Reader::real(double& value, const Limits& limits) {
  if (node_.kind == Node::Kind::whole) {
    node_.real = static_cast<double>(node_.whole);
  } else if (!is(Node::Kind::real, "a number")) {
    return;
  }
  if (keep(limits, detail::limit(node_.real))) {
    value = node_.real;
  }
}

void Reader::text(std::string& value, const Limits& limits) {
  if (!is(Node::Kind::text, "text")) {
    return;
  }
  const auto& words = limits.words;
  if (limits.non_empty && node_.text.empty()) {
    problem("must not be empty");
  } else if (!words.empty() && std::find(words.begin(), words.end(), node_.text) == words.end()) {
    problem(fmt::format("unknown value \"{}\"{}", node_.text, suggestion(node_.text, words)));
  } else {
    value = node_.text;
  }
}

template <class Quantity>
void Reader::quantity(Quantity& value, const Limits& limits, std::string_view expected,
                      Quantity (*parse)(std::string_view)) {
  if (!is(Node::Kind::text, expected)) {
    return;
  }
  try {
    const Quantity parsed = parse(node_.text);
    const Limit size = detail::limit(parsed);
    if (size.size < 0 && !limits.at_least) {
      problem(fmt::format("must not be negative, is {}", size.text));
    } else if (keep(limits, size) && keep(sane(limits, parsed), size)) {
      value = parsed;
    }
  } catch (const Error& error) {
    problem(error.what());
  }
}

void Reader::duration(Duration& value, const Limits& limits) {
  quantity(value, limits, "a duration with its unit, such as \"1.9us\"", parse_duration);
}
void Reader::bytes(Bytes& value, const Limits& limits) {
  if (limits.bare && node_.kind == Node::Kind::whole && node_.pending.empty()) {
    node_.text = std::to_string(static_cast<std::int64_t>(node_.whole)) + "B";
    node_.kind = Node::Kind::text;
  }
  quantity(value, limits, "a size with its unit, such as \"4KiB\"", parse_bytes);
}
void Reader::rate(Rate& value, const Limits& limits) {
  quantity(value, limits, "a rate with its unit, such as \"40Gbps\"", parse_rate);
}
void Reader::per_byte(PerByte& value, const Limits& limits) {
  quantity(value, limits, "a cost per byte with its unit, such as \"0.25ns/B\"", parse_per_byte);
}

void Reader::file(File& value, const std::string& folder) {
  if (!is(Node::Kind::text, "the name of a file")) {
    return;
  }
  value = {node_.text, document_.locate(folder, node_.text, node_.place)};
  if (value.path.empty()) {
    problem(
        fmt::format("there is no file \"{}\" (a regular one), here or in {} of the search "
                    "directories",
                    node_.text, folder));
  }
}

void Reader::choice(Choice& value) {
  const std::vector<std::string> known = value.texts();
  if (!is(Node::Kind::text, "one of " + quoted_list(known))) {
    return;
  }
  const auto at = std::find(known.begin(), known.end(), node_.text);
  if (at == known.end()) {
    problem(fmt::format("unknown value \"{}\"{}", node_.text, suggestion(node_.text, known)));
  } else {
    value.index = static_cast<std::size_t>(at - known.begin());
  }
}

void Reader::list(Sequence& value, const Limits& limits) {
  if (limits.one_or_more && node_.kind == Node::Kind::text) {
    value.clear();
    value.append(*this);
    return;
  }
  if (!is(Node::Kind::list, "a list")) {
    return;
  }
  if (limits.non_empty && node_.items.empty()) {
    problem("must not be empty");
  }
  value.clear();
  for (Node& item : node_.items) {
    Reader reader(document_, item);
    value.append(reader);
  }
}

void Reader::table(Table& value) {
  if (!is(Node::Kind::object, "an object")) {
    return;
  }
  value.clear();
  for (std::size_t i = 0; i < node_.keys.size(); ++i) {
    Reader reader(document_, node_.items[i]);
    value.item(node_.keys[i].name, reader);
  }
}

void Reader::maybe(Maybe& value) {
  if (node_.kind == Node::Kind::null) {
    value.reset();
  } else {
    value.item(*this);
  }
}

void Reader::any(nlohmann::ordered_json& value) {
  refuse_pending();
  value = to_json(node_);
}

void Reader::object(const Describe& describe, std::vector<std::string> known) {
  if (is(Node::Kind::object, "an object")) {
    ObjectReader fields(document_, node_, std::move(known));
    describe(fields);
    fields.report_unknown_keys();
  }
}

/// Puts what a name stands for in the place of the name, then what was assigned below the name.
void Reader::look_up(Node content) {
  std::vector<Assignment> pending = std::move(node_.pending);
  node_ = std::move(content);
  for (Assignment& assignment : pending) {
    assign(node_, std::move(assignment), document_.problems());
  }
}

/// {"name": "cx3-ib40", "mtu": "1KiB"}: what the object leaves out it takes from the file of that
/// name, where the numbers come from too unless it says so itself. False if there is no such file.
bool Reader::take_over_named(const std::string& folder) {
  Node* const name = node_.find("name");
  if (node_.extended || name == nullptr || name->kind != Node::Kind::text || folder.empty()) {
    return false;
  }
  bool found = false;
  std::optional<Node> base = document_.load_reference(folder, name->text, name->place, found);
  if (!base || !base->is_object()) {
    node_.incomplete = node_.incomplete || found;
    return found;
  }
  node_.erase("name");
  const bool has_sources = std::any_of(node_.keys.begin(), node_.keys.end(),
                                       [](const Key& key) { return is_source_key(key.name); });
  const std::vector<Key> keys = base->keys;
  for (const Key& key : keys) {
    if (has_sources && is_source_key(key.name)) {
      base->erase(key.name);
    }
  }
  merge(*base, std::move(node_));
  node_ = std::move(*base);
  node_.extended = true;
  return true;
}

/// Unless the name is one of the struct's own fields.
void Reader::take_over_reference(const std::string& folder, const Describe& describe) {
  AsksForKeys question;
  describe(question);
  if (question.has_name || take_over_named(folder)) {
    return;
  }
  Node* const name = node_.find("name");
  if (name != nullptr && name->kind == Node::Kind::text && !node_.extended) {
    document_.problems().add(
        name->place, fmt::format("there is no \"{}\" in {}{}", name->text, folder,
                                 suggestion(name->text, document_.reference_names(folder))));
    node_.incomplete = true;  // nobody knows what the file would have had
    node_.erase("name");
  }
}

void Reader::reference(const std::string& folder, const Describe& describe) {
  if (node_.kind == Node::Kind::text) {
    bool found = false;
    std::optional<Node> content = document_.load_reference(folder, node_.text, node_.place, found);
    if (!found) {
      problem(fmt::format("there is no \"{}\" in {}{}", node_.text, folder,
                          suggestion(node_.text, document_.reference_names(folder))));
    }
    if (!content) {
      return;
    }
    look_up(std::move(*content));
  } else if (!node_.is_object()) {
    problem(fmt::format("expected an object or the name of a file in {}, got {}", folder,
                        describe_value(node_)));
    return;
  } else {
    take_over_reference(folder, describe);
  }
  structure(describe);
}

/// {"name": text}
Node bare_name(const Node& text) {
  Node name = text;
  name.pending.clear();
  Node object;
  object.kind = Node::Kind::object;
  object.place = text.place;
  object.insert({"name", text.place}, std::move(name));
  return object;
}

/// What a text stands for that is no file of the registry's folder: the name of a variant, or a
/// properties file.
Node Reader::named_by(const Node& text, const Registry& registry) const {
  const bool is_file = !registry.properties_of().empty() && registry.find(text.text) == nullptr &&
                       !document_.locate(registry.folder(), text.text, text.place).empty();
  if (!is_file) {
    return bare_name(text);
  }
  Node name = text;
  name.pending.clear();
  Node object = bare_name(name);
  object.items.front().text = registry.properties_of();
  object.insert({"properties", text.place}, std::move(name));
  return object;
}

/// Makes an object with a "name" of what may be a bare name or the name of a file.
bool Reader::find_variant_name(const Registry& registry) {
  if (node_.kind == Node::Kind::text) {
    bool found = false;
    std::optional<Node> content =
        document_.load_reference(registry.folder(), node_.text, node_.place, found);
    if (found && !content) {
      return false;
    }
    look_up(content ? std::move(*content) : named_by(node_, registry));
  } else if (const Node* const name = node_.find("name");
             name != nullptr && (registry.completes() || registry.find(name->text) == nullptr)) {
    take_over_named(registry.folder());
  }
  if (!node_.is_object()) {
    problem("expected a name or an object with a \"name\", got " + describe_value(node_));
    return false;
  }
  return true;
}

void Reader::tagged(Tagged& value, const Registry& registry) {
  if (!find_variant_name(registry)) {
    return;
  }
  Node* name = node_.find("name");
  if (name == nullptr && node_.incomplete) {
    return;
  }
  if (name == nullptr) {
    Place place = node_.place;
    place.pointer = join_pointer(place.pointer, "name");
    document_.problems().add(place, fmt::format("is missing (which {}: {})", registry.noun(),
                                                quoted_list(registry.names())));
    return;
  }
  Reader name_reader(document_, *name);
  if (!name_reader.is(Node::Kind::text, "text")) {
    return;
  }
  const std::string chosen = name->text;
  const Variant* variant = registry.find(chosen);
  if (variant == nullptr) {
    name_reader.problem(fmt::format("unknown {} \"{}\"{}", registry.noun(), chosen,
                                    suggestion(chosen, registry.names())));
    return;
  }
  value = Tagged(chosen, variant->make());
  object([&](Fields& fields) { variant->describe(fields, value.any_options()); }, {"name"});
}

}  // namespace

void detail::read(Document& document, const Accept& accept) {
  Reader reader(document, document.root());
  accept(reader);
  document.throw_if_problems();
}

}  // namespace dsmsim::config
