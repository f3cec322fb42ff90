#pragma once
// Messages between the threads of a program: the contract's `send` and `receive`, the same under
// every engine.
//
// A channel belongs to the server whose threads receive from it; threads anywhere send into it. A
// message is shallow (Ma et al., DRust, OSDI'24, 4.1.2): the bytes of the struct itself, in which
// references to objects travel as they are, without serialisation. To another server it is one SEND
// of these bytes (message type "channel", purpose program); the runtime takes it out of the receive
// buffer on arrival, no worker of the engine is involved. Within a server it is a copy. A Box in a
// message is 16 bytes of it and takes the ownership of its object along, as with a closure
// (launcher.hpp): the sender's engine gives the object, and the receiver has it once it has taken
// the message out. Boxes in messages that nobody receives are nobody's.
//
// A channel may know whom it expects messages of. If such a thread is lost in a crash, and the
// survivors are told, receive_message() gives word of that once.
//
// send ends when the message is posted or copied. Messages of one sender arrive in order; threads
// receive in the order in which they asked. The wait for a message is charged as lock_wait until it
// was sent and as wire from then on; taking it out costs one touch of its bytes (copy). Messages
// are the program's own and in none of the amplification metrics.
//
// A channel of a library may have messages of a name of its own, and another verb: a WRITE_WITH_IMM
// costs the receiver what a SEND does, a WRITE lands in a ring that is polled and consumes no
// receive.

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "sim/cluster/cluster.hpp"
#include "sim/dsm/contract/engine.hpp"
#include "sim/time/sync.hpp"

namespace dsmsim {

class Channels : public OpHandler, private Receiver {
 public:
  Channels(Cluster& cluster, Engine& engine) : cluster_(cluster), engine_(engine) {}

  /// A channel for the threads of `home`. The message type is declared with the first of its name.
  ChannelId open(NodeId home, const std::string& messages = "channel", Verb verb = Verb::send);
  NodeId home(ChannelId channel) const { return channels_[channel.index()].home; }
  /// "channel 3 on server 1"
  std::string name(ChannelId channel) const;

  /// The owned objects whose Boxes a message takes along, for Op::expected of its send.
  std::uint64_t pack(std::vector<ObjectId> boxes);
  /// Those of a message that has been received.
  std::vector<ObjectId> unpack(std::uint64_t parcel);
  /// In their place: no message, but the word that a sender is lost.
  static constexpr std::uint64_t kLostSender = ~std::uint64_t{0};

  /// Whoever receives from the channel expects messages of that thread (World::add_sender).
  void add_sender(ChannelId channel, ThreadId sender) {
    channels_[channel.index()].senders.push_back(sender);
  }
  /// A word from a library for one of those who receive, behind what has come: it costs nothing and
  /// is no message of the program.
  void tell(ChannelId channel, std::uint64_t word);
  /// The thread is lost: each channel that expects messages of it gets the word, behind those that
  /// have come, for one receive_message().
  void report_loss(ThreadId sender);

  // Ops that name no open channel, and a receive on another server than the channel's, throw Error.
  MaybeDuration try_local(Thread& thread, Op& op) override;
  Task<> perform(Thread& thread, Op& op) override;

 private:
  struct Message {
    Bytes length;
    std::uint64_t content;
    std::uint64_t parcel;  ///< 0: no Boxes; or kLostSender
    Time sent;
  };
  struct Channel {
    Channel(NodeId server, Verb by, MessageTypeId of, EventQueue& queue)
        : home(server), verb(by), type(of), messages(queue) {}
    NodeId home;
    Verb verb;
    MessageTypeId type;  ///< invalid without a fabric
    Mailbox<Message> messages;
    std::vector<ThreadId> senders = {};
  };
  struct Body;

  MessageTypeId declare(const std::string& name, Verb verb);
  /// As what the NIC does to the receiver's memory.
  Effect land(ChannelId channel, const Message& message);
  Channel& checked(const Thread& thread, const Op& op);
  Task<> send(Thread& thread, const Op& op, Channel& channel);
  Task<> receive(Thread& thread, Op& op, Channel& channel);
  /// CPU time to take the message out.
  Duration take(Thread& by, const Message& message, Op& op);
  void deliver(const Delivery& delivery) override;

  Cluster& cluster_;
  Engine& engine_;
  std::map<std::string, MessageTypeId> types_;
  std::deque<Channel> channels_;
  std::vector<Message> written_;  ///< one-sided and on their way, or free
  std::vector<std::uint32_t> free_;
  std::map<std::uint64_t, std::vector<ObjectId>> parcels_;  ///< sent and not yet unpacked
  std::uint64_t last_parcel_ = 0;
};

}  // namespace dsmsim
