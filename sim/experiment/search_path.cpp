#include "sim/experiment/search_path.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "sim/base/error.hpp"

namespace dsmsim {
namespace {

namespace fs = std::filesystem;

/// The program or Python module that holds this code.
fs::path own_file() {
  Dl_info info = {};
  std::error_code ignored;
  if (dladdr(reinterpret_cast<void*>(&own_file), &info) != 0 && info.dli_fname != nullptr &&
      fs::path(info.dli_fname).extension() == ".so") {
    return fs::absolute(info.dli_fname, ignored);
  }
  return fs::read_symlink("/proc/self/exe", ignored);
}

/// `part` below the folder of the program and the folders above that: bin/dsmsim finds share/...
std::vector<fs::path> near_own_file(const fs::path& part) {
  std::vector<fs::path> places;
  for (fs::path at = own_file().parent_path(); at.has_relative_path(); at = at.parent_path()) {
    places.push_back(at / part);
  }
  return places;
}

}  // namespace

std::vector<std::string> config_search_path(const std::vector<std::string>& given) {
  std::vector<std::string> found;
  const auto add = [&found](const fs::path& folder) {
    std::error_code ignored;
    const std::string name = folder.lexically_normal().string();
    if (fs::is_directory(folder, ignored) &&
        std::find(found.begin(), found.end(), name) == found.end()) {
      found.push_back(name);
    }
  };
  for (const std::string& folder : given) {
    std::error_code ignored;
    if (!fs::is_directory(folder, ignored)) {
      throw Error("--configs " + folder + ": there is no such folder");
    }
    add(folder);
  }
  if (const char* variable = std::getenv("DSMSIM_CONFIGS"); variable != nullptr) {
    std::istringstream folders(variable);
    for (std::string folder; std::getline(folders, folder, ':');) {
      add(folder);
    }
  }
  for (const fs::path& folder : near_own_file("share/dsmsim/configs")) {
    add(folder);
  }
  add(fs::path(DSMSIM_SOURCE_DIR) / "configs");
  return found;
}

namespace {

/// Of <folder>s, each of which is `a` thing.
std::string file_of(const char* kind, const std::string& a, const std::string& given,
                    const std::vector<std::string>& search_path) {
  std::error_code ignored;
  const bool is_folder = fs::is_directory(given, ignored);
  if ((fs::exists(given, ignored) && !is_folder) || given.find('\0') != std::string::npos) {
    return given;
  }
  std::vector<std::string> names;
  for (const std::string& place : search_path) {
    const fs::path folder = fs::path(place) / kind;
    if (fs::is_regular_file(folder / (given + ".json"), ignored)) {
      return (folder / (given + ".json")).string();
    }
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
      names.push_back(entry.path().stem().string());
    }
  }
  if (is_folder) {
    return given;
  }
  const std::string meant = closest(given, names);
  throw InputErrors({given + ":1:1  /  there is no such file, and no " + a + " of that name" +
                     (meant.empty() ? "" : "; did you mean \"" + meant + "\"")});
}

}  // namespace

std::string experiment_file(const std::string& given, const std::vector<std::string>& search_path) {
  return file_of("experiments", "experiment", given, search_path);
}

std::string reference_file(const std::string& given, const std::vector<std::string>& search_path) {
  return file_of("references", "paper", given, search_path);
}

fs::path litmus_folder() {
  std::vector<fs::path> places = near_own_file("share/dsmsim/litmus");
  places.push_back(fs::path(DSMSIM_SOURCE_DIR) / "tests" / "litmus");
  for (const fs::path& place : places) {
    std::error_code ignored;
    if (fs::is_directory(place, ignored)) {
      return place;
    }
  }
  throw Error(ExitCode::internal, "the litmus tests are not installed with this program");
}

fs::path python_folder() {
  std::vector<fs::path> places = near_own_file("share/dsmsim/python");
  places.push_back(own_file().parent_path() / "analysis");  // of a build, with the compiled module
  places.push_back(fs::path(DSMSIM_SOURCE_DIR) / "analysis");
  for (const fs::path& place : places) {
    std::error_code ignored;
    if (fs::exists(place / "dsmsim" / "__main__.py", ignored)) {
      return place;
    }
  }
  throw Error(ExitCode::internal, "the Python package dsmsim is not installed with this program");
}

}  // namespace dsmsim
