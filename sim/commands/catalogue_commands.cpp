// The verbs list, schema, validate and plot.

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sim/base/error.hpp"
#include "sim/commands/commands.hpp"
#include "sim/experiment/catalogue.hpp"
#include "sim/experiment/search_path.hpp"
#include "sim/experiment/text_table.hpp"

namespace dsmsim {

int list_command(const std::string& what, const std::vector<std::string>& configs) {
  for (const CatalogueEntry& entry : catalogue(what, config_search_path(configs))) {
    const std::string citation = entry.citation.empty() ? "" : " [" + entry.citation + "]";
    fmt::print("{:<20} {}{}\n", entry.name, entry.summary, citation);
  }
  return static_cast<int>(ExitCode::ok);
}

int describe_command(const std::string& name, const std::vector<std::string>& configs) {
  fmt::print("{}", description_of(name, config_search_path(configs)));
  return static_cast<int>(ExitCode::ok);
}

int schema_command(const std::string& what) {
  nlohmann::ordered_json schema = full_schema();
  if (!what.empty() && what != "experiments") {
    const nlohmann::ordered_json definitions = schema["definitions"];
    schema = {{"$schema", schema["$schema"]}, {"title", "dsmsim " + what}};
    schema["allOf"] = {{{"$ref", "#/definitions/" + what}}};
    schema["definitions"] = definitions;
  }
  fmt::print("{}\n", schema.dump(1));
  return static_cast<int>(ExitCode::ok);
}

int validate_command(const std::vector<std::string>& files,
                     const std::vector<std::string>& settings,
                     const std::vector<std::string>& configs) {
  const std::vector<std::string> search_path = config_search_path(configs);
  std::vector<std::string> mistakes;
  for (const std::string& file : files) {
    try {
      validate_file(file, settings, search_path);
      fmt::print("{}: fine\n", file);
    } catch (const InputErrors& errors) {
      mistakes.insert(mistakes.end(), errors.lines().begin(), errors.lines().end());
    }
  }
  std::fflush(stdout);
  if (!mistakes.empty()) {
    throw InputErrors(mistakes);
  }
  return static_cast<int>(ExitCode::ok);
}

int plot_command(const std::string& folder) {
  if (!std::filesystem::is_directory(folder)) {
    throw Error(folder + ": there is no such folder");
  }
  hand_over_to_python({"plot", folder});
}

void hand_over_to_python(const std::vector<std::string>& arguments) {
  std::string path = python_folder().string();
  if (const char* others = std::getenv("PYTHONPATH"); others != nullptr && *others != '\0') {
    path += std::string(":") + others;
  }
  setenv("PYTHONPATH", path.c_str(), 1);
  // Debian's interpreter has the packages of packages.txt; another one that comes first in PATH may
  // not.
  constexpr const char* kPython = "/usr/bin/python3";
  std::vector<std::string> words = {kPython, "-m", "dsmsim"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  std::fflush(stdout);
  execv(kPython, argv.data());
  throw Error(ExitCode::internal, fmt::format("{}: {}", kPython, std::strerror(errno)));
}

}  // namespace dsmsim
