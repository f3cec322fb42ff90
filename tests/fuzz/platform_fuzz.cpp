// Any text as a SimGrid platform file: imported as a topology of three servers. SimGrid reads it in
// a child process each time, as the product has it (sim/fabric/in_child.hpp): what it does to
// itself there is a refusal, but what a sanitizer says of our code there is a finding.

#include "sim/base/error.hpp"
#include "sim/fabric/platform_xml.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace dsmsim {
namespace {

constexpr std::uint32_t kServers = 3;

void check(const Topology& network) {
  for (std::uint32_t from = 0; from < kServers; ++from) {
    for (std::uint32_t to = 0; to < kServers; ++to) {
      if (from != to) {
        const Route route = network.route(NodeId(from), NodeId(to), 0);
        fuzz::expect(!route.empty(), "no way between two servers");
        fuzz::expect(network.latency(route) >= Duration(), "a way of negative latency");
        fuzz::expect(network.bottleneck(route) > Rate(), "a way without a rate");
      }
    }
  }
}

/// Whether `words` are the first of a sanitizer's report, which is no quotation from the input. An
/// absurd size ends with the child's limit of memory, which is reported too.
bool is_sanitizer_report(std::string_view words) {
  const auto has = [&](std::string_view part) { return words.find(part) != words.npos; };
  const bool undefined = words.substr(words.find(' ') + 1).starts_with("runtime error: ");
  const bool address = words.starts_with("==") && has("Sanitizer: ");
  return undefined || (address && !has("ut of memory") && !has("failed to allocate"));
}

}  // namespace
}  // namespace dsmsim

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dsmsim;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string path = fuzz::input_file("platform.xml", text);
  fuzz::is_refused([&] {
    try {
      check(import_platform({.file = {"", path}}, kServers));
    } catch (const InputErrors& errors) {
      const std::string_view words = std::string_view(errors.what()).substr(path.size() + 2);
      fuzz::expect(!is_sanitizer_report(words), errors.what());
      throw;
    }
  });
  return 0;
}
