#include "protocols/grappa/fingerprint.hpp"

#include <algorithm>
#include <boost/container/small_vector.hpp>

namespace dsmsim::grappa {
namespace {

/// Adds what is under way, wherever it is.
class Adder {
 public:
  Adder(Fingerprint& into, const System& system)
      : into_(into), messages_(system.messages), packets_(system.packets) {}

  void add(const Message& message);
  void add_numbered(std::uint32_t message) { add(messages_[message]); }
  void add_list(std::uint32_t first);
  void add(const Packet& packet);
  void add_packets(std::uint32_t first);
  void add(const EventPart& event);
  void add(const EventMaster& event);
  void add(const Core& core);
  void add(const Link& link);
  void add(const Completions& completions);
  void add(const TaskState& task);
  void add(const std::vector<TaskState*>& waiting);

 private:
  Fingerprint& into_;
  const MessagePool& messages_;
  const PacketPool& packets_;
};

void Adder::add(const Message& message) {
  const auto& [kind, reply, asynchronous, charged, from, to, next, others, packet, thread, object,
               block, offset, length, operand, expected, ready, request] = message;
  // charged, packet and request measure, ready is a clock's; next is the list's
  into_.add(kind, reply, asynchronous, from, to, thread, object, block, offset, length, operand,
            expected);
  add_list(others);
}

void Adder::add_list(std::uint32_t first) {
  for (std::uint32_t index = first; index != kNone; index = messages_[index].next) {
    add_numbered(index);
  }
  into_.add(kNone);
}

/// How many messages it has, of so many bytes, follows from them; all are in it until it is opened.
void Adder::add(const Packet& packet) {
  const auto& [from, to, first, last, messages, left, next, bytes, data, flushed, posted, sent,
               arrived] =
      packet;  // data measure, and the last four are clocks'; next is the list's
  into_.add(from, to);
  add_list(first);
}

void Adder::add_packets(std::uint32_t first) {
  for (std::uint32_t index = first; index != kNone; index = packets_[index].next) {
    add(packets_[index]);
  }
  into_.add(kNone);
}

void Adder::add(const std::vector<TaskState*>& waiting) {
  into_.add(waiting.size());
  for (const TaskState* const task : waiting) {
    into_.add(task->thread->id().value());
  }
}

void Adder::add(const EventPart& event) {
  const auto& [count, in_progress, waiting] = event;
  into_.add(count, in_progress);
  add(waiting);
}

void Adder::add(const EventMaster& event) {
  const auto& [cores_out, acknowledgements, deferred] = event;
  into_.add(cores_out, acknowledgements);
  for (const std::uint32_t enrolls : deferred) {
    add_numbered(enrolls);
  }
}

void Adder::add(const Core& core) {
  const auto& [arrivals, id, server, free_at, poll_phase, poll_period, flush_phase, polls, receives,
               first_packet, last_packet, lists, slices, last_slice, workers, starting, busy] =
      core;  // id and server are always the same, busy measures
  into_.add(polls, receives, workers);
  for (const std::uint32_t list : lists) {
    add_list(list);
  }
  add_list(slices);
  add_packets(first_packet);
  add(starting);
}

/// One that has no flush before it has nothing on its lists: it is like one that was never used.
void Adder::add(const Link& link) {
  const auto& [outbox, from, to, source, destination, flushed, period, flushes, full, listed,
               waiting, lists] = link;  // listed and waiting follow from the lists
  into_.add(flushes, full);
  if (flushes || full) {
    for (const std::uint32_t list : lists) {
      add_list(list);
    }
  }
}

/// What is listed is on its list.
void Adder::add(const Completions& completions) {
  const auto& [listed, waiting] = completions;
  add_list(waiting);
}

/// A reply is never there before its task waits for it, and it does while any are left. Who starts
/// or drains is the task.
void Adder::add(const TaskState& task) {
  const auto& [thread, core, has_worker, starting, reply, left, value, writes, enrolled, draining] =
      task;
  into_.add(core, has_worker, draining != nullptr, left, enrolled);
  into_.add(left > 0 ? value : 0);
  boost::container::small_vector<std::uint64_t, 8> sorted;  // they end in any order
  for (const auto& [object, block] : writes) {
    sorted.push_back((std::uint64_t{object} << 32) | block);
  }
  std::sort(sorted.begin(), sorted.end());
  into_.add(sorted.size());
  for (const std::uint64_t write : sorted) {
    into_.add(write);
  }
}

void add(const Mutex& mutex, Fingerprint& into) {
  const auto& [owner, readers, parked] = mutex;  // parked: Home::fingerprint
  boost::container::small_vector<ThreadId, 8> sorted(readers.begin(), readers.end());
  std::sort(sorted.begin(), sorted.end());
  into.add(owner, sorted.size());
  for (const ThreadId reader : sorted) {
    into.add(reader.value());
  }
}

}  // namespace

/// All but who is parked; what a lock that is free was, is over.
void Memory::fingerprint(Fingerprint& into) const {
  buddy_.fingerprint(into);
  for (const Placed& placed : objects_) {
    const auto& [address, size, first_unit, words, bits, mutex] = placed;
    into.add(address.value());
    if (!address.valid()) {
      continue;
    }
    into.add(size.count());
    for (std::uint32_t i = 0; i < blocks(size); ++i) {
      into.add(names_[first_unit + i]);
    }
    if (words != kNone) {
      for (const std::uint64_t word : words_[words]) {
        into.add(word);
      }
    }
    if (bits != kNone) {
      for (const auto& [full, parked] : bits_[bits]) {
        into.add(full);
      }
    }
    if (mutex != kNone && !mutexes_[mutex].free()) {
      add(mutexes_[mutex], into);
    }
  }
}

void add(Fingerprint& into, const System& system, const Packet& packet) {
  Adder(into, system).add(packet);
}

/// The timers are clocks'.
void Cores::fingerprint(Fingerprint& into) const {
  const auto& [system, poll_is_due, poll_period, polls_per_flush, cores, timers] = *this;
  Adder adder(into, system);
  for (const Core& core : cores) {
    adder.add(core);
  }
}

void Outbox::fingerprint(Fingerprint& into) const {
  const auto& [system, cores, packet_capacity, links, completions, card_free] = *this;
  Adder adder(into, system);  // card_free is a clock's
  const Link unused;
  for (const auto& link : links) {
    adder.add(link == nullptr ? unused : *link);
  }
  for (const auto& row : completions) {
    for (const Completions& pair : row) {
      adder.add(pair);
    }
  }
}

/// The next places follow from who has been seen; who is answered is woken in the same event.
void Tasks::fingerprint(Fingerprint& into) const {
  const auto& [system, cores, outbox, tasks, next_place, answered] = *this;
  Adder adder(into, system);
  for (const auto& task : tasks) {
    into.add(task == nullptr ? 0 : 1);
    if (task != nullptr) {
      adder.add(*task);
    }
  }
}

/// Who is parked.
void Home::fingerprint(Fingerprint& into) const {
  const auto& [system, cores, outbox, tasks, memory, late] = *this;
  Adder adder(into, system);
  for (const Placed& placed : memory.objects()) {
    adder.add_list(placed.mutex == kNone ? kNone : memory.mutex_of(placed).parked);
    if (placed.bits != kNone) {
      for (const auto& [full, parked] : memory.bits_of(placed)) {
        adder.add_list(parked);
      }
    }
  }
  into.add(late.has_value() ? 1 : 0);
  if (late) {
    adder.add(*late);
  }
}

void CompletionEvent::fingerprint(Fingerprint& into) const {
  const auto& [system, cores, outbox, tasks, parts, master] = *this;
  Adder adder(into, system);
  for (const EventPart& part : parts) {
    adder.add(part);
  }
  adder.add(master);
}

}  // namespace dsmsim::grappa
