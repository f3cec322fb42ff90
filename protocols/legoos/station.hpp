#pragma once
// A server's side of FIT, LegoOS' RPC over RDMA (net/lego, managers/memory/core.c and
// thread_pool.h): one polling thread takes every message out of the completion queue; requests go
// round-robin to workers, each with a queue of its own; replies wake who called.
//
// A caller is synchronous: it spins until all that it has asked for is answered. Callers are the
// faulting cores of the pComponent and the workers of memory servers, which call others while they
// serve. A worker waits for the completion of its reply before it takes the next request, unless
// batch_poll (net/Kconfig:94). What a worker is doing is in the struct, not in its coroutine alone,
// so that a checker sees it.
//
// Two stations may be on one server (the global manager has its own); what they ask of each other
// then is no message and costs the polling time alone. A station knows all others for that.

#include <array>
#include <coroutine>
#include <initializer_list>
#include <memory>
#include <vector>

#include "protocols/legoos/servers.hpp"
#include "protocols/legoos/system.hpp"

namespace dsmsim::legoos {

/// Who waits for replies.
struct Caller {
  std::uint32_t number = 0;  ///< at its station
  /// Who has not answered yet; invalid: nobody. Two at most: a page's server, and who logs it.
  std::array<NodeId, 2> asked = {};
  NodeId first = {};    ///< that was asked, whether it has answered or not
  bool failed = false;  ///< one that was asked has crashed; for the caller to reset
  Message reply = {};   ///< the last, of other than REPLICA_REPLY
  std::coroutine_handle<> handle = {};

  bool is_answered() const { return !asked[0].valid() && !asked[1].valid(); }
};

/// A request, as it waits and is worked on.
struct Job {
  Message message;
  NodeId from;
  Tally* tally = nullptr;
  Time ready;  ///< when the polling thread has handed it on
};

struct Worker {
  enum class Phase : std::uint8_t { idle, serving, sending };
  Caller caller;
  Phase phase = Phase::idle;
  Job job = {};
  std::vector<Job> waiting;
};

/// What a station's workers do.
class Service {
 public:
  virtual ~Service() = default;
  /// Works on worker.job, all of its time, and replies.
  virtual Task<> serve(Worker& worker) = 0;
};

class Station;

/// All stations, by who works there.
class Stations {
 public:
  Stations(const System& system, const Servers& servers, std::size_t count)
      : system_(system), servers_(servers), own_(count) {}

  const System& system() const { return system_; }
  const Servers& servers() const { return servers_; }
  /// It is there, for as long as this.
  void add(Station& station, Party party);
  /// The one that a request goes to.
  Station& for_request(MessageKind kind, NodeId server) const;
  /// The one of a pComponent or a memory server.
  Station& at(NodeId server) const { return *own_[server.index()]; }
  /// Nobody waits any longer for that server, which has crashed.
  void give_up(NodeId server) const;
  /// Throws Error(ExitCode::incoherent) if anything is under way.
  void check_quiescent() const;

 private:
  const System& system_;
  const Servers& servers_;
  std::vector<Station*> own_;  ///< by server
  Station* manager_ = nullptr;
  Station* storage_ = nullptr;
};

class Station : public Receiver {
 public:
  /// Becomes the receiver of what is for the manager or for storage, or else of all that comes to
  /// the server. No workers: it only calls.
  Station(Stations& stations, NodeId server, Service* service, std::uint32_t workers,
          Party party = Party::memory);

  NodeId server() const { return server_; }
  void deliver(const Delivery& delivery) override;

  /// A new caller's number. It must outlive the station.
  void enlist(Caller& caller);
  /// Posts a request. `bytes` more than the least; `after`: CPU time before the posting starts.
  void ask(Caller& caller, NodeId to, Message message, Tally* tally, Bytes bytes = {});
  /// A message without a reply; ends when it has been acknowledged.
  Task<> send(NodeId to, Message message);
  /// As ask(), but nobody waits for the reply.
  void tell(NodeId to, Message message, Bytes bytes = {});
  /// Awaitable: all is answered.
  auto answered(Caller& caller) {
    struct Awaiter {
      Caller& caller;
      bool await_ready() const { return caller.is_answered(); }
      void await_suspend(std::coroutine_handle<> handle) const { caller.handle = handle; }
      void await_resume() const {}
    };
    return Awaiter{caller};
  }
  /// Nobody waits any longer for that server, which has crashed.
  void give_up(NodeId server);
  /// A worker asks another server while it serves; ends with the answer.
  Task<> call(Worker& worker, NodeId to, Message message, Bytes bytes = {});
  /// The worker's answer to its job; ends when the worker may go on.
  Task<> reply(Worker& worker, Message message, Bytes bytes = {});

  void fingerprint(Fingerprint& into) const;
  /// Throws Error(ExitCode::incoherent) if anything is under way.
  void check_quiescent() const;

 private:
  void receive_for(Party party);
  Task<> work(Worker& worker);
  void enqueue(const Job& job);
  void answer(const Message& message, NodeId from, Time ready);
  void strike_out(Caller& caller, NodeId server, Time ready);
  Time poll();

  Stations& stations_;
  const System& system_;
  NodeId server_;
  Service* service_;
  FifoServer polling_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Caller*> callers_;
  std::uint32_t turn_ = 0;  ///< whose the next request is
};

/// Adds what a message says.
void add(Fingerprint& into, const Message& message);
/// Adds what a caller waits for.
void add(Fingerprint& into, const Caller& caller);

}  // namespace dsmsim::legoos
