#pragma once
// What leaves a core: lists of messages, and packets (uwsampa/grappa system/RDMAAggregator.cpp:199-
// 260, 573-714, 1100-1317).
//
// Messages wait in lists, one for each pair of cores, the newest first. Between servers, a list is
// emptied when the source core of the pair of servers flushes: at the first poll that is later than
// the autoflush time since the last flush. Within a server, the receiving core finds the list at
// its next poll (Core::lists).
//
// outbox.cpp puts messages on lists, flushes.cpp takes them from there into packets. Owns the lists
// between servers, the servers' cards, and who is still to be told of asynchronous writes that have
// ended; knows neither tasks nor what messages mean.

#include <memory>
#include <vector>

#include "protocols/grappa/cores.hpp"

namespace dsmsim::grappa {

class Outbox;

/// From one server to another.
struct Link {
  Outbox* outbox = nullptr;
  NodeId from;
  NodeId to;
  CoreId source;       ///< sends for all cores of its server
  CoreId destination;  ///< receives for all of its own
  Time flushed;        ///< flushes are whole periods after this, if that is not in the future
  Duration period;
  bool flushes = false;              ///< an event is pending
  bool full = false;                 ///< one that flush_size has caused
  std::uint32_t listed = 0;          ///< messages in the lists,
  Bytes waiting;                     ///< and their bytes
  std::vector<std::uint32_t> lists;  ///< by destination's and then source's place on its server
};

/// Of asynchronous writes from one core that have ended at another.
struct Completions {
  std::uint32_t listed = kNone;   ///< the message that is on its list: at most one
  std::uint32_t waiting = kNone;  ///< ended since; told when that one is sent
};

class Outbox {
 public:
  /// Throws Misfit if a packet is too small for a message.
  Outbox(System& system, Cores& cores);

  /// The message's core makes it and puts it on its list. When it is there.
  Time send(std::uint32_t index);
  /// The write has run at its home. Its origin is told at once if nothing else is about to tell it.
  void complete(std::uint32_t index);
  /// Takes what is there from a list; the newest, at its head, may be in the making still.
  std::uint32_t take_ready(std::uint32_t& list);
  /// A message has left its list. If it is a completion, those that have come together since then
  /// may follow it.
  void mark_sent(std::uint32_t index) {
    if (system_.messages[index].kind == Kind::completion) {
      list_next_completion(index);
    }
  }

  Bytes packet_capacity() const { return packet_capacity_; }
  void fingerprint(Fingerprint& into) const;

 private:
  std::uint32_t network_place(std::uint32_t me, std::uint32_t other) const;
  Duration giving(const Message& message) const;
  void enqueue(std::uint32_t index);
  void list(Message& message, std::uint32_t index, Link& link);
  void list_completion(std::uint32_t index);
  void list_next_completion(std::uint32_t sent);

  // flushes.cpp
  Link& link(NodeId from, NodeId to);
  Time next_flush(const Link& link) const;
  void arm_flush(Link& link);
  // Events of a Link.
  static void flush_is_due(void* argument);
  static void flush_now(void* argument);
  static void size_is_reached(void* argument);
  void flush(Link& link);
  void pack(Link& link, std::uint32_t chain, std::uint32_t& packet);
  std::uint32_t new_packet(CoreId from, CoreId to);
  void append(Packet& packet, std::uint32_t index);
  void post(Core& source, std::uint32_t index);
  void send_alone(std::uint32_t index);

  System& system_;
  Cores& cores_;
  Bytes packet_capacity_;                              // for messages
  std::vector<std::unique_ptr<Link>> links_;           // by source and target; null: none yet
  std::vector<std::vector<Completions>> completions_;  // by home and origin; empty: none yet
  std::vector<Time> card_free_;  // of each server: it can send the next packet
};

}  // namespace dsmsim::grappa
