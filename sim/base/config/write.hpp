#pragma once
// Writes described values as JSON: the effective configuration, and the defaults in the schema.

#include <nlohmann/json.hpp>

#include "sim/base/config/fields.hpp"

namespace dsmsim::config {

class Writer : public Visitor {
 public:
  explicit Writer(nlohmann::ordered_json& out) : out_(out) {}

  void boolean(bool& value) override { out_ = value; }
  void integer(Integer& value, const Limits& limits) override;
  void real(double& value, const Limits&) override { out_ = value; }
  void text(std::string& value, const Limits&) override { out_ = value; }
  void duration(Duration& value, const Limits&) override { out_ = to_string(value); }
  void bytes(Bytes& value, const Limits&) override { out_ = to_string(value); }
  void rate(Rate& value, const Limits&) override { out_ = to_string(value); }
  void per_byte(PerByte& value, const Limits&) override { out_ = to_string(value); }
  void file(File& value, const std::string&) override { out_ = value.name; }
  void choice(Choice& value) override;
  void list(Sequence& value, const Limits& limits) override;
  void table(Table& value) override;
  void maybe(Maybe& value) override;
  void structure(const Describe& describe) override;
  void reference(const std::string&, const Describe& describe) override { structure(describe); }
  void tagged(Tagged& value, const Registry& registry) override;
  void any(nlohmann::ordered_json& value) override { out_ = value; }

 private:
  nlohmann::ordered_json& out_;
};

}  // namespace dsmsim::config
