#pragma once
// Every message: one-sided verbs from the server that asks to the home of the object, whose CPU
// sees none of them.

#include "sim/base/ids.hpp"
#include "sim/dsm/kit/messages.hpp"

namespace dsmsim::nocache {

// clang-format off
#define NOCACHE_MESSAGES(MESSAGE) \
  MESSAGE(read, "READ", Verb::read, Purpose::fetch) \
  MESSAGE(write, "WRITE", Verb::write, Purpose::write_back) \
  MESSAGE(fetch_add, "FETCH_ADD", Verb::fetch_add, Purpose::write_back) \
  MESSAGE(compare_swap, "COMPARE_SWAP", Verb::compare_swap, Purpose::write_back) \
  MESSAGE(lock, "LOCK", Verb::compare_swap, Purpose::control) \
  MESSAGE(count_reader, "COUNT_READER", Verb::fetch_add, Purpose::control) \
  MESSAGE(unlock, "UNLOCK", Verb::fetch_add, Purpose::control) \
  MESSAGE(reserve, "RESERVE", Verb::fetch_add, Purpose::control)
// clang-format on
DSMSIM_MESSAGES(MessageKind, MessageRow, NOCACHE_MESSAGES);

/// What a request says, for whoever looks at it on its way: on the wire it is an address.
struct Asked {
  ObjectId object;
  std::uint64_t operand = 0;  ///< what an atomic adds or puts there
};

}  // namespace dsmsim::nocache
