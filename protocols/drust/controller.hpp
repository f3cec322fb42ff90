#pragma once
// The global controller: a daemon on one server that knows how busy all servers are and where the
// threads are, and decides where memory and threads go when a server has too little for them (Ma et
// al., OSDI'24, section 4.2.2).
//
// Every period it pings all servers. Each answers how busy its cores have been since the last ping
// and how much of its partition is in use. From these answers, and what it has decided since,
//
//   - it names a server to who cannot allocate, or start a thread, at home: the most vacant one;
//   - off a server with more than `memory_limit` of its partition in use it moves the thread that
//     has most memory there, one every period until the pressure is gone;
//   - off a server whose cores are busy for more than `cpu_limit` of the time it moves the threads
//     with most remote accesses, as many as are too many: each to the server that it accesses most,
//     or to the most vacant one if that is overloaded, too. Accesses are counted only while some
//     server is overloaded, for a period before the first thread moves.
//
// Nobody is sent to a server that would come near its own limit (`margin`), and no thread again
// before `cooldown`: so threads do not go back and forth. Orders are messages; a thread moves when
// it comes to its next operation. Pings, decisions and moves are in the log.

#include <limits>
#include <set>

#include "protocols/drust/runtime.hpp"
#include "sim/dsm/contract/event_log.hpp"

namespace dsmsim::drust {

class Controller {
 public:
  Controller(Runtime& runtime, Objects& objects, Heap& heap, EventLog& log);

  /// Of a cluster of one server there is nothing to control.
  bool exists() const {
    return runtime_.cluster().has_fabric() && runtime_.policy().has_controller;
  }
  /// Something happens: goes on with its pings, if it has stopped.
  void wake(World& world);

  // Asked by threads, which wait for the answer: a message to its server and back, from elsewhere.
  /// The server with fewest threads that want a core.
  Task<NodeId> server_for_thread(Thread& thread);
  /// The server with most free memory; never one of `full`, which have refused so much before.
  /// Invalid: there is none.
  Task<NodeId> server_for_memory(Thread& thread, Bytes size, const std::set<NodeId>& full);

  // Messages, at the controller or at a server.
  void handle_ping(const Delivery& message, Sender& here);
  void handle_pong(const Delivery& message);
  void handle_ask(const Delivery& message, Sender& here);
  void handle_order(const Delivery& message, Sender& here);
  void handle_moved(const Delivery& message);
  /// Nothing is asked of a lost server any more.
  void forget(NodeId lost);
  /// A thread has come to another server, or stays where it is after all. Called there.
  void report_move(Sender& from, ThreadId thread, NodeId server);

  /// Adds what decides about answers and moves to come.
  void fingerprint(Fingerprint& into) const;
  /// Adds what a message of this class carries.
  void fingerprint(const Post& message, MessageKind kind, Fingerprint& into) const;

 private:
  /// What a server's last answer said, and what has been decided since.
  struct View {
    double cpu = 0;  ///< share of its core time, in the last period
    Bytes memory;    ///< in use
    std::size_t threads = 0;
    bool asked = false;  ///< by a ping, and has not answered
  };
  /// At a server: its cores when it was asked last.
  struct Sample {
    Time at;
    Duration busy;
  };
  enum class Want : std::uint32_t { thread, memory };
  // What messages carry.
  struct Question {
    std::uint64_t call;
    std::uint64_t full;  ///< servers that are not wanted, a bit each
    Want want;
    std::uint32_t asking;
    Bytes size;
  };
  struct Pong {
    double cpu;
    Bytes memory;
    std::uint64_t threads;
  };
  struct Order {
    ThreadId thread;
    NodeId server;
  };

  const DrustControllerOptions& options() const { return runtime_.options().controller; }
  NodeId self() const { return NodeId(options().server); }
  Task<> watch(World& world);
  void ping_all();
  Pong sample(NodeId server);
  void learn(NodeId server, const Pong& pong);
  Task<std::uint64_t> ask(Thread& thread, Question question);
  std::uint64_t answer(const Question& question);
  NodeId fewest_threads(NodeId asking) const;
  NodeId most_memory(Bytes size, std::uint64_t full) const;
  void obey(Sender& here, const Order& order);
  void settle(ThreadId thread, NodeId server);

  // controller_policy.cpp
  void decide();
  void relieve_memory(NodeId server);
  void relieve_cpu(NodeId server);
  ThreadId largest_thread(NodeId server);
  std::vector<ThreadId> by_requests(NodeId server);
  bool may_move(const ThreadEntry& entry, NodeId from) const;
  bool has_core_for_one(NodeId server) const;
  NodeId most_vacant() const;
  double memory_share(Bytes used) const;
  void order(ThreadId thread, NodeId to, const std::string& reason);

  Runtime& runtime_;
  Objects& objects_;
  Heap& heap_;
  EventLog& log_;
  std::vector<View> views_;
  std::vector<Sample> samples_;
  std::size_t awaited_ = 0;  ///< answers to the last pings
  bool watching_ = false;
};

}  // namespace dsmsim::drust
