#include "protocols/grappa/messages.hpp"

namespace dsmsim::grappa {

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
    case OpKind::call_read:
      return Kind::call_read;
    case OpKind::call_write:
      return Kind::call_write;
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
  not_for_engines(kind);
}

}  // namespace dsmsim::grappa
