#pragma once
// The engines and programs that experiments may name. Nothing in sim/ knows them: whoever starts
// (the command line, the Python module, a test program) hands them in once, before anything is
// read.

#include <string>
#include <vector>

#include "sim/base/config.hpp"
#include "sim/dsm/contract/registration.hpp"

namespace dsmsim {

/// What "protocol" and "program" may be from now on. Once a process, before any of what follows.
void hand_in(std::vector<ProtocolRow> protocols, std::vector<ProgramRow> programs);

const std::vector<ProtocolRow>& protocol_rows();
const std::vector<ProgramRow>& program_rows();
/// The row of that name, which is one of them.
const ProtocolRow& protocol_row(const std::string& name);
const ProgramRow& program_row(const std::string& name);

/// The same for whoever reads a "protocol" or a "program".
const config::Registry& protocol_registry();
const config::Registry& program_registry();

}  // namespace dsmsim
