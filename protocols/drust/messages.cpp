#include "protocols/drust/messages.hpp"

namespace dsmsim::drust {

MessageTypes declare_messages(Ledger& ledger) {
  const auto one_sided = [&](const char* name, Verb verb, Purpose purpose = Purpose::control) {
    return ledger.declare(name, verb, purpose);
  };
  const auto control = [&](const char* name) {
    return ledger.declare(name, Verb::send, Purpose::control);
  };
  MessageTypes types;
  types.copy = one_sided("copy", Verb::read, Purpose::fetch);
  // Moved bytes count as written ones (docs/metrics.md): only a write moves an object.
  types.move = one_sided("move", Verb::read, Purpose::write_back);
  types.owner_update = one_sided("owner_update", Verb::write);
  types.part_read = one_sided("part_read", Verb::read, Purpose::fetch);
  types.part_write = one_sided("part_write", Verb::write, Purpose::write_back);
  types.part_colour = one_sided("part_colour", Verb::fetch_add);
  types.lock = one_sided("lock", Verb::compare_swap);
  types.unlock = one_sided("unlock", Verb::write);
  types.runlock = one_sided("runlock", Verb::fetch_add);
  types.guarded_read = one_sided("guarded_read", Verb::read, Purpose::fetch);
  types.guarded_write = one_sided("guarded_write", Verb::write, Purpose::write_back);
  types.unsafe_read = one_sided("unsafe_read", Verb::read, Purpose::fetch);
  types.unsafe_write = one_sided("unsafe_write", Verb::write, Purpose::write_back);
  types.mutex_pointer = one_sided("mutex_pointer", Verb::read);
  types.in_place_read = one_sided("in_place_read", Verb::read, Purpose::fetch);
  types.in_place_write = one_sided("in_place_write", Verb::write, Purpose::write_back);
  types.atomic_add = one_sided("atomic_add", Verb::fetch_add, Purpose::write_back);
  types.atomic_cas = one_sided("atomic_cas", Verb::compare_swap, Purpose::write_back);
  types.flag = one_sided("flag", Verb::read);
  types.lease_end = one_sided("lease_end", Verb::write);
  types.update = control("update");
  types.called = control("called");
  types.deallocate = control("deallocate");
  types.invalidate = control("invalidate");
  types.invalidated = control("invalidated");
  types.reset = control("reset");
  types.reset_done = control("reset_done");
  types.transfer = control("transfer");
  types.allocate = control("allocate");
  types.allocated = control("allocated");
  types.atomic_request = ledger.declare("atomic_request", Verb::send, Purpose::write_back);
  types.atomic_reply = control("atomic_reply");
  types.stack = one_sided("stack", Verb::write);
  types.resume = control("resume");
  types.write_back = one_sided("write_back", Verb::write, Purpose::write_back);
  types.back_up = one_sided("back_up", Verb::write);
  types.promote = control("promote");
  types.promoted = control("promoted");
  types.held = control("held");
  types.serves = control("serves");
  types.lost = control("lost");
  types.ping = control("ping");
  types.pong = control("pong");
  types.ask = control("ask");
  types.told = control("told");
  types.order = control("order");
  types.moved = control("moved");
  return types;
}

}  // namespace dsmsim::drust
