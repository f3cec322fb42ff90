#pragma once
// A small configuration with a member of every kind, for the tests of sim/base/config.

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/config.hpp"
#include "tests/support/scratch.hpp"

namespace example {

using dsmsim::Bytes;
using dsmsim::Duration;
using dsmsim::PerByte;
using dsmsim::Rate;
using namespace dsmsim::literals;
namespace config = dsmsim::config;

enum class Transport { rc, ud };
constexpr auto config_values(Transport) {
  using enum Transport;
  return std::to_array<config::Value<Transport>>({
      {rc, "rc", "reliable connection"},
      {ud, "ud", "unreliable datagram"},
  });
}

struct Cache {
  unsigned entries = 256;
  Duration miss = 400_ns;
};
void describe(config::Fields& f, Cache& c);

struct Nic {
  std::string name;
  Duration post;
  Bytes mtu = 4096_B;
  Rate link = 40_Gbps;
  PerByte copy;
  Cache cache;
  config::Sources sources;
};
void describe(config::Fields& f, Nic& n);

struct Ownership {
  Bytes cache = 64_MiB;
  bool lazy = true;
};
void describe(config::Fields& f, Ownership& o);

struct Directory {
  int workers = 1;
  Bytes block;
};
void describe(config::Fields& f, Directory& d);

const config::Registry& engines();

struct Experiment {
  std::uint32_t servers = 4;
  double load = 0.5;
  std::int8_t offset = -1;
  std::string label;
  Transport transport = Transport::rc;
  std::vector<int> counts;
  std::vector<Duration> delays;
  std::optional<Bytes> limit;
  std::map<std::string, double> weights;
  nlohmann::json extra;
  Nic nic;
  config::Tagged engine;
  std::vector<config::Tagged> others;
  config::Sources sources;
};
void describe(config::Fields& f, Experiment& e);

/// The folder of test configurations with nics/ and engines/ in it, removed at the end.
struct Folder : Scratch {
  /// Writes a file below the folder and returns its path.
  std::string write(const std::string& name, const std::string& text) const {
    return (Scratch::path() / file(name, text)).string();
  }
  std::string path() const { return Scratch::path().string(); }
};

/// The lines that reading the text as an Experiment complains with.
std::vector<std::string> complaints(const std::string& text,
                                    const std::vector<std::string>& overrides = {},
                                    const std::vector<std::string>& search_dirs = {});

/// `text` without its last '}': a valid experiment to which members can be added.
extern const char* const kGoodExperiment;

}  // namespace example
