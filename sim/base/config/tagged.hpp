#pragma once
// Sections that choose one of several registered descriptions by name, such as the engine or the
// workload of an experiment. A Registry is built by whoever knows the list (protocols/all.cpp,
// workloads/all.cpp) and handed to Fields::tagged; it must outlive the reading.

#include <any>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/base/config/fields.hpp"

namespace dsmsim::config {

/// One choice: its name, one line about it, and how to make and describe its options.
struct Variant {
  std::string name;
  std::string help;
  std::function<std::any()> make;
  std::function<void(Fields&, std::any&)> describe;
};

/// The variant whose options are the described struct T.
template <class T>
Variant variant(std::string name, std::string help) {
  return {std::move(name), std::move(help), [] { return std::any(T{}); },
          [](Fields& fields, std::any& options) { describe(fields, *std::any_cast<T>(&options)); }};
}
/// A variant without options.
Variant variant(std::string name, std::string help);

class Registry {
 public:
  /// `noun` is for messages ("engine"). With a folder, text that names a file
  /// `<search directory>/<folder>/<text>.json` stands for that section; only then is it a name.
  explicit Registry(std::string noun, std::string folder = "")
      : noun_(std::move(noun)), folder_(std::move(folder)) {}
  /// An object with a "name" takes what it leaves out from the file of that name, too.
  Registry& complete_from_files() {
    completes_ = true;
    return *this;
  }
  bool completes() const { return completes_; }
  /// Text that names a file which is no JSON stands for that variant, with the file as its
  /// "properties".
  Registry& read_properties(std::string variant) {
    properties_of_ = std::move(variant);
    return *this;
  }
  const std::string& properties_of() const { return properties_of_; }
  Registry& add(Variant choice) {
    variants_.push_back(std::move(choice));
    return *this;
  }
  const std::string& noun() const { return noun_; }
  const std::string& folder() const { return folder_; }
  const std::vector<Variant>& variants() const { return variants_; }
  std::vector<std::string> names() const;
  const Variant* find(std::string_view name) const;

 private:
  std::string noun_;
  std::string folder_;
  bool completes_ = false;
  std::string properties_of_;
  std::vector<Variant> variants_;
};

/// The choice that was read: a name and the options struct of that variant.
class Tagged {
 public:
  Tagged() = default;
  Tagged(std::string name, std::any options)
      : name_(std::move(name)), options_(std::move(options)) {}
  const std::string& name() const { return name_; }
  /// T must be the struct that the variant of this name was registered with.
  template <class T>
  const T& options() const {
    return std::any_cast<const T&>(options_);
  }
  std::any& any_options() { return options_; }
  const std::any& any_options() const { return options_; }

 private:
  std::string name_;
  std::any options_;
};

}  // namespace dsmsim::config
