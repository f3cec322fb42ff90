#include "protocols/grappa/messages.hpp"

#include <stdexcept>

namespace dsmsim::grappa {

const char* to_string(Kind kind) {
  constexpr const char* kNames[kKinds] = {
      "read",     "write",     "atomic_add",  "atomic_cas", "lock",    "rlock",
      "try_lock", "try_rlock", "unlock",      "allocate",   "release", "write_ef",
      "write_xf", "read_fe",   "read_ff",     "completion", "enroll",  "start",
      "leave",    "reset",     "acknowledge", "wake"};
  return kNames[static_cast<std::size_t>(kind)];
}

Kind kind_of(OpKind kind) {
  switch (kind) {
    case OpKind::read:
      return Kind::read;
    case OpKind::write:
      return Kind::write;
    case OpKind::atomic_add:
      return Kind::add;
    case OpKind::atomic_cas:
      return Kind::cas;
    case OpKind::lock:
      return Kind::lock;
    case OpKind::rlock:
      return Kind::rlock;
    case OpKind::try_lock:
      return Kind::try_lock;
    case OpKind::try_rlock:
      return Kind::try_rlock;
    case OpKind::unlock:
      return Kind::unlock;
    case OpKind::allocate:
      return Kind::allocate;
    case OpKind::release:
      return Kind::release;
    case OpKind::write_ef:
      return Kind::write_ef;
    case OpKind::write_xf:
      return Kind::write_xf;
    case OpKind::read_fe:
      return Kind::read_fe;
    case OpKind::read_ff:
      return Kind::read_ff;
    case OpKind::borrow:  // without a message
    case OpKind::borrow_mut:
    case OpKind::give_back:
    case OpKind::transfer:
    case OpKind::tie:
    case OpKind::fence:
    case OpKind::file_read:  // not offered
    case OpKind::file_write:
    case OpKind::file_sync:
    case OpKind::send:  // answered by others
    case OpKind::receive:
    case OpKind::start:
    case OpKind::join:
    case OpKind::migrate:
    case OpKind::end_phase:
      break;
  }
  throw std::logic_error("no delegate");
}

DataBytes data_of(const Message& message) {
  switch (message.kind) {
    case Kind::read:
    case Kind::read_fe:
    case Kind::read_ff:
      return {Cause::read, message.reply ? Bytes(message.length) : Bytes()};
    case Kind::write:
    case Kind::add:
    case Kind::cas:
    case Kind::write_ef:
    case Kind::write_xf:
      return {Cause::write, message.reply ? Bytes() : Bytes(message.length)};
    case Kind::lock:
    case Kind::rlock:
    case Kind::try_lock:
    case Kind::try_rlock:
    case Kind::unlock:
    case Kind::allocate:
    case Kind::release:
    case Kind::completion:
    case Kind::enroll:
    case Kind::start:
    case Kind::leave:
    case Kind::reset:
    case Kind::acknowledge:
    case Kind::wake:
      return {};
  }
  return {};
}

}  // namespace dsmsim::grappa
