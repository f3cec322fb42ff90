// What a packet can bring to its target: the situations that exploration is to meet.

#include "protocols/grappa/engine.hpp"
#include "sim/base/enumeration.hpp"

namespace dsmsim {

using grappa::Kind;
using grappa::Message;

namespace {

enum class Situation : std::uint8_t {
  several,
  answer,
  read,
  write,
  asynchronous_write,
  add,
  cas,
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
  completion,
  completions,
  enroll,
  start,
  leave,
  reset,
  acknowledge,
  wake,
};

struct SituationRow {
  Situation situation;
  std::string_view what;
  std::string_view found;
};
constexpr std::string_view of(Kind kind) { return row_of(kind).name; }
constexpr auto kSituations = std::to_array<SituationRow>({
    {Situation::several, "PACKET", " of several messages"},
    {Situation::answer, "answer", ""},
    {Situation::read, of(Kind::read), ""},
    {Situation::write, of(Kind::write), ""},
    {Situation::asynchronous_write, of(Kind::write), ", asynchronous"},
    {Situation::add, of(Kind::add), ""},
    {Situation::cas, of(Kind::cas), ""},
    {Situation::lock_free, of(Kind::lock), ", free"},
    {Situation::lock_shared, of(Kind::lock), ", shared"},
    {Situation::lock_taken, of(Kind::lock), ", taken"},
    {Situation::rlock_free, of(Kind::rlock), ", free"},
    {Situation::rlock_shared, of(Kind::rlock), ", shared"},
    {Situation::rlock_taken, of(Kind::rlock), ", taken"},
    {Situation::try_lock_free, of(Kind::try_lock), ", free"},
    {Situation::try_lock_taken, of(Kind::try_lock), ", taken or shared"},
    {Situation::try_rlock_free, of(Kind::try_rlock), ", free"},
    {Situation::try_rlock_shared, of(Kind::try_rlock), ", shared"},
    {Situation::try_rlock_taken, of(Kind::try_rlock), ", taken"},
    {Situation::unlock_last, of(Kind::unlock), ", nobody waits"},
    {Situation::unlock_reader, of(Kind::unlock), ", other readers stay"},
    {Situation::unlock_awaited, of(Kind::unlock), ", somebody waits"},
    {Situation::fill_empty, of(Kind::write_ef), ", empty"},
    {Situation::fill_full, of(Kind::write_ef), ", full"},
    {Situation::overwrite, of(Kind::write_xf), ""},
    {Situation::take_full, of(Kind::read_fe), ", full"},
    {Situation::take_empty, of(Kind::read_fe), ", empty"},
    {Situation::look_full, of(Kind::read_ff), ", full"},
    {Situation::look_empty, of(Kind::read_ff), ", empty"},
    {Situation::completion, of(Kind::completion), " of one write"},
    {Situation::completions, of(Kind::completion), " of several writes"},
    {Situation::enroll, of(Kind::enroll), ""},
    {Situation::start, of(Kind::start), ""},
    {Situation::leave, of(Kind::leave), ""},
    {Situation::reset, of(Kind::reset), ""},
    {Situation::acknowledge, of(Kind::acknowledge), ""},
    {Situation::wake, of(Kind::wake), ""},
});
static_assert(is_table_of(kSituations, &SituationRow::situation));

Situation unlocking(const grappa::Mutex& mutex) {
  return mutex.readers.size() > 1        ? Situation::unlock_reader
         : mutex.parked != grappa::kNone ? Situation::unlock_awaited
                                         : Situation::unlock_last;
}

/// What a message meets that comes alone; nothing of interest: the allocator.
std::optional<Situation> at(const grappa::Memory& memory, const Message& message) {
  const ObjectId object(message.object);
  const auto lock = [&](Situation free, Situation shared, Situation taken) {
    const grappa::Mutex* const mutex = memory.find_mutex(object);
    return mutex == nullptr || mutex->free() ? free : mutex->owner.valid() ? taken : shared;
  };
  const auto word = [&](Situation full, Situation empty) {
    const Bytes offset = memory.start_of(message.block) + Bytes(message.offset);
    return memory.is_full(object, offset) ? full : empty;
  };
  using S = Situation;
  switch (message.kind) {
    case Kind::read:
      return S::read;
    case Kind::write:
      return message.asynchronous ? S::asynchronous_write : S::write;
    case Kind::add:
      return S::add;
    case Kind::cas:
      return S::cas;
    case Kind::lock:
      return lock(S::lock_free, S::lock_shared, S::lock_taken);
    case Kind::rlock:
      return lock(S::rlock_free, S::rlock_shared, S::rlock_taken);
    case Kind::try_lock:
      return lock(S::try_lock_free, S::try_lock_taken, S::try_lock_taken);
    case Kind::try_rlock:
      return lock(S::try_rlock_free, S::try_rlock_shared, S::try_rlock_taken);
    case Kind::unlock:
      return unlocking(*memory.find_mutex(object));
    case Kind::write_ef:
      return word(S::fill_full, S::fill_empty);
    case Kind::write_xf:
      return S::overwrite;
    case Kind::read_fe:
      return word(S::take_full, S::take_empty);
    case Kind::read_ff:
      return word(S::look_full, S::look_empty);
    case Kind::completion:
      return message.others != grappa::kNone ? S::completions : S::completion;
    case Kind::enroll:
      return S::enroll;
    case Kind::start:
      return S::start;
    case Kind::leave:
      return S::leave;
    case Kind::reset:
      return S::reset;
    case Kind::acknowledge:
      return S::acknowledge;
    case Kind::wake:
      return S::wake;
    case Kind::call_read:  // no scenario asks for one
    case Kind::call_write:
    case Kind::allocate:
    case Kind::release:
      break;
  }
  return std::nullopt;
}

}  // namespace

const std::vector<std::string>& GrappaEngine::situations() const {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const SituationRow& row : kSituations) {
      all.push_back(std::string(row.what) + std::string(row.found));
    }
    return all;
  }();
  return names;
}

int GrappaEngine::situation(const Post& post) const {
  const auto index = [](Situation situation) { return static_cast<int>(situation); };
  if (post.type != system_.packet_type) {
    return -1;
  }
  const grappa::Packet& packet = system_.packets[post.body.as<grappa::PacketBody>().packet];
  if (packet.messages > 1) {
    return index(Situation::several);
  }
  const Message& message = system_.messages[packet.first];
  if (message.reply) {
    return index(Situation::answer);
  }
  const auto found = at(memory_, message);
  return found ? index(*found) : -1;
}

}  // namespace dsmsim
