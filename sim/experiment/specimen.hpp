#pragma once
// Engines as they are explored: by name, with options, in no time.

#include <string>
#include <vector>

#include "sim/check/execution.hpp"

namespace dsmsim {

/// `protocol` as an experiment names it, changed by `settings` ("cache=512B", options of the
/// protocol, "memory=64KiB" of each server, or "mutant=gam.keep_copy"). Throws InputErrors.
Specimen make_specimen(const std::string& protocol, const std::vector<std::string>& settings,
                       const std::vector<std::string>& search_path);

/// Settings under which the engine has too little of everything (ProtocolRow::scarce), with others
/// that win.
std::vector<std::string> scarce_settings(const std::string& protocol,
                                         const std::vector<std::string>& others,
                                         const std::vector<std::string>& search_path);

/// These and, on top, each of the engine's detours (ProtocolRow::detours).
std::vector<std::vector<std::string>> detour_settings(const std::string& protocol,
                                                      const std::vector<std::string>& others,
                                                      const std::vector<std::string>& search_path);

/// ProtocolRow::repairs of its engine.
std::vector<std::string> repairs_of(const std::string& protocol,
                                    const std::vector<std::string>& search_path);

/// Engines that can be explored, as experiments name them.
std::vector<std::string> explorable_protocols();

}  // namespace dsmsim
