#pragma once
// How a struct says what its configuration looks like: once, in a function found by
// argument-dependent lookup next to the struct,
//
//   void describe(config::Fields& f, NicProfile& p) {
//     f.required("post", p.post, "CPU time to build a WQE and ring the doorbell");
//     f.optional("mtu", p.mtu, "path MTU", config::range(256_B, 4096_B));
//     f.nested("cache", p.cache, "QP context cache");
//     f.sources(p.sources);
//     f.check(p.mtu <= p.buffer, "mtu", "must fit the buffer");
//   }
//
// and the same description reads strictly, writes the effective configuration and yields the JSON
// Schema (config.hpp). A member may be bool, an integer, double, std::string, a quantity of
// units.hpp (text with its unit), an enum with a table of its values (value.hpp), a
// File, std::vector, std::optional, std::map<std::string, T>, another described struct, a Tagged
// section, or raw JSON. A description must not depend on the values that it sees, except in
// check().

#include <any>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "sim/base/config/limits.hpp"
#include "sim/base/config/value.hpp"
#include "sim/base/int128.hpp"
#include "sim/base/units.hpp"

namespace dsmsim::config {

class Fields;
class Registry;
class Tagged;
class Visitor;

using Accept = std::function<void(Visitor&)>;   ///< shows one value to a visitor
using Describe = std::function<void(Fields&)>;  ///< describes one struct

/// Free text beside the numbers: the members "source", "sources", "comment", "description",
/// "$schema" and every key that starts with "_". Kept as JSON text of one object and written back.
struct Sources {
  std::string json;
};

/// A file beside the configuration, such as a trace. Only the name is configuration; reading finds
/// the file and sets the path.
struct File {
  std::string name;
  std::string path;
};

/// What a field wants beyond its type. Limits hold for every item of a list or map.
struct Rules {
  Limits limits;
  const Registry* registry = nullptr;  ///< of a Tagged section
  std::string folder;  ///< text names a file in this folder of the search directories
};

/// A std::vector whose items are shown one by one.
class Sequence {
 public:
  virtual ~Sequence() = default;
  virtual std::size_t size() const = 0;
  virtual void clear() = 0;
  virtual void append(Visitor& visitor) = 0;  ///< adds an item and shows it
  virtual void item(std::size_t index, Visitor& visitor) = 0;
  virtual void sample(Visitor& visitor) = 0;  ///< shows an item that does not belong to the list
};

/// A std::map with text keys.
class Table {
 public:
  virtual ~Table() = default;
  virtual std::vector<std::string> keys() const = 0;
  virtual void clear() = 0;
  virtual void item(const std::string& key, Visitor& visitor) = 0;  ///< makes it when missing
  virtual void sample(Visitor& visitor) = 0;
};

/// A std::optional.
class Maybe {
 public:
  virtual ~Maybe() = default;
  virtual bool has_value() const = 0;
  virtual void reset() = 0;
  virtual void item(Visitor& visitor) = 0;  ///< makes it when missing
  virtual void sample(Visitor& visitor) = 0;
};

struct Integer {
  Int128 value;
  Int128 lowest;
  Int128 highest;
};

/// An enum, as an index into the rows of its values.
struct Choice {
  struct Row {
    std::string_view text;
    std::string_view help;
  };
  std::vector<Row> rows;
  std::size_t index = 0;

  std::vector<std::string> texts() const;
};

/// One use of a description: reading, writing or the schema. Called through visit().
class Visitor {
 public:
  virtual ~Visitor() = default;
  virtual void boolean(bool& value) = 0;
  virtual void integer(Integer& value, const Limits& limits) = 0;
  virtual void real(double& value, const Limits& limits) = 0;
  virtual void text(std::string& value, const Limits& limits) = 0;
  virtual void duration(Duration& value, const Limits& limits) = 0;
  virtual void bytes(Bytes& value, const Limits& limits) = 0;
  virtual void rate(Rate& value, const Limits& limits) = 0;
  virtual void per_byte(PerByte& value, const Limits& limits) = 0;
  virtual void file(File& value, const std::string& folder) = 0;
  virtual void choice(Choice& value) = 0;
  virtual void list(Sequence& value, const Limits& limits) = 0;
  virtual void table(Table& value) = 0;
  virtual void maybe(Maybe& value) = 0;
  virtual void structure(const Describe& describe) = 0;
  virtual void reference(const std::string& folder, const Describe& describe) = 0;
  virtual void tagged(Tagged& value, const Registry& registry) = 0;
  virtual void any(nlohmann::ordered_json& value) = 0;
};

void visit_any(Visitor& visitor, nlohmann::ordered_json& value);
void visit_any(Visitor& visitor, nlohmann::json& value);

template <class T>
void visit(Visitor& visitor, T& value, const Rules& rules);

namespace detail {

template <class T>
class Vector : public Sequence {
 public:
  Vector(std::vector<T>& items, const Rules& rules) : items_(items), rules_(rules) {}
  std::size_t size() const override { return items_.size(); }
  void clear() override { items_.clear(); }
  void append(Visitor& visitor) override {
    T item{};
    visit(visitor, item, rules_);
    items_.push_back(std::move(item));
  }
  void item(std::size_t index, Visitor& visitor) override {
    T item = items_[index];
    visit(visitor, item, rules_);
  }
  void sample(Visitor& visitor) override {
    T item{};
    visit(visitor, item, rules_);
  }

 private:
  std::vector<T>& items_;
  const Rules& rules_;
};

template <class T>
class Map : public Table {
 public:
  Map(std::map<std::string, T>& items, const Rules& rules) : items_(items), rules_(rules) {}
  std::vector<std::string> keys() const override {
    std::vector<std::string> keys;
    for (const auto& [key, item] : items_) {
      keys.push_back(key);
    }
    return keys;
  }
  void clear() override { items_.clear(); }
  void item(const std::string& key, Visitor& visitor) override {
    visit(visitor, items_[key], rules_);
  }
  void sample(Visitor& visitor) override {
    T item{};
    visit(visitor, item, rules_);
  }

 private:
  std::map<std::string, T>& items_;
  const Rules& rules_;
};

template <class T>
class Optional : public Maybe {
 public:
  Optional(std::optional<T>& value, const Rules& rules) : value_(value), rules_(rules) {}
  bool has_value() const override { return value_.has_value(); }
  void reset() override { value_.reset(); }
  void item(Visitor& visitor) override {
    if (!value_) {
      value_.emplace();
    }
    visit(visitor, *value_, rules_);
  }
  void sample(Visitor& visitor) override {
    T item{};
    visit(visitor, item, rules_);
  }

 private:
  std::optional<T>& value_;
  const Rules& rules_;
};

template <class Enum>
void visit_enum(Visitor& visitor, Enum& value) {
  Choice choice;
  for (const Value<Enum>& row : kValues<Enum>) {
    choice.index = row.value == value ? choice.rows.size() : choice.index;
    choice.rows.push_back({row.text, row.help});
  }
  visitor.choice(choice);
  value = kValues<Enum>[choice.index].value;
}

template <class Number>
void visit_integer(Visitor& visitor, Number& value, const Limits& limits) {
  Integer integer{value, std::numeric_limits<Number>::min(), std::numeric_limits<Number>::max()};
  visitor.integer(integer, limits);
  value = static_cast<Number>(integer.value);
}

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsMap : std::false_type {};
template <class T>
struct IsMap<std::map<std::string, T>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
inline constexpr bool is_json =
    std::is_same_v<T, nlohmann::json> || std::is_same_v<T, nlohmann::ordered_json>;

/// Numbers, text and quantities.
template <class T>
void visit_scalar(Visitor& visitor, T& value, const Limits& limits) {
  if constexpr (std::is_same_v<T, bool>) {
    visitor.boolean(value);
  } else if constexpr (std::is_integral_v<T>) {
    visit_integer(visitor, value, limits);
  } else if constexpr (std::is_same_v<T, double>) {
    visitor.real(value, limits);
  } else if constexpr (std::is_same_v<T, std::string>) {
    visitor.text(value, limits);
  } else if constexpr (std::is_same_v<T, Duration>) {
    visitor.duration(value, limits);
  } else if constexpr (std::is_same_v<T, Bytes>) {
    visitor.bytes(value, limits);
  } else if constexpr (std::is_same_v<T, Rate>) {
    visitor.rate(value, limits);
  } else if constexpr (std::is_same_v<T, PerByte>) {
    visitor.per_byte(value, limits);
  } else {
    static_assert(std::is_enum_v<T>, "a field of a type that files do not have");
    visit_enum(visitor, value);
  }
}

}  // namespace detail

/// Shows `value` to the visitor in the way that suits its type.
template <class T>
void visit(Visitor& visitor, T& value, const Rules& rules) {
  if constexpr (detail::IsVector<T>::value) {
    detail::Vector<typename T::value_type> items(value, rules);
    visitor.list(items, rules.limits);
  } else if constexpr (detail::IsMap<T>::value) {
    detail::Map<typename T::mapped_type> items(value, rules);
    visitor.table(items);
  } else if constexpr (detail::IsOptional<T>::value) {
    detail::Optional<typename T::value_type> item(value, rules);
    visitor.maybe(item);
  } else if constexpr (std::is_same_v<T, File>) {
    visitor.file(value, rules.folder);
  } else if constexpr (std::is_same_v<T, Tagged>) {
    visitor.tagged(value, *rules.registry);
  } else if constexpr (detail::is_json<T>) {
    visit_any(visitor, value);
  } else if constexpr (std::is_class_v<T> && !std::is_same_v<T, std::string> &&
                       !detail::is_quantity<T>) {
    const Describe describe_it = [&value](Fields& fields) { describe(fields, value); };
    if (rules.folder.empty()) {
      visitor.structure(describe_it);
    } else {
      visitor.reference(rules.folder, describe_it);
    }
  } else {
    detail::visit_scalar(visitor, value, rules.limits);
  }
}

enum class Presence {
  required,  ///< must be there
  optional,  ///< keeps its value when it is not there
  nested,    ///< a struct that may be left out when none of its own fields is required
};

struct FieldInfo {
  std::string key;
  std::string help;
  Presence presence = Presence::required;
  std::string fallback;  ///< when not there, read as if this text were (a reference or a tag)
};

/// What a description speaks to.
class Fields {
 public:
  virtual ~Fields() = default;

  template <class T, class U = AnyValue>
  void required(std::string key, T& value, std::string help, const Check<U>& check = {}) {
    scalar_field({std::move(key), std::move(help), Presence::required, {}}, value, check);
  }
  template <class T, class U = AnyValue>
  void optional(std::string key, T& value, std::string help, const Check<U>& check = {}) {
    scalar_field({std::move(key), std::move(help), Presence::optional, {}}, value, check);
  }
  template <class T>
  void nested(std::string key, T& value, std::string help) {
    show({std::move(key), std::move(help), Presence::nested, {}}, value, {});
  }
  /// A described struct that is written inline as an object, or named: text names the file
  /// `<search directory>/<folder>/<text>.json`. Without `fallback` it must be there (unless T is a
  /// std::optional); with it, leaving it out means that name.
  template <class T>
  void reference(std::string key, T& value, std::string folder, std::string help,
                 std::string fallback = "") {
    const bool may_miss = detail::IsOptional<T>::value || !fallback.empty();
    show({std::move(key), std::move(help), may_miss ? Presence::optional : Presence::required,
          std::move(fallback)},
         value, {{}, nullptr, std::move(folder)});
  }
  /// The name of a file that must exist: a path relative to the naming file's folder, else to
  /// `<search directory>/<folder>`.
  void file(std::string key, File& value, std::string folder, std::string help) {
    show({std::move(key), std::move(help), Presence::required, {}}, value,
         {{}, nullptr, std::move(folder)});
  }
  /// A section that chooses among registered descriptions: {"name": "drust", ...its options}, or
  /// just "drust". T is Tagged, or a std::vector, std::optional or std::map of it. `fallback` as
  /// above.
  template <class T>
  void tagged(std::string key, T& value, const Registry& registry, std::string help,
              std::string fallback = "") {
    const bool may_miss = !std::is_same_v<T, Tagged> || !fallback.empty();
    show({std::move(key), std::move(help), may_miss ? Presence::optional : Presence::required,
          std::move(fallback)},
         value, {{}, &registry, {}});
  }

  /// The name of a Java properties file, to be described before the fields of the same struct:
  /// each entry of it stands for a field that the object leaves out ("." is "_" in names). It is
  /// not written back: all that it holds is.
  virtual void properties(const std::string& key, File& value, const std::string& folder,
                          const std::string& help) = 0;
  virtual void sources(Sources& sources) = 0;
  /// A rule between fields. `message` is reported at the field `key`, and only when every field of
  /// the struct could be read.
  virtual void check(bool ok, const std::string& key, const std::string& message) = 0;
  /// Whether check() will look at what it is given: for rules that take work to decide.
  virtual bool checking() const { return false; }
  /// What such rules have worked out for this document and its copies, by a text that holds all
  /// that it depends on; null: nobody remembers.
  virtual std::map<std::string, std::any>* memory() { return nullptr; }

 protected:
  virtual void field(const FieldInfo& info, const Accept& accept) = 0;

 private:
  template <class T, class U>
  void scalar_field(const FieldInfo& info, T& value, const Check<U>& check) {
    static_assert(detail::check_fits<T, U>, "the check is for another type than the field");
    show(info, value, {check.limits, nullptr, {}});
  }
  template <class T>
  void show(const FieldInfo& info, T& value, const Rules& rules) {
    field(info, [&value, &rules](Visitor& visitor) { visit(visitor, value, rules); });
  }
};

}  // namespace dsmsim::config
