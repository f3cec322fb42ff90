#include "sim/dsm/contract/op.hpp"

#include <array>

namespace dsmsim {

std::string_view to_string(OpKind kind) {
  static constexpr std::array<std::string_view, kOpKinds> names = {
      "allocate",   "release",   "read",       "write",      "borrow",  "borrow_mut",
      "give_back",  "transfer",  "tie",        "lock",       "rlock",   "try_lock",
      "try_rlock",  "unlock",    "atomic_add", "atomic_cas", "fence",   "file_read",
      "file_write", "file_sync", "write_ef",   "write_xf",   "read_fe", "read_ff",
      "send",       "receive",   "start",      "join",       "migrate", "end_phase"};
  return names[static_cast<std::size_t>(kind)];
}

Cause cause_of(const Op& op) {
  switch (op.kind) {
    case OpKind::read:
    case OpKind::file_read:
      return op.length > Bytes(0) ? Cause::read : Cause::none;
    case OpKind::write:
    case OpKind::file_write:
    case OpKind::atomic_add:
    case OpKind::atomic_cas:
      return op.length > Bytes(0) ? Cause::write : Cause::none;
    case OpKind::read_fe:
    case OpKind::read_ff:
      return Cause::read;
    case OpKind::write_ef:
    case OpKind::write_xf:
      return Cause::write;
    case OpKind::allocate:
    case OpKind::release:
    case OpKind::borrow:
    case OpKind::borrow_mut:
    case OpKind::give_back:
    case OpKind::transfer:
    case OpKind::tie:
    case OpKind::lock:
    case OpKind::rlock:
    case OpKind::try_lock:
    case OpKind::try_rlock:
    case OpKind::unlock:
    case OpKind::fence:
    case OpKind::file_sync:
    case OpKind::send:
    case OpKind::receive:
    case OpKind::start:
    case OpKind::join:
    case OpKind::migrate:
    case OpKind::end_phase:
      return Cause::none;
  }
  return Cause::none;
}

}  // namespace dsmsim
