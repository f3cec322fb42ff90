#include "sim/experiment/specimen.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/experiment/experiment.hpp"
#include "sim/experiment/registries.hpp"

namespace dsmsim {
namespace {

/// What --set changes, as a document.
struct SpecimenConfig {
  config::Tagged protocol;
  Bytes memory = Bytes(1 << 20);
  std::string mutant;
};

void describe(config::Fields& f, SpecimenConfig& config) {
  f.tagged("protocol", config.protocol, protocol_registry(), "the coherence engine");
  f.optional("memory", config.memory, "the partition of each server", config::positive());
  f.optional("mutant", config.mutant, "a defect to put into the engine, in a build with mutants");
}

SpecimenConfig read_config(const std::string& protocol, const std::vector<std::string>& settings,
                           const std::vector<std::string>& search_path) {
  std::vector<std::string> paths;
  for (const std::string& setting : settings) {
    const std::string key = setting.substr(0, setting.find('='));
    paths.push_back(key == "memory" || key == "mutant" ? setting : "protocol." + setting);
  }
  const nlohmann::ordered_json text = {{"protocol", protocol}};
  config::Document document = config::parse(text.dump(), "dsmsim", paths, search_path);
  return config::read<SpecimenConfig>(document);
}

}  // namespace

Specimen make_specimen(const std::string& protocol, const std::vector<std::string>& settings,
                       const std::vector<std::string>& search_path) {
  const SpecimenConfig config = read_config(protocol, settings, search_path);
  const ProtocolRow& row = protocol_row(config.protocol.name());
  const std::any options = row.timeless(config.protocol.any_options());
  Specimen specimen{[&row, options, mutant = config.mutant](EngineContext context) {
                      context.mutant = mutant;
                      return row.make(context, options);
                    },
                    config.memory, row.memory_servers_each ? row.memory_servers_each(options) : 0};
  specimen.least_servers = least_servers(specimen);
  return specimen;
}

std::vector<std::string> scarce_settings(const std::string& protocol,
                                         const std::vector<std::string>& others,
                                         const std::vector<std::string>& search_path) {
  const SpecimenConfig config = read_config(protocol, {}, search_path);
  const ProtocolRow& row = protocol_row(config.protocol.name());
  std::vector<std::string> settings = row.scarce;
  for (const ProtocolPreset& preset : row.presets) {
    settings = preset.name == protocol ? preset.scarce : settings;
  }
  settings.insert(settings.end(), others.begin(), others.end());
  return settings;
}

std::vector<std::vector<std::string>> detour_settings(const std::string& protocol,
                                                      const std::vector<std::string>& others,
                                                      const std::vector<std::string>& search_path) {
  const SpecimenConfig config = read_config(protocol, {}, search_path);
  const ProtocolRow& row = protocol_row(config.protocol.name());
  const bool preset = std::any_of(row.presets.begin(), row.presets.end(),
                                  [&](const ProtocolPreset& p) { return p.name == protocol; });
  std::vector<std::vector<std::string>> all;
  for (std::size_t i = 0; i < row.detours.size() && !preset; ++i) {
    all.push_back(row.scarce);
    all.back().push_back(row.detours[i]);
    all.back().insert(all.back().end(), others.begin(), others.end());
  }
  return all;
}

std::vector<std::string> repairs_of(const std::string& protocol,
                                    const std::vector<std::string>& search_path) {
  return protocol_row(read_config(protocol, {}, search_path).protocol.name()).repairs;
}

std::vector<std::string> explorable_protocols() {
  std::vector<std::string> names;
  for (const ProtocolRow& row : protocol_rows()) {
    if (!row.single_server) {
      names.push_back(row.variant.name);
    }
    for (const ProtocolPreset& preset : row.presets) {
      names.push_back(preset.name);
    }
  }
  return names;
}

}  // namespace dsmsim
