#pragma once
// A configuration as a tree of values that know their places: files, what they extend, and the
// overrides of the command line laid on top. Made by load() or parse(), consumed by config::read
// (config.hpp). Mistakes are collected in the document and thrown together.

#include <any>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/config/tree.hpp"

namespace dsmsim::config {

class Document {
 public:
  /// Carries out `a.b.0.c=value` (value is JSON, else text). Below text that names a file or
  /// variant it changes what the name stands for. A mistake is a problem of the document.
  void set(const std::string& assignment);
  /// Sets `path` (dotted) to what stands at `pointer` in `from`, with its place.
  void copy(const std::string& path, const Document& from, std::string_view pointer);
  /// Takes a member of the whole configuration away.
  void erase(std::string_view key);

  /// Where that is written which stands at a JSON pointer of the whole configuration; of what is
  /// nowhere, the place of the nearest value above it, and `found` says so.
  Place place_of(std::string_view pointer, bool& found);
  /// Reports a mistake at a JSON pointer of the whole configuration (for rules that a description
  /// cannot know, such as "the topology is not connected"); the nearest existing value is named.
  void problem(std::string_view pointer, const std::string& message);
  /// Throws InputErrors with all problems so far.
  void throw_if_problems() const { problems_.throw_if_any(); }

  const std::vector<std::string>& search_dirs() const { return search_dirs_; }

  // For the reader (config/read.cpp).
  Node& root() { return root_; }
  Problems& problems() { return problems_; }
  /// Fields::memory(), and files that were looked up.
  std::map<std::string, std::any>& memory() { return *memory_; }
  /// The content of the first `<search directory>/<folder>/<name>.json`, else of `name` as a path
  /// relative to the place of the name; nothing when there is no such file or it is broken (the
  /// latter is a problem already; `found` tells).
  std::optional<Node> load_reference(const std::string& folder, const std::string& name,
                                     const Place& from, bool& found);
  /// The path of the file `name`, relative to the place of the name or else to
  /// `<search directory>/<folder>`; "" when there is none.
  std::string locate(const std::string& folder, const std::string& name, const Place& from) const;
  /// The entries of a Java properties file as an object, "." in their names as "_"; `from` is where
  /// the file is named.
  Node load_properties(const std::string& path, const Place& from);
  /// The names that load_reference knows in the folder, sorted.
  std::vector<std::string> reference_names(const std::string& folder) const;

 private:
  std::optional<Node> load_once(const std::string& path, const Place& from);
  friend Document load(const std::string& path, const std::vector<std::string>& overrides,
                       std::vector<std::string> search_dirs);
  friend Document parse(std::string_view text, const std::string& name,
                        const std::vector<std::string>& overrides,
                        std::vector<std::string> search_dirs);
  class Loader;

  /// A text that cannot be used at all is a reason to stop at once.
  void start(std::optional<Node> root, const std::vector<std::string>& overrides);

  Node root_;
  Problems problems_;
  std::vector<std::string> search_dirs_;
  std::size_t sources_ = 0;  ///< texts seen so far
  /// Shared by copies.
  std::shared_ptr<std::map<std::string, std::any>> memory_ =
      std::make_shared<std::map<std::string, std::any>>();
};

/// Reads a file, resolves "extends" in every object of it (a path or a list of paths, relative to
/// the file's folder, then to the search directories; later ones and the object itself win), then
/// applies the overrides in order. Throws InputErrors only when the file itself cannot be read or
/// parsed.
Document load(const std::string& path, const std::vector<std::string>& overrides = {},
              std::vector<std::string> search_dirs = {});
/// The same for text that is in memory; `name` stands for the file.
Document parse(std::string_view text, const std::string& name,
               const std::vector<std::string>& overrides = {},
               std::vector<std::string> search_dirs = {});

}  // namespace dsmsim::config
