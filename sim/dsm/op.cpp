#include "sim/dsm/op.hpp"

#include <array>

namespace dsmsim {

std::string_view to_string(OpKind kind) {
  static constexpr std::array<std::string_view, kOpKinds> names = {
      "allocate",   "release",   "read",       "write",      "borrow",  "borrow_mut",
      "give_back",  "transfer",  "tie",        "lock",       "rlock",   "try_lock",
      "try_rlock",  "unlock",    "atomic_add", "atomic_cas", "fence",   "file_read",
      "file_write", "file_sync", "write_ef",   "write_xf",   "read_fe", "read_ff",
      "send",       "receive",   "start",      "join",       "migrate"};
  return names[static_cast<std::size_t>(kind)];
}

}  // namespace dsmsim
