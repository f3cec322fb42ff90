#pragma once
// Remote procedure calls between the threads of a program: services, each of a name and on a
// server, and what a call costs by an RpcProfile (sim/fabric/rpc_profile.hpp).
//
//   Rpc rpc(world, profile);
//   rpc.offer("text", NodeId(1), [this](Thread& t, Rpc::Message m) { return text(t, m); });
//   const Rpc::Message answer = co_await rpc.call(t, rpc.find("text", NodeId(1)), {.payload =
//   64_B});
//   ...
//   rpc.close();
//
// Built on the contract's channels, so it is the same under every engine. A call is one message
// (type "rpc_request", purpose program) of profile.request(payload) bytes and its answer one of
// profile.reply(payload) bytes ("rpc_reply"), by the verb of the profile; within a server both are
// copies, with the same CPU times of both ends, as through a loopback device. CPU times and waits
// are in this order, whatever the transport:
//
//   caller   fence; caller + encode(payload); posting; waits without its core; decode(answer)
//   callee   callee + decode(payload); the handler; fence; encode(answer); posting
//
// So whatever a thread has written before it calls, or answers, the other end finds. Boxes in a
// message are part of its payload, 16 bytes each, and their ownership goes along (channels.hpp).
//
// Handlers run in threads of their server, first come, first served, on its cores like all others:
// the cores are the workers of the runtime. A handler that waits, for a call of its own or in an
// operation, leaves its core to others (unless it spins: Thread::spin). With profile.threads a
// server handles only so many calls at a time, and calls that wait for each other must not use
// them up; with 0 there is a thread for each call under way, as a runtime with tasks has it.
//
// With a time-out, a call that has not been answered is sent again, without its Boxes; whoever has
// begun it already does not begin it again, and answers it again if it has answered it. After the
// last time-out the run ends with Error(ExitCode::deadlock).

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/dsm/boundary/world.hpp"
#include "sim/fabric/rpc_profile.hpp"

namespace dsmsim::library {

class Rpc {
 public:
  struct Message {
    Bytes payload = {};
    std::uint64_t content = 0;         ///< stands for what the program finds in it
    std::vector<ObjectId> boxes = {};  ///< their 16 bytes each are part of the payload
  };
  /// Called once for each call, in a thread of the service's server. Let it return a member
  /// function's task: it must not itself be a coroutine.
  using Handler = std::function<Task<Message>(Thread&, Message)>;
  /// A service on a server.
  using Endpoint = Id<struct EndpointTag, std::uint32_t>;
  /// A call that has been begun and must be finished, by the same thread, once.
  using Ticket = Id<struct RpcTicketTag, std::uint64_t>;

  Rpc(World& world, RpcProfile profile);

  /// One more service. Throws std::logic_error if there is one of that name on the server.
  Endpoint offer(const std::string& service, NodeId server, Handler handler);
  /// Throws Error if the server does not offer it.
  Endpoint find(const std::string& service, NodeId server) const;

  Task<Message> call(Thread& thread, Endpoint endpoint, Message message);
  /// The two halves of a call, for several at a time. The thread must stay on its server.
  Task<Ticket> begin(Thread& thread, Endpoint endpoint, Message message);
  Task<Message> finish(Thread& thread, Ticket ticket);
  /// The end of all services, when no call is under way: their threads end.
  void close();

  const RpcProfile& profile() const { return profile_; }
  std::uint64_t calls() const { return begun_; }
  std::uint64_t sent_again() const { return sent_again_; }
  /// Threads of all servers that have handled calls.
  std::uint64_t threads() const { return threads_; }

 private:
  struct Service {
    std::string name;
    NodeId server;
    Handler handler;
  };
  struct Server {
    ChannelId requests;
    std::size_t threads = 0;
    std::size_t idle = 0;    ///< threads without a call
    std::size_t coming = 0;  ///< requests that none of them has taken
  };
  enum class Stage : unsigned char { free, sent, begun, answered, arrived };
  struct Call {
    Stage stage = Stage::free;
    std::uint32_t use = 0;  ///< how often the place has been used before
    std::uint32_t attempts = 0;
    Endpoint endpoint = {};
    ChannelId reply = {};
    Message request = {};
    Message answer = {};
  };
  struct Expiry {
    Time at;
    Ticket ticket;
  };

  Ticket open(Endpoint endpoint, ChannelId reply, Message message);
  /// Null if it has been finished.
  Call* find(Ticket ticket);
  Server& server_of(const Call& call) {
    return servers_[services_[call.endpoint.index()].server.index()];
  }
  ChannelId reply_channel(Thread& thread);
  Task<> request(Thread& thread, Ticket ticket);
  /// A message of so many bytes in all.
  Task<> send(Thread& thread, ChannelId channel, Bytes bytes, Ticket ticket,
              const std::vector<ObjectId>& boxes);
  Task<> take_reply(Thread& thread, const ReceivedMessage& received);
  Task<> repeat(Thread& thread, Ticket ticket);
  void staff(Server& server, NodeId node);
  Task<> serve(Thread& thread, NodeId node);
  Task<> handle(Thread& thread, ReceivedMessage received);
  Task<> answer(Thread& thread, Ticket ticket, const std::vector<ObjectId>& boxes);
  void expire_later(Ticket ticket);
  Task<> watch();

  World& world_;
  RpcProfile profile_;
  std::deque<Service> services_;
  std::map<std::pair<std::string, NodeId>, Endpoint> registry_;
  std::vector<Server> servers_;     ///< by server
  std::vector<ChannelId> replies_;  ///< by thread
  std::deque<Call> calls_;
  std::vector<std::uint32_t> free_;  ///< places in calls_
  std::deque<Expiry> expiries_;
  bool watching_ = false;
  std::uint64_t begun_ = 0;
  std::uint64_t sent_again_ = 0;
  std::uint64_t threads_ = 0;
};

}  // namespace dsmsim::library
