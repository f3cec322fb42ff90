// The JSON Schema (draft-07) of a description, for editors and for the tests of the shipped files.
// Every object may say "extends"; one that does may leave out keys that its base has.

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "sim/base/config.hpp"
#include "sim/base/config/write.hpp"

namespace dsmsim::config {
namespace {

using Json = nlohmann::ordered_json;

class SchemaVisitor : public Visitor {
 public:
  explicit SchemaVisitor(Json& out) : out_(out) {}

  void boolean(bool&) override { out_["type"] = "boolean"; }
  void integer(Integer& value, const Limits& limits) override;
  void real(double&, const Limits& limits) override {
    out_["type"] = "number";
    number(limits);
  }
  void text(std::string& value, const Limits& limits) override;
  void duration(Duration& value, const Limits& limits) override {
    quantity("ps|ns|us|ms|s", "1.9us", sane(limits, value));
  }
  void bytes(Bytes& value, const Limits& limits) override {
    quantity("B|kB|KiB|MB|MiB|GB|GiB|TB|TiB|PB|PiB", "4KiB", sane(limits, value));
    if (limits.bare) {
      out_["type"] = {"string", "integer"};
    }
  }
  void rate(Rate& value, const Limits& limits) override {
    quantity("[kMGT]?bps|([kMGT]|[KMGT]i)?B/s", "40Gbps", sane(limits, value));
  }
  void per_byte(PerByte& value, const Limits& limits) override {
    quantity("(ps|ns|us)/B", "0.25ns/B", sane(limits, value));
  }
  void file(File&, const std::string&) override { out_["type"] = "string"; }
  void choice(Choice& value) override;
  void list(Sequence& value, const Limits& limits) override;
  void table(Table& value) override;
  void maybe(Maybe& value) override;
  void structure(const Describe& describe) override;
  void reference(const std::string& folder, const Describe& describe) override;
  void tagged(Tagged& value, const Registry& registry) override;
  void any(Json&) override {}

 private:
  void number(const Limits& limits);
  void quantity(std::string_view units, std::string_view example, const Limits& limits);
  void variant(const Variant& choice, const Registry& registry);

  Json& out_;
};

class ObjectSchema : public Fields {
 public:
  explicit ObjectSchema(Json& out) : out_(out) {
    out_["type"] = "object";
    Json path = {{"type", "string"}};
    Json extends = {{"description", "files whose members this object takes over"}};
    extends["anyOf"] = {path, {{"type", "array"}, {"items", path}}};
    out_["properties"]["extends"] = extends;
    out_["additionalProperties"] = false;
  }

  void require(const std::string& key) { required_.push_back(key); }

  void finish() {
    if (!required_.empty()) {
      out_["anyOf"] = {{{"required", required_}}, {{"required", {"extends"}}}};
    }
  }

  /// What is left out stands in the file of that name.
  void finish_named(Json name) {
    out_["properties"]["name"] = std::move(name);
    out_["anyOf"] = {{{"required", {"name"}}}, {{"required", {"extends"}}}};
  }

  void properties(const std::string& key, File&, const std::string&,
                  const std::string& help) override {
    out_["properties"][key] = {{"type", "string"}, {"description", help}};
  }
  void sources(Sources&) override {
    for (const char* key : {"source", "sources", "comment", "description", "$schema"}) {
      out_["properties"][key] = Json::object();
    }
    out_["patternProperties"]["^_"] = Json::object();
  }
  void check(bool, const std::string&, const std::string&) override {}

 protected:
  void field(const FieldInfo& info, const Accept& accept) override {
    Json& property = out_["properties"][info.key] = {{"description", info.help}};
    SchemaVisitor visitor(property);
    accept(visitor);
    if (info.presence == Presence::required) {
      require(info.key);
    } else if (info.presence == Presence::nested) {
      if (property.contains("anyOf")) {  // some of its own keys must be there
        require(info.key);
      }
    } else if (!info.fallback.empty()) {
      property["default"] = info.fallback;
    } else {
      Json standard;
      Writer writer(standard);
      accept(writer);
      if (!standard.is_null()) {
        property["default"] = std::move(standard);
      }
    }
  }

 private:
  Json& out_;
  std::vector<std::string> required_;
};

/// Adds to the description of a property.
void note(Json& out, const std::string& text) {
  const std::string before = out.value("description", "");
  out["description"] = before.empty() ? text : fmt::format("{} ({})", before, text);
}

}  // namespace

void SchemaVisitor::number(const Limits& limits) {
  const auto bound = [&](const char* key, const Limit& limit) {
    out_[key] = Json::parse(limit.text);
  };
  if (limits.positive) {
    out_["exclusiveMinimum"] = 0;
  }
  if (limits.at_least) {
    bound("minimum", *limits.at_least);
  }
  if (limits.at_most) {
    bound("maximum", *limits.at_most);
  }
  for (const Limit& limit : limits.sizes) {
    out_["enum"].push_back(Json::parse(limit.text));
  }
}

void SchemaVisitor::integer(Integer& value, const Limits& limits) {
  out_["type"] = "integer";
  number(limits);
  if (!limits.at_least) {
    out_["minimum"] = static_cast<std::int64_t>(value.lowest);
  }
  if (!limits.at_most && value.highest <= std::numeric_limits<std::uint32_t>::max()) {
    out_["maximum"] = static_cast<std::int64_t>(value.highest);
  }
}

void SchemaVisitor::text(std::string&, const Limits& limits) {
  out_["type"] = "string";
  if (limits.non_empty) {
    out_["minLength"] = 1;
  }
  if (!limits.words.empty()) {
    out_["enum"] = limits.words;
  }
}

/// Draft-07 has no place of its own for what a value means.
void SchemaVisitor::choice(Choice& value) {
  std::string description = out_.value("description", "");
  for (const Choice::Row& row : value.rows) {
    description += fmt::format("{}{}: {}", description.empty() ? "" : "\n", row.text, row.help);
  }
  out_["description"] = description;
  out_["enum"] = value.texts();
}

void SchemaVisitor::quantity(std::string_view units, std::string_view example,
                             const Limits& limits) {
  out_["type"] = "string";
  out_["pattern"] = fmt::format("^-?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)? *({})$", units);
  out_["examples"] = {example};
  if (limits.positive) {
    note(out_, "greater than zero");
  }
  if (limits.at_least) {
    note(out_, "at least " + limits.at_least->text);
  }
  if (limits.at_most) {
    note(out_, "at most " + limits.at_most->text);
  }
  for (const Limit& limit : limits.sizes) {
    out_["enum"].push_back(limit.text);
  }
}

void SchemaVisitor::list(Sequence& value, const Limits& limits) {
  Json item = Json::object();
  SchemaVisitor items(item);
  value.sample(items);
  if (limits.one_or_more) {
    out_["anyOf"] = {item, {{"type", "array"}, {"items", item}}};
    return;
  }
  out_["type"] = "array";
  if (limits.non_empty) {
    out_["minItems"] = 1;
  }
  out_["items"] = std::move(item);
}

void SchemaVisitor::table(Table& value) {
  out_["type"] = "object";
  out_["additionalProperties"] = Json::object();
  SchemaVisitor items(out_["additionalProperties"]);
  value.sample(items);
}

void SchemaVisitor::maybe(Maybe& value) {
  Json inner = Json::object();
  SchemaVisitor visitor(inner);
  value.sample(visitor);
  out_["anyOf"] = {inner, {{"type", "null"}}};
}

void SchemaVisitor::structure(const Describe& describe) {
  ObjectSchema fields(out_);
  describe(fields);
  fields.finish();
}

void SchemaVisitor::reference(const std::string& folder, const Describe& describe) {
  Json inlined = Json::object();
  ObjectSchema fields(inlined);
  describe(fields);
  fields.finish();
  if (!inlined["properties"].contains("name")) {
    inlined["properties"]["name"] = {
        {"type", "string"}, {"description", "a file in " + folder + " that has what is left out"}};
    if (inlined.contains("anyOf")) {
      inlined["anyOf"].push_back({{"required", {"name"}}});
    }
  }
  const Json name = {{"type", "string"}, {"description", "a file in " + folder}};
  out_["anyOf"] = {name, inlined};
}

void SchemaVisitor::variant(const Variant& choice, const Registry& registry) {
  std::any options = choice.make();
  out_["description"] = choice.help;
  ObjectSchema fields(out_);
  out_["properties"]["name"] = {{"const", choice.name}};
  fields.require("name");
  choice.describe(fields, options);
  if (registry.completes()) {
    const Json file = {{"type", "string"}, {"not", {{"enum", registry.names()}}}};
    fields.finish_named({{"anyOf", {{{"const", choice.name}}, file}}});
  } else {
    fields.finish();
  }
}

void SchemaVisitor::tagged(Tagged&, const Registry& registry) {
  Json name = {{"type", "string"}, {"description", registry.noun() + " by name"}};
  if (registry.folder().empty()) {
    name["enum"] = registry.names();
  } else {
    note(name, "or a file in " + registry.folder());
  }
  // Not oneOf: an object whose name is in a file that it extends may fit several.
  out_["anyOf"] = {name};
  for (const Variant& choice : registry.variants()) {
    Json inlined = Json::object();
    SchemaVisitor(inlined).variant(choice, registry);
    out_["anyOf"].push_back(std::move(inlined));
  }
}

nlohmann::ordered_json detail::schema(const Accept& accept, const std::string& title) {
  Json out = {{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", title}};
  SchemaVisitor visitor(out);
  accept(visitor);
  return out;
}

}  // namespace dsmsim::config
