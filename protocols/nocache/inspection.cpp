// What the engine lets a checker see (sim/dsm/contract/inspection.hpp).

#include <array>

#include "protocols/nocache/engine.hpp"
#include "sim/base/error.hpp"

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

const std::vector<std::string>& names() {
  static const std::vector<std::string> all = {"LOCK: free",
                                               "LOCK: readers have it",
                                               "LOCK: a writer has it",
                                               "COUNT_READER: no writer",
                                               "COUNT_READER: a writer has it",
                                               "COUNT_READER: taken back",
                                               "UNLOCK",
                                               "READ",
                                               "WRITE",
                                               "FETCH_ADD or COMPARE_SWAP"};
  return all;
}

}  // namespace

const std::vector<std::string>& NocacheEngine::situations() const { return names(); }

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
    into.add(object.live ? 1 + object.home.value() : 0);
    into.add(object.stamp);
    into.add(object.lock);
  }
  for (const std::uint64_t used : used_) {
    into.add(used);
  }
  for (const auto& [place, word] : words_) {
    into.add(place.object.value());
    into.add(place.offset.count());
    into.add(word);
  }
  into.add(words_.size());
  for (const auto& [holder, share] : holders_) {
    into.add(holder.object.value());
    into.add(holder.thread.value());
    into.add(share);
  }
  into.add(holders_.size());
  for (const auto& [thread, object] : pausing_) {
    into.add(thread.value());
    into.add(object.value());
  }
}

void NocacheEngine::fingerprint(const Post& message, Fingerprint& into) const {
  if (!types_.contain(message.type)) {  // of one thread to another
    into.add(message.body.bytes());
    return;
  }
  into.add(message.body.as<Asked>().object.value());
  into.add(message.body.as<Asked>().operand);
}

/// Who holds a lock has its share of the word; readers that are about to take themselves back have
/// the rest.
void NocacheEngine::check_always() const {
  std::vector<std::uint64_t> held(objects_.size());
  for (const auto& [holder, share] : holders_) {
    held[holder.object.index()] += share;
  }
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
  std::vector<std::uint64_t> words(objects_.size());
  for (std::size_t i = 0; i < objects_.size(); ++i) {
    words[i] = objects_[i].lock;
  }
  for (const auto& [holder, share] : holders_) {
    words[holder.object.index()] -= share;
  }
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (objects_[i].live && words[i] != 0) {
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
