#include "sim/base/config/write.hpp"

#include "sim/base/config.hpp"

namespace dsmsim::config {
namespace {

class ObjectWriter : public Fields {
 public:
  explicit ObjectWriter(nlohmann::ordered_json& out) : out_(out) {}

  void properties(const std::string&, File&, const std::string&, const std::string&) override {}
  void sources(Sources& sources) override {
    if (!sources.json.empty()) {
      out_.update(nlohmann::ordered_json::parse(sources.json));
    }
  }
  void check(bool, const std::string&, const std::string&) override {}

 protected:
  void field(const FieldInfo& info, const Accept& accept) override {
    Writer writer(out_[info.key]);
    accept(writer);
  }

 private:
  nlohmann::ordered_json& out_;
};

}  // namespace

void Writer::integer(Integer& value, const Limits&) {
  if (value.value < 0) {
    out_ = static_cast<std::int64_t>(value.value);
  } else {
    out_ = static_cast<std::uint64_t>(value.value);
  }
}

void Writer::choice(Choice& value) { out_ = value.rows[value.index].text; }

void Writer::list(Sequence& value, const Limits&) {
  out_ = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < value.size(); ++i) {
    nlohmann::ordered_json item;
    Writer writer(item);
    value.item(i, writer);
    out_.push_back(std::move(item));
  }
}

void Writer::table(Table& value) {
  out_ = nlohmann::ordered_json::object();
  for (const std::string& key : value.keys()) {
    Writer writer(out_[key]);
    value.item(key, writer);
  }
}

void Writer::maybe(Maybe& value) {
  if (value.has_value()) {
    value.item(*this);
  } else {
    out_ = nullptr;
  }
}

void Writer::structure(const Describe& describe) {
  out_ = nlohmann::ordered_json::object();
  ObjectWriter fields(out_);
  describe(fields);
}

void Writer::tagged(Tagged& value, const Registry& registry) {
  const Variant* variant = registry.find(value.name());
  if (variant == nullptr) {
    out_ = nullptr;  // nothing was chosen
    return;
  }
  out_ = nlohmann::ordered_json::object();
  out_["name"] = value.name();
  ObjectWriter fields(out_);
  variant->describe(fields, value.any_options());
}

nlohmann::ordered_json detail::write(const Accept& accept) {
  nlohmann::ordered_json out;
  Writer writer(out);
  accept(writer);
  return out;
}

}  // namespace dsmsim::config
