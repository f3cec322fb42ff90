// What the engine lets a checker see (sim/dsm/contract/inspection.hpp).

#include "sim/dsm/contract/inspection.hpp"

#include "protocols/grappa/engine.hpp"

namespace dsmsim {

using grappa::Kind;
using grappa::Message;
using grappa::PacketBody;

/// One blocking delegate of a task is under way at a time, so its operations take effect in their
/// order, each at one moment. Asynchronous writes take effect in any order, but a task waits for
/// its own before it uses the same block again, and before whatever orders: partial store order,
/// without forwarding.
MemoryModel GrappaEngine::claimed_model() const {
  return options_.writes == GrappaWrites::asynchronous ? MemoryModel::pso : MemoryModel::sequential;
}

void GrappaEngine::fingerprint(Fingerprint& into) const { runtime_.fingerprint(into); }

void GrappaEngine::fingerprint(const Post& message, Fingerprint& into) const {
  if (message.type == runtime_.packet_type()) {
    runtime_.fingerprint_packet(message.body.as<PacketBody>().packet, into);
    return;
  }
  into.add(message.body.bytes());  // of one thread to another
}

/// A coroutine waits for its answers (TaskState::left, value) or for its writes to end (draining);
/// what it goes on with is its operation.
bool GrappaEngine::forgets(ThreadId) const { return true; }

void GrappaEngine::check_always() const { runtime_.check_always(); }

/// Those of which a block has its home there.
std::vector<ObjectId> GrappaEngine::lost_with(NodeId server) const {
  const grappa::Memory& memory = runtime_.memory();
  std::vector<ObjectId> lost;
  for (std::size_t i = 0; i < memory.objects().size(); ++i) {
    const ObjectId object(i);
    if (!memory.live(object)) {
      continue;
    }
    const std::uint32_t blocks =
        std::min(memory.blocks(memory.at(object).size), runtime_.layout().cores());
    for (std::uint32_t block = 0; block < blocks; ++block) {
      if (runtime_.layout().server(memory.home(object, block)) == server) {
        lost.push_back(object);
        break;
      }
    }
  }
  return lost;
}

namespace {

enum Situation : int {
  several,
  read,
  write,
  asynchronous_write,
  atomic,
  lock_free,
  lock_shared,
  lock_taken,
  rlock_free,
  rlock_shared,
  rlock_taken,
  try_lock_free,
  try_lock_taken,
  try_rlock_free,
  try_rlock_shared,
  try_rlock_taken,
  unlock_last,
  unlock_reader,
  unlock_awaited,
  fill_empty,
  fill_full,
  overwrite,
  take_full,
  take_empty,
  look_full,
  look_empty,
  answer,
  completion,
  completions,
  event_enroll,
  event_start,
  event_leave,
  event_reset,
  event_acknowledge,
  event_wake,
};

Situation word_situation(Kind kind, bool full) {
  switch (kind) {
    case Kind::write_ef:
      return full ? fill_full : fill_empty;
    case Kind::read_fe:
      return full ? take_full : take_empty;
    case Kind::read_ff:
      return full ? look_full : look_empty;
    default:
      return overwrite;
  }
}

Situation lock_situation(const Message& message, const grappa::Mutex* mutex) {
  const bool taken = mutex != nullptr && mutex->owner.valid();
  const bool shared = mutex != nullptr && !mutex->readers.empty();
  switch (message.kind) {
    case Kind::lock:
      return taken ? lock_taken : shared ? lock_shared : lock_free;
    case Kind::rlock:
      return taken ? rlock_taken : shared ? rlock_shared : rlock_free;
    case Kind::try_lock:
      return taken || shared ? try_lock_taken : try_lock_free;
    case Kind::try_rlock:
      return taken ? try_rlock_taken : shared ? try_rlock_shared : try_rlock_free;
    default:
      return mutex->readers.size() > 1        ? unlock_reader
             : mutex->parked != grappa::kNone ? unlock_awaited
                                              : unlock_last;
  }
}

}  // namespace

const std::vector<std::string>& GrappaEngine::situations() const {
  static const std::vector<std::string> names = {
      "PACKET of several messages",
      "read",
      "write",
      "asynchronous write",
      "atomic",
      "lock, free",
      "lock, shared",
      "lock, taken",
      "rlock, free",
      "rlock, shared",
      "rlock, taken",
      "try_lock, free",
      "try_lock, taken or shared",
      "try_rlock, free",
      "try_rlock, shared",
      "try_rlock, taken",
      "unlock, nobody waits",
      "unlock, other readers stay",
      "unlock, somebody waits",
      "write_ef, empty",
      "write_ef, full",
      "write_xf",
      "read_fe, full",
      "read_fe, empty",
      "read_ff, full",
      "read_ff, empty",
      "answer",
      "completion of one write",
      "completion of several writes",
      "enrolling of a core",
      "start of an event",
      "leaving of a core",
      "reset",
      "acknowledgement of a reset",
      "wake",
  };
  return names;
}

int GrappaEngine::situation(const Post& message) const {
  if (message.type != runtime_.packet_type()) {
    return -1;
  }
  const grappa::Packet& packet = runtime_.packet(message.body.as<PacketBody>().packet);
  if (packet.messages > 1) {
    return several;
  }
  const Message& first = runtime_.message(packet.first);
  if (first.reply) {
    return answer;
  }
  if (is_word(first.kind)) {
    const Bytes offset = runtime_.layout().block() * first.block + Bytes(first.offset);
    return word_situation(first.kind, runtime_.memory().is_full(ObjectId(first.object), offset));
  }
  switch (first.kind) {
    case Kind::read:
      return read;
    case Kind::write:
      return first.asynchronous ? asynchronous_write : write;
    case Kind::add:
    case Kind::cas:
      return atomic;
    case Kind::completion:
      return first.others != grappa::kNone ? completions : completion;
    case Kind::enroll:
      return event_enroll;
    case Kind::start:
      return event_start;
    case Kind::leave:
      return event_leave;
    case Kind::reset:
      return event_reset;
    case Kind::acknowledge:
      return event_acknowledge;
    case Kind::wake:
      return event_wake;
    case Kind::allocate:
    case Kind::release:
      return -1;
    default:
      return lock_situation(first, runtime_.memory().find_mutex(ObjectId(first.object)));
  }
}

}  // namespace dsmsim
