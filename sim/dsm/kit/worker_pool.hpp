#pragma once
// RPC with a worker model: what happens to two-sided messages when they reach a server.
//
// A server has a fixed number of workers that poll the completion queue. A message waits for a
// worker (handler_queue), is worked on for its service time (handler), and then its logic runs, in
// one piece; the logic may post replies and says how much more CPU time that took, during which the
// worker stays busy. Messages are taken in order of arrival. Engines use one pool a server;
// completions of an engine's own one-sided requests that a worker must process are submitted too.

#include <deque>
#include <memory>
#include <vector>

#include "sim/fabric/fabric.hpp"

namespace dsmsim {

class MessageHandler {
 public:
  virtual ~MessageHandler() = default;
  /// CPU time of the worker before the logic runs.
  virtual Duration service_time(const Delivery& message) = 0;
  /// The logic, at the end of the service time. Returns further CPU time spent (replies posted:
  /// give each Post::after the CPU time before it).
  virtual Duration handle(const Delivery& message) = 0;
};

class WorkerPool : public Receiver {
 public:
  /// Registers itself as the receiver of `server`.
  WorkerPool(Fabric& fabric, NodeId server, std::uint32_t workers, MessageHandler& handler);

  void deliver(const Delivery& delivery) override;
  /// Work for a worker that no receive was consumed for.
  void submit(const Delivery& work);
  std::size_t backlog() const { return waiting_.size(); }
  std::uint64_t handled() const { return handled_; }
  Duration busy() const { return busy_; }

 private:
  struct Work {
    Delivery message;
    bool holds_receive;
  };
  struct Worker {
    WorkerPool* pool;
    Delivery message;
  };
  void enqueue(const Work& work);
  void begin(Worker& worker, const Work& work);
  static void finish(void* argument);
  static void become_free(void* argument);

  Fabric& fabric_;
  EventQueue& queue_;
  MessageHandler& handler_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Worker*> idle_;
  std::deque<Work> waiting_;
  std::uint64_t handled_ = 0;
  Duration busy_;
};

}  // namespace dsmsim
