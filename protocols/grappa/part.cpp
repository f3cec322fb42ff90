#include "protocols/grappa/part.hpp"

#include "sim/base/error.hpp"
#include "sim/time/wait_for_graph.hpp"

namespace dsmsim::grappa {

void check(const Memory& memory, const Op& op, Time now) {
  if (!memory.live(op.object)) {
    refuse(op, now, "it is not allocated");
  }
  const Bytes size = memory.at(op.object).size;
  if (op.offset + (is_word(op.kind) ? Bytes(8) : op.length) > size) {
    refuse(op, now, "the object has " + to_string(size) + " only");
  }
  if (is_word(op.kind) && op.offset.count() % 8 != 0) {
    refuse(op, now, "words lie at multiples of 8 bytes, not at " + to_string(op.offset));
  }
}

void refuse(const Op& op, Time now, const std::string& why) {
  throw Error("grappa: at " + to_string(now) + ": " + std::string(to_string(op.kind)) + " of " +
              object_name(op.object) + ": " + why);
}

}  // namespace dsmsim::grappa
