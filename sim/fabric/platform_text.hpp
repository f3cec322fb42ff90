#pragma once
// A SimGrid platform file as text, before SimGrid sees it (platform_xml.hpp). A data file must not
// decide what the simulator opens, loads or writes, and SimGrid would let it: <config> can truncate
// any file (tracing/filename) and load plug-ins, profiles are read from files that it names. So
// SimGrid is handed a copy in which only the network is left, line by line where it was; the rest
// is judged here. Needs no SimGrid and opens nothing.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace dsmsim {

/// A time-dependent availability of a host or a link: bandwidth_file, state_file, <trace_connect>.
struct PlatformProfile {
  std::size_t line = 0;
  std::string element;  ///< the name of its host or link; "": of several, or a name that we cannot
                        ///< read, so that it may concern every server
  std::string what;     ///< "the bandwidth_file of link \"trunk\""
  bool of_speed = false;  ///< it only concerns how fast a host computes
};

struct PlatformText {
  std::string network;  ///< the text without <config>, profiles and comments, lines as they were
  std::vector<PlatformProfile> profiles;
  std::vector<std::string> mistakes;  ///< to follow the name of the file: ":LINE  what is wrong"
};

/// What SimGrid takes for a host or for several, at most; more are a mistake of the file.
inline constexpr std::uint64_t kMostPlatformHosts = 200'000;

/// Mistakes are: text that is no XML, a document type with declarations of its own (entities),
/// <include>, <actor> and <process>, a setting in <config> that is none of a model, more hosts than
/// kMostPlatformHosts. Settings of models are passed over: no model of SimGrid is used.
PlatformText read_platform_text(const std::string& text);

}  // namespace dsmsim
