#include "sim/experiment/registries.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace dsmsim {
namespace {

struct Registries {
  std::vector<ProtocolRow> protocols;
  std::vector<ProgramRow> programs;
};

Registries& registries() {
  static Registries all;
  return all;
}

template <class Row>
config::Registry registry_of(const std::string& noun, const std::string& folder,
                             const std::vector<Row>& rows) {
  if (rows.empty()) {
    throw std::logic_error("no " + noun + " has been handed in");
  }
  config::Registry registry(noun, folder);
  for (const Row& row : rows) {
    registry.add(row.variant);
  }
  return registry;
}

template <class Row>
const Row& find_row(const std::vector<Row>& rows, const std::string& name) {
  const auto at = std::find_if(rows.begin(), rows.end(),
                               [&](const Row& row) { return row.variant.name == name; });
  if (at == rows.end()) {
    throw std::logic_error("\"" + name + "\" has not been handed in");
  }
  return *at;
}

}  // namespace

void hand_in(std::vector<ProtocolRow> protocols, std::vector<ProgramRow> programs) {
  if (!registries().protocols.empty()) {
    throw std::logic_error("engines and programs are handed in once");
  }
  registries() = {std::move(protocols), std::move(programs)};
}

const std::vector<ProtocolRow>& protocol_rows() { return registries().protocols; }
const std::vector<ProgramRow>& program_rows() { return registries().programs; }

const ProtocolRow& protocol_row(const std::string& name) { return find_row(protocol_rows(), name); }
const ProgramRow& program_row(const std::string& name) { return find_row(program_rows(), name); }

// Descriptions are asked for in many places, and a registry must outlive the reading.
const config::Registry& protocol_registry() {
  static const config::Registry registry =
      registry_of("protocol", "protocols", protocol_rows()).complete_from_files();
  return registry;
}

const config::Registry& program_registry() {
  static const config::Registry registry = [] {
    config::Registry made = registry_of("program", "workloads", program_rows());
    for (const ProgramRow& row : program_rows()) {
      if (row.reads_properties) {
        made.read_properties(row.variant.name);
      }
    }
    return made;
  }();
  return registry;
}

}  // namespace dsmsim
