#pragma once
// The kinds of configuration files, each in a folder of its own below configs/, and what is there
// to choose from. For the verbs list, schema and validate.

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "sim/base/config.hpp"

namespace dsmsim {

/// A kind of file that others refer to by name; experiments are not among them.
struct ConfigKind {
  std::string folder;
  /// Reads a document {"<folder>": "<path of the file>"}; throws InputErrors.
  std::function<void(config::Document&)> read;
  std::function<nlohmann::ordered_json()> schema;
};
std::vector<ConfigKind> config_kinds();

/// Reads a file of the kind that its folder is named after, or an experiment. Throws InputErrors.
void validate_file(const std::string& file, const std::vector<std::string>& settings,
                   const std::vector<std::string>& search_path);

/// The schema of experiments with those of all other kinds among its "definitions": what
/// configs/schema.json holds.
nlohmann::ordered_json full_schema();

struct CatalogueEntry {
  std::string name;
  std::string summary;  ///< of an experiment with its number of runs and the time that they take
  std::string citation;
};
/// `what`: protocols, workloads, or a folder of the search path. Engines and programs are listed
/// with all configurations of them.
std::vector<CatalogueEntry> catalogue(const std::string& what,
                                      const std::vector<std::string>& search_path);
/// What catalogue() knows.
std::vector<std::string> catalogue_names();

/// What `dsmsim describe` says of a protocol or a program, with the values of its configuration.
/// Throws Error with a suggestion if there is none of that name.
std::string description_of(const std::string& name, const std::vector<std::string>& search_path);

}  // namespace dsmsim
