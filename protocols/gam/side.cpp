#include "protocols/gam/side.hpp"

namespace dsmsim::gam {

bool can_lock(const Access& access, const LockTable& locks) {
  return access.kind == AccessKind::rlock ? locks.can_share(access.offset)
                                          : locks.can_own(access.offset);
}

Outcome Side::take_lock(const Access& access, LockTable& locks, std::uint64_t version) {
  if (!can_lock(access, locks)) {
    ++counters_.lock_failures;
    return {Outcome::failed};
  }
  access.kind == AccessKind::rlock ? locks.share(access.offset) : locks.own(access.offset);
  return {Outcome::done, version};
}

void Side::refuse(const Request& request, Step& step) {
  const Message& message = request.message;
  const bool reading = message.kind == MessageKind::read || leaves_a_copy(message.kind);
  const MessageKind reply = reading ? MessageKind::read_reply : MessageKind::write_reply;
  const bool forwarded = is_forward(message.kind);
  send(request.from, {.kind = reply, .failed = true, .id = message.id},
       forwarded ? nullptr : request.tally, step);
  if (forwarded) {
    send(message.requester, {.kind = reply, .failed = true, .id = message.requester_id},
         request.tally, step);
  }
}

}  // namespace dsmsim::gam
