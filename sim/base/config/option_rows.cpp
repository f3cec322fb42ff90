// The options of a description as rows of a table, for the verb describe.

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/base/config.hpp"
#include "sim/base/config/write.hpp"

namespace dsmsim::config {
namespace {

std::string bounds(const Limits& limits) {
  std::string text;
  const auto add = [&text](const std::string& what) { text += (text.empty() ? "" : ", ") + what; };
  if (limits.positive) {
    add("above 0");
  }
  if (limits.at_least) {
    add("at least " + limits.at_least->text);
  }
  if (limits.at_most) {
    add("at most " + limits.at_most->text);
  }
  for (const Limit& size : limits.sizes) {
    add(size.text);
  }
  for (const std::string& word : limits.words) {
    add(word);
  }
  return text.empty() ? "" : ": " + text;
}

/// Says what type a value has; a structure it leaves to the rows below it.
class TypeVisitor : public Visitor {
 public:
  std::string type;
  std::vector<Choice::Row> values;
  Describe below;

  void boolean(bool&) override { type = "true or false"; }
  void integer(Integer&, const Limits& l) override { type = "whole number" + bounds(l); }
  void real(double&, const Limits& l) override { type = "number" + bounds(l); }
  void text(std::string&, const Limits& l) override { type = "text" + bounds(l); }
  void duration(Duration&, const Limits& l) override { type = "time, as 1.9us" + bounds(l); }
  void bytes(Bytes&, const Limits& l) override { type = "size, as 4KiB" + bounds(l); }
  void rate(Rate&, const Limits& l) override { type = "rate, as 40Gbps" + bounds(l); }
  void per_byte(PerByte&, const Limits& l) override { type = "cost, as 0.25ns/B" + bounds(l); }
  void file(File&, const std::string&) override { type = "file"; }
  void choice(Choice& value) override {
    for (const Choice::Row& row : value.rows) {
      type += (type.empty() ? "" : " | ") + std::string(row.text);
    }
    values = value.rows;
  }
  void list(Sequence& value, const Limits&) override {
    TypeVisitor item;
    value.sample(item);
    type = item.below ? "list of objects" : "list: " + item.type;
    values = item.values;
  }
  void table(Table& value) override {
    TypeVisitor item;
    value.sample(item);
    type = item.below ? "table of objects" : "table: " + item.type;
    values = item.values;
  }
  void maybe(Maybe& value) override {
    if (value.has_value()) {
      value.item(*this);
    } else {
      value.sample(*this);
    }
  }
  void structure(const Describe& describe) override { below = describe; }
  void reference(const std::string& folder, const Describe&) override {
    type = "name of a file in " + folder + ", or an object";
  }
  void tagged(Tagged&, const Registry& registry) override {
    type = "one of " + quoted_list(registry.names()) + ", or an object";
  }
  void any(nlohmann::ordered_json&) override { type = "JSON"; }
};

std::string value_text(const Accept& accept) {
  nlohmann::ordered_json value;
  Writer writer(value);
  accept(writer);
  return value.is_null() ? "-" : value.is_string() ? value.get<std::string>() : value.dump();
}

/// Shows the fields of a structure to `fields` while its value lives.
class Descend : public TypeVisitor {
 public:
  explicit Descend(Fields& fields) : fields_(fields) {}
  void structure(const Describe& describe) override { describe(fields_); }

 private:
  Fields& fields_;
};

class RowFields : public Fields {
 public:
  RowFields(std::vector<OptionRow>& rows, std::string above)
      : rows_(rows), above_(std::move(above)) {}
  void properties(const std::string& key, File& value, const std::string&,
                  const std::string& help) override {
    rows_.push_back({above_ + key, "file", value.name.empty() ? "-" : value.name, help, {}});
  }
  void sources(Sources&) override {}
  void check(bool, const std::string&, const std::string&) override {}

 protected:
  void field(const FieldInfo& info, const Accept& accept) override {
    TypeVisitor visitor;
    accept(visitor);
    const std::string path = above_ + info.key;
    if (!visitor.below) {
      rows_.push_back({path, visitor.type, value_text(accept), info.help, visitor.values});
      return;
    }
    const bool absent = value_text(accept) == "-";
    rows_.push_back({path, "object", absent ? "-" : "", info.help, {}});
    RowFields fields(rows_, path + ".");
    Descend descend(fields);
    accept(descend);
  }

 private:
  std::vector<OptionRow>& rows_;
  std::string above_;
};

}  // namespace

std::vector<OptionRow> option_rows(const Tagged& section, const Registry& registry) {
  std::vector<OptionRow> rows;
  const Variant* const variant = registry.find(section.name());
  if (variant != nullptr) {
    std::any options = section.any_options();
    RowFields fields(rows, "");
    variant->describe(fields, options);
  }
  return rows;
}

}  // namespace dsmsim::config
