#pragma once
// The option `sharing` of systems of far memory that do not keep writable memory coherent across
// compute servers: with `directory` several servers compute, and the others, which hold the memory,
// keep a page directory (shared_pages.hpp). An extension, which results say.

#include <optional>
#include <string>
#include <string_view>

#include "sim/base/config/fields.hpp"

namespace dsmsim::paging {

enum class Sharing { none, directory };
constexpr auto config_values(Sharing) {
  using enum Sharing;
  return std::to_array<config::Value<Sharing>>({
      {none, "none", "server 0 computes, as in the published system"},
      {directory, "directory",
       "several do, and a page directory keeps their memory coherent (an extension)"},
  });
}

struct SharingOptions {
  Sharing sharing = Sharing::none;
  std::optional<std::uint32_t> compute_servers;  ///< of directory; none: half of all

  bool on() const { return sharing == Sharing::directory; }
};

/// `system` is for messages to people.
void describe_sharing(config::Fields& fields, SharingOptions& options, const std::string& system);
/// A rule for an option of a mechanism that sharing replaces: it must be left at its default.
void check_unused(config::Fields& fields, const SharingOptions& options, const std::string& key,
                  bool is_default);

/// How many of so many servers compute. Throws Misfit if they are too few; `system` is for that.
std::uint32_t compute_servers(const SharingOptions& options, std::size_t servers,
                              const std::string& system);
/// What results say.
inline constexpr std::string_view kSharingExtension =
    "sharing: directory; the published system does not keep writable memory coherent across "
    "compute "
    "servers";

}  // namespace dsmsim::paging
