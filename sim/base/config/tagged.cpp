#include "sim/base/config/tagged.hpp"

namespace dsmsim::config {

Variant variant(std::string name, std::string help) {
  return {std::move(name), std::move(help), [] { return std::any(); }, [](Fields&, std::any&) {}};
}

std::vector<std::string> Registry::names() const {
  std::vector<std::string> names;
  names.reserve(variants_.size());
  for (const Variant& choice : variants_) {
    names.push_back(choice.name);
  }
  return names;
}

const Variant* Registry::find(std::string_view name) const {
  for (const Variant& choice : variants_) {
    if (choice.name == name) {
      return &choice;
    }
  }
  return nullptr;
}

}  // namespace dsmsim::config
