#pragma once
// Where the files are that belong to this program, wherever it was built or installed.

#include <filesystem>
#include <string>
#include <vector>

namespace dsmsim {

/// The folders in which configurations are looked for that a file names ("nic": "cx3-ib40"), in
/// order: those given by the user (--configs), those of the environment variable DSMSIM_CONFIGS
/// (separated by colons), share/dsmsim/configs of the installation, configs of the source tree.
/// Only folders that exist, each once; throws Error if one of `given` does not.
std::vector<std::string> config_search_path(const std::vector<std::string>& given = {});

/// The file of an experiment: `given` if there is such a file, else the first
/// <folder>/experiments/<given>.json. Throws Error, with a suggestion, if there is neither.
std::string experiment_file(const std::string& given, const std::vector<std::string>& search_path);

/// The same of a paper's figures (reference.hpp): <folder>/references/<given>.json.
std::string reference_file(const std::string& given, const std::vector<std::string>& search_path);

/// The folder of the litmus tests that belong to this program; throws Error if there is none.
std::filesystem::path litmus_folder();

/// The folder that holds the Python package dsmsim; throws Error if there is none.
std::filesystem::path python_folder();

}  // namespace dsmsim
