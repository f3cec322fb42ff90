#pragma once
// Configuration: strict reading with located errors, writing of the effective configuration, and
// the JSON Schema, all three from one description per struct (config/fields.hpp).
//
//   config::Document document = config::load("demo.json", {"nic.mtu=1KiB"}, {"configs"});
//   auto experiment = config::read<Experiment>(document);
//
// Every mistake of an input is reported in one go as InputErrors (exit code 2), one line each:
// `file:line:column  /json/pointer  what is wrong; did you mean ...`. The pointer is that of the
// file which is named. Callers of write() and schema() include <nlohmann/json.hpp>.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "sim/base/config/document.hpp"
#include "sim/base/config/fields.hpp"
#include "sim/base/config/tagged.hpp"

namespace dsmsim::config {

namespace detail {
void read(Document& document, const Accept& accept);
nlohmann::ordered_json write(const Accept& accept);
nlohmann::ordered_json schema(const Accept& accept, const std::string& title);
}  // namespace detail

/// The whole document as a T. Names of files are replaced by their content in the document, so that
/// Document::problem finds the places of what was read. Throws InputErrors with all problems,
/// including those that loading found.
template <class T>
T read(Document& document) {
  T value{};
  detail::read(document, [&](Visitor& visitor) { visit(visitor, value, {}); });
  return value;
}

/// The effective configuration, defaults included: reading it back gives the same struct.
template <class T>
auto write(T value) {
  return detail::write([&](Visitor& visitor) { visit(visitor, value, {}); });
}

/// The options that a description has, for people: one row each, in order of description.
struct OptionRow {
  std::string path;   ///< "costs.read"
  std::string type;   ///< "size, at most 1 MiB", with its unit where it has one
  std::string value;  ///< as read; the default, of a value that was made and not read
  std::string help;
  std::vector<Choice::Row> values;  ///< of an enumeration
};
std::vector<OptionRow> option_rows(const Tagged& section, const Registry& registry);

/// JSON Schema (draft-07) of files that read<T> accepts. It cannot express bounds of quantities.
template <class T>
auto schema(const std::string& title) {
  T value{};
  return detail::schema([&](Visitor& visitor) { visit(visitor, value, {}); }, title);
}

}  // namespace dsmsim::config
