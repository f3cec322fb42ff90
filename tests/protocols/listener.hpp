#pragma once
// A witness that writes down what an engine tells it.

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "sim/dsm/contract/witness.hpp"

namespace dsmsim::testing {

struct Statement {
  std::string what;
  OpToken token;
  OpToken of = 0;  ///< the contents that were read, or written upon
  Bytes offset = {};
  Bytes length = {};
  bool operator==(const Statement&) const = default;
};
using Testimony = std::vector<Statement>;

inline std::ostream& operator<<(std::ostream& out, const Statement& event) {
  return out << event.what << " " << event.token << " of " << event.of << " at "
             << to_string(event.offset) << " " << to_string(event.length);
}

/// Numbers the operations on plain data from 1, and writes down what the engine tells.
class Listener final : public Witness {
 public:
  OpToken begin(const Thread&, const Op& op) override {
    const bool data =
        op.kind == OpKind::allocate || op.kind == OpKind::read || op.kind == OpKind::write;
    return data ? ++last_ : 0;
  }
  void end(const Thread&, const Op&) override {}
  void created(std::uint64_t, OpToken name) override { events_.push_back({"created", name}); }
  void wrote(OpToken write, const Extent& extent, OpToken base) override {
    events_.push_back({"wrote", write, base, extent.offset, extent.length});
  }
  void read(OpToken read, const Extent& extent, OpToken found) override {
    events_.push_back({"read", read, found, extent.offset, extent.length});
  }
  void read_early(OpToken read, const Extent& extent, OpToken write) override {
    events_.push_back({"read early", read, write, extent.offset, extent.length});
  }
  Testimony heard() { return std::exchange(events_, {}); }

 private:
  OpToken last_ = 0;
  Testimony events_;
};

}  // namespace dsmsim::testing
