#include "sim/experiment/catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "sim/base/error.hpp"
#include "sim/experiment/experiment.hpp"
#include "sim/experiment/plan.hpp"
#include "sim/experiment/registries.hpp"

namespace dsmsim {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

// A file of each kind as the only member of a document, which is named after the kind's folder.
struct NicFile {
  NicProfile nic;
};
struct TopologyFile {
  config::Tagged topology;
};
struct ClusterFile {
  ClusterConfig cluster;
};
struct ProtocolFile {
  config::Tagged protocol;
};
struct ProgramFile {
  config::Tagged program;
};
struct ReferenceFile {
  Reference reference;
};

void describe(config::Fields& f, NicFile& file) {
  f.reference("nics", file.nic, "nics", "a NIC in one kind of host");
}
void describe(config::Fields& f, TopologyFile& file) {
  f.tagged("topologies", file.topology, topology_kinds(), "a network");
}
void describe(config::Fields& f, ClusterFile& file) {
  f.reference("clusters", file.cluster, "clusters", "servers and what connects them");
}
void describe(config::Fields& f, ProtocolFile& file) {
  f.tagged("protocols", file.protocol, protocol_registry(), "an engine with its options");
}
void describe(config::Fields& f, ProgramFile& file) {
  f.tagged("workloads", file.program, program_registry(), "a program with its options");
}
void describe(config::Fields& f, ReferenceFile& file) {
  f.reference("references", file.reference, "references", "what others have measured");
}

template <class File>
ConfigKind kind(const std::string& folder) {
  return {folder, [](config::Document& document) { config::read<File>(document); },
          [folder] { return config::schema<File>(folder)["properties"][folder]; }};
}

const ConfigKind* find_kind(const std::vector<ConfigKind>& kinds, const std::string& folder) {
  const auto at = std::find_if(kinds.begin(), kinds.end(),
                               [&](const ConfigKind& kind) { return kind.folder == folder; });
  return at == kinds.end() ? nullptr : &*at;
}

/// A text that a file says of itself, or "".
std::string text_in(const ordered_json& json, const char* key) {
  return json.is_object() && json.contains(key) && json[key].is_string()
             ? json[key].get<std::string>()
             : "";
}

/// "12 runs in 4s; "
std::string size_of_experiment(const fs::path& path, const ordered_json& json,
                               const std::vector<std::string>& search_path) {
  config::Document document = config::load(path.string(), {}, search_path);
  std::size_t runs = 0;
  for (const std::vector<Axis>& axes : read_axes(document)) {
    runs += count_combinations(axes);
  }
  const std::string time = text_in(json, "typical_time");
  return fmt::format("{} run{}{}; ", std::max<std::size_t>(runs, 1), runs > 1 ? "s" : "",
                     time.empty() ? "" : ", " + time);
}

/// The first sentence of what a file says of itself; "" if it cannot be read.
std::string summary_of(const fs::path& path, const std::vector<std::string>& search_path) {
  std::ifstream file(path);
  const ordered_json json = ordered_json::parse(file, nullptr, false);
  const std::string text = text_in(json, "description");
  std::string sentence = text.substr(0, text.find(". "));
  try {
    const bool is_experiment = path.parent_path().filename() == "experiments";
    return (is_experiment ? size_of_experiment(path, json, search_path) : "") + sentence;
  } catch (const InputErrors&) {
    return sentence;
  }
}

std::vector<CatalogueEntry> files_in(const std::string& folder,
                                     const std::vector<std::string>& search_path) {
  std::map<std::string, std::string> found;
  for (const std::string& place : search_path) {
    std::error_code error;
    for (const fs::directory_entry& entry :
         fs::directory_iterator(fs::path(place) / folder, error)) {
      if (entry.path().extension() == ".json") {
        found.try_emplace(entry.path().stem().string(), summary_of(entry.path(), search_path));
      }
    }
  }
  std::vector<CatalogueEntry> entries;
  entries.reserve(found.size());
  for (const auto& [name, description] : found) {
    entries.push_back({name, description, ""});
  }
  return entries;
}

std::vector<CatalogueEntry> programs() {
  std::vector<CatalogueEntry> entries;
  for (const ProgramRow& row : program_rows()) {
    entries.push_back({row.variant.name, row.variant.help, row.citation});
  }
  return entries;
}

std::vector<CatalogueEntry> protocols() {
  std::vector<CatalogueEntry> entries;
  for (const ProtocolRow& row : protocol_rows()) {
    entries.push_back({row.variant.name, row.variant.help, row.citation});
    for (const ProtocolPreset& preset : row.presets) {
      entries.push_back({preset.name, preset.help, preset.citation});
    }
  }
  return entries;
}

/// Those that the code knows, and the files that are other configurations of them.
std::vector<CatalogueEntry> with_files(std::vector<CatalogueEntry> entries,
                                       const std::string& folder,
                                       const std::vector<std::string>& search_path) {
  for (const CatalogueEntry& file : files_in(folder, search_path)) {
    const bool known = std::any_of(entries.begin(), entries.end(),
                                   [&](const auto& entry) { return entry.name == file.name; });
    if (!known) {
      entries.push_back(file);
    }
  }
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return entries;
}

/// The configuration of that name, read as an experiment would; nothing if there is none.
template <class File>
std::optional<config::Tagged> section_named(const std::string& name, const std::string& folder,
                                            config::Tagged File::*section,
                                            const std::vector<std::string>& search_path) {
  for (const CatalogueEntry& entry : catalogue(folder, search_path)) {
    if (entry.name == name) {
      const ordered_json text = {{folder, name}};
      config::Document document = config::parse(text.dump(), "dsmsim describe", {}, search_path);
      return config::read<File>(document).*section;
    }
  }
  return std::nullopt;
}

/// The rows below what the configuration is.
std::string option_table(const std::string& key, const std::string& name,
                         const config::Tagged& section, const config::Registry& registry) {
  const std::string help = registry.find(section.name())->help;
  const std::string of =
      name == section.name() ? "" : fmt::format(" (a configuration of {})", section.name());
  std::string text = fmt::format(
      "{}{}: {}\n\"{}\": {{\"name\": \"{}\", OPTION: VALUE}}, or --set {}.OPTION=VALUE\n\n", name,
      of, help, key, name, key);
  for (const config::OptionRow& row : config::option_rows(section, registry)) {
    text += fmt::format("{:<32} {:<14} {} [{}]\n", row.path, row.value, row.help, row.type);
    for (const config::Choice::Row& value : row.values) {
      text += fmt::format("{:<32} {:<14} {}: {}\n", "", "", value.text, value.help);
    }
  }
  return text;
}

/// What `engine` in result.json may have.
std::string counter_table(const std::string& protocol) {
  std::string text = "\nCounters (\"engine\" in result.json):\n";
  for (const CounterRow& row : protocol_row(protocol).counters) {
    text += fmt::format("{:<32} {} [{}]\n", row.name, row.help, row.unit);
  }
  return text;
}

/// Whether two schemas say the same, descriptions apart.
bool same_schema(const ordered_json& a, const ordered_json& b) {
  if (a.size() - a.count("description") != b.size() - b.count("description")) {
    return false;
  }
  for (const auto& [key, value] : a.items()) {
    if (key != "description" && (!b.contains(key) || b[key] != value)) {
      return false;
    }
  }
  return true;
}

/// Puts references in the place of what is a definition, so that each stands there once.
void refer(ordered_json& schema, const ordered_json& definitions) {
  for (auto& [key, part] : schema.items()) {
    if (part.is_object()) {
      for (const auto& [name, definition] : definitions.items()) {
        if (same_schema(part, definition)) {
          const ordered_json reference = {{"$ref", "#/definitions/" + name}};
          const bool described = part.contains("description");
          part = described
                     ? ordered_json{{"description", part["description"]}, {"allOf", {reference}}}
                     : reference;
          break;
        }
      }
    }
    if (part.is_structured()) {
      refer(part, definitions);
    }
  }
}

}  // namespace

std::vector<ConfigKind> config_kinds() {
  return {kind<NicFile>("nics"),          kind<TopologyFile>("topologies"),
          kind<ClusterFile>("clusters"),  kind<ProtocolFile>("protocols"),
          kind<ProgramFile>("workloads"), kind<ReferenceFile>("references")};
}

void validate_file(const std::string& file, const std::vector<std::string>& settings,
                   const std::vector<std::string>& search_path) {
  const fs::path path = file;
  const std::string folder = fs::absolute(path).parent_path().filename().string();
  const std::vector<ConfigKind> kinds = config_kinds();
  const ConfigKind* kind = find_kind(kinds, folder);
  if (kind == nullptr || !fs::exists(path)) {
    read_plan(file, settings, search_path);
    return;
  }
  const ordered_json document = {{folder, path.filename().string()}};
  config::Document wrapped = config::parse(document.dump(), file, {}, search_path);
  kind->read(wrapped);
}

ordered_json full_schema() {
  ordered_json definitions;
  for (const ConfigKind& kind : config_kinds()) {
    definitions[kind.folder] = kind.schema();
  }
  ordered_json schema = config::schema<Experiment>("dsmsim experiment");
  // What an axis sets need not stand in the file itself.
  schema["anyOf"].push_back({{"required", {"axes"}}});
  refer(schema["properties"], definitions);
  for (auto& [name, definition] : definitions.items()) {
    refer(definition, definitions);
  }
  schema["definitions"] = std::move(definitions);
  return schema;
}

std::vector<std::string> catalogue_names() {
  return {"protocols", "workloads", "nics", "topologies", "clusters", "experiments", "references"};
}

std::vector<CatalogueEntry> catalogue(const std::string& what,
                                      const std::vector<std::string>& search_path) {
  if (what == "protocols") {
    return with_files(protocols(), what, search_path);
  }
  if (what == "workloads") {
    return with_files(programs(), what, search_path);
  }
  return files_in(what, search_path);
}

std::string description_of(const std::string& name, const std::vector<std::string>& search_path) {
  if (const auto protocol =
          section_named(name, "protocols", &ProtocolFile::protocol, search_path)) {
    return option_table("protocol", name, *protocol, protocol_registry()) +
           counter_table(protocol->name());
  }
  if (const auto program = section_named(name, "workloads", &ProgramFile::program, search_path)) {
    return option_table("program", name, *program, program_registry());
  }
  std::vector<std::string> known;
  for (const char* what : {"protocols", "workloads"}) {
    for (const CatalogueEntry& entry : catalogue(what, search_path)) {
      known.push_back(entry.name);
    }
  }
  throw Error(fmt::format("dsmsim: there is no protocol or program \"{}\"{}", name,
                          config::suggestion(name, known)));
}

}  // namespace dsmsim
