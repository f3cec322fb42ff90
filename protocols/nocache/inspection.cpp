// What the engine lets a checker see (sim/dsm/contract/inspection.hpp).

#include <array>

#include "protocols/nocache/engine.hpp"
#include "sim/base/enumeration.hpp"
#include "sim/base/error.hpp"
#include "sim/time/wait_for_graph.hpp"

namespace dsmsim {

using nocache::Asked;
using nocache::MessageKind;

namespace {

enum class Situation : std::uint8_t {
  lock_free,
  lock_with_readers,
  lock_with_writer,
  reader_admitted,
  reader_refused,
  reader_back,
  unlock,
  read,
  write,
  atomic,
};

Situation situation_of(MessageKind kind, const Asked& asked, bool has_writer, bool is_held) {
  switch (kind) {
    case MessageKind::read:
      return Situation::read;
    case MessageKind::write:
      return Situation::write;
    case MessageKind::lock:
      return has_writer ? Situation::lock_with_writer
             : is_held  ? Situation::lock_with_readers
                        : Situation::lock_free;
    case MessageKind::count_reader:
      return asked.operand != 1 ? Situation::reader_back
             : has_writer       ? Situation::reader_refused
                                : Situation::reader_admitted;
    case MessageKind::unlock:
      return Situation::unlock;
    case MessageKind::fetch_add:
    case MessageKind::compare_swap:
    case MessageKind::reserve:
      break;
  }
  return Situation::atomic;
}

struct SituationRow {
  Situation situation;
  std::string_view name;
};
constexpr auto kSituations = std::to_array<SituationRow>({
    {Situation::lock_free, "LOCK: free"},
    {Situation::lock_with_readers, "LOCK: readers have it"},
    {Situation::lock_with_writer, "LOCK: a writer has it"},
    {Situation::reader_admitted, "COUNT_READER: no writer"},
    {Situation::reader_refused, "COUNT_READER: a writer has it"},
    {Situation::reader_back, "COUNT_READER: taken back"},
    {Situation::unlock, "UNLOCK"},
    {Situation::read, "READ"},
    {Situation::write, "WRITE"},
    {Situation::atomic, "FETCH_ADD or COMPARE_SWAP"},
});
static_assert(is_table_of(kSituations, &SituationRow::situation));

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const SituationRow& row : kSituations) {
    all.emplace_back(row.name);
  }
  return all;
}

}  // namespace

const std::vector<std::string>& NocacheEngine::situations() const {
  static const std::vector<std::string> all = names();
  return all;
}

int NocacheEngine::situation(const Post& message) const {
  if (!types_.contain(message.type) || types_.kind(message.type) == MessageKind::reserve) {
    return -1;
  }
  const auto asked = message.body.as<Asked>();
  return static_cast<int>(situation_of(types_.kind(message.type), asked,
                                       objects_[asked.object.index()].lock >= kWriter,
                                       objects_[asked.object.index()].lock > 0));
}

/// A thread's coroutine stands at its request under way, which shows what it is for, or pauses.
void NocacheEngine::fingerprint(Fingerprint& into) const {
  for (const Object& object : objects_) {
    const auto& [home, stamp, lock, live] = object;
    into.add(home, stamp, lock, live);
  }
  for (const std::uint64_t used : used_) {
    into.add(used);
  }
  for (const auto& [place, word] : words_) {
    const auto& [object, offset] = place;
    into.add(object, offset, word);
  }
  into.add(words_.size());
  for (const auto& [holder, share] : holders_) {
    const auto& [object, thread, server] = holder;  // a thread stays on its server
    into.add(object, thread, share);
  }
  into.add(holders_.size());
  for (const auto& [thread, object] : pausing_) {
    into.add(thread, object);
  }
}

void NocacheEngine::fingerprint(const Post& message, Fingerprint& into) const {
  if (!types_.contain(message.type)) {  // of one thread to another
    into.add(message.body.bytes());
    return;
  }
  const auto [object, operand] = message.body.as<Asked>();
  into.add(object, operand);
}

/// What the holders of each lock have of its word.
std::vector<std::uint64_t> NocacheEngine::shares() const {
  std::vector<std::uint64_t> held(objects_.size());
  for (const auto& [holder, share] : holders_) {
    held[holder.object.index()] += share;
  }
  return held;
}

/// Readers that are about to take themselves back have the rest of a word.
void NocacheEngine::check_always() const {
  const std::vector<std::uint64_t> held = shares();
  for (std::size_t i = 0; i < objects_.size(); ++i) {
    const std::uint64_t word = objects_[i].lock;
    if (word < held[i] || (held[i] >= kWriter) != (word >= kWriter) || held[i] > kWriter) {
      throw Error(ExitCode::incoherent, "nocache: the lock word of " + object_name(ObjectId(i)) +
                                            " is " + std::to_string(word) + ", and its holders " +
                                            "have " + std::to_string(held[i]) + " of it");
    }
  }
}

/// Nobody is about to take anything back.
void NocacheEngine::check_quiescent() const {
  check_always();
  const std::vector<std::uint64_t> held = shares();
  for (std::size_t i = 0; i < objects_.size(); ++i) {
    if (objects_[i].live && objects_[i].lock != held[i]) {
      throw Error(ExitCode::incoherent,
                  "nocache: " + object_name(ObjectId(i)) + " counts readers that there are not");
    }
  }
}

std::vector<ObjectId> NocacheEngine::lost_with(NodeId server) const {
  std::vector<ObjectId> lost;
  for (std::size_t i = 0; i < objects_.size(); ++i) {
    if (objects_[i].live && objects_[i].home == server) {
      lost.emplace_back(i);
    }
  }
  return lost;
}

}  // namespace dsmsim
