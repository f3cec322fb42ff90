#include "tests/base/config_example.hpp"

#include "sim/base/error.hpp"

namespace example {

void describe(config::Fields& f, Cache& c) {
  f.optional("entries", c.entries, "connections that fit", config::range(1, 65536));
  f.optional("miss", c.miss, "time to fetch one");
}

void describe(config::Fields& f, Nic& n) {
  f.required("name", n.name, "for tables", config::non_empty());
  f.required("post", n.post, "CPU time to build a WQE", config::positive());
  f.optional("mtu", n.mtu, "path MTU", config::range(256_B, 4096_B));
  f.optional("link", n.link, "line rate", config::positive());
  f.optional("copy", n.copy, "cost of a copy");
  f.nested("cache", n.cache, "connection cache");
  f.sources(n.sources);
  f.check(n.post < n.cache.miss, "post", "must be shorter than a cache miss");
}

void describe(config::Fields& f, Ownership& o) {
  f.optional("cache", o.cache, "bytes of copies");
  f.optional("lazy", o.lazy, "evict late");
}

void describe(config::Fields& f, Directory& d) {
  f.optional("workers", d.workers, "threads a server", config::at_least(1));
  f.required("block", d.block, "coherence unit", config::one_of({512_B, 4096_B}));
}

const config::Registry& engines() {
  static const config::Registry registry =
      config::Registry("engine", "engines")
          .add(config::variant<Ownership>("drust", "ownership"))
          .add(config::variant<Directory>("gam", "directory"))
          .add(config::variant("local", "no DSM"));
  return registry;
}

void describe(config::Fields& f, Experiment& e) {
  f.optional("servers", e.servers, "servers of the cluster", config::positive());
  f.optional("load", e.load, "offered load", config::range(0.0, 1.0));
  f.optional("offset", e.offset, "a small number");
  f.optional("label", e.label, "for plots", config::one_of({"", "first", "second"}));
  f.optional("transport", e.transport, "kind of queue pair");
  f.optional("counts", e.counts, "some numbers", config::at_most(100));
  f.optional("delays", e.delays, "some times", config::non_empty());
  f.optional("limit", e.limit, "bytes at most");
  f.optional("weights", e.weights, "by name", config::at_least(0.0));
  f.optional("extra", e.extra, "anything");
  f.reference("nic", e.nic, "nics", "the NIC");
  f.tagged("engine", e.engine, engines(), "the engine", "local");
  f.tagged("others", e.others, engines(), "engines to compare with");
  f.sources(e.sources);
}

std::vector<std::string> complaints(const std::string& text,
                                    const std::vector<std::string>& overrides,
                                    const std::vector<std::string>& search_dirs) {
  try {
    config::Document document = config::parse(text, "a.json", overrides, search_dirs);
    config::read<Experiment>(document);
    return {};
  } catch (const dsmsim::InputErrors& errors) {
    return errors.lines();
  }
}

const char* const kGoodExperiment = R"({"nic": {"name": "test", "post": "100ns"})";

}  // namespace example
