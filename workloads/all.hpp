#pragma once
// The list of programs: what an experiment may name as its "program". Adding a program is one
// folder and one row in all.cpp.

#include <any>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/base/config/tagged.hpp"
#include "sim/dsm/program.hpp"

namespace dsmsim {

struct ProgramRow {
  config::Variant variant;  ///< its name, one line about it, its options
  std::string citation;
  std::function<std::unique_ptr<Program>(const std::any& options)> make;
};

std::vector<ProgramRow> all_programs();

}  // namespace dsmsim
