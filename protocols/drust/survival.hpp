#pragma once
// What the protocol tells whoever sees to it that objects survive a crash (replication.hpp), when
// it happens. Nobody does without backups: then the pointer to this is null, and an event costs
// that branch. Tasks are awaited by the thread whose operation it is, before it goes on.

#include "protocols/drust/holds.hpp"
#include "protocols/drust/runtime.hpp"

namespace dsmsim::drust {

/// Bytes of an object that a thread reads or writes where they lie, on another server.
struct FarUse {
  ColouredAddress name;  ///< what the object is called with them
  Bytes length;
  bool write;
};

class Survival {
 public:
  Survival() = default;
  Survival(const Survival&) = delete;
  Survival& operator=(const Survival&) = delete;
  virtual ~Survival() = default;

  // ---- An object; `home` is its present name.
  /// It has been allocated.
  virtual void created(ObjectId object, ColouredAddress home) = 0;
  /// A thread of that server would know it as its Box has it: false if about_to_know() has to wait.
  virtual bool may_know(NodeId server, ObjectId object) = 0;
  virtual Task<> about_to_know(Thread& thread, ObjectId object) = 0;
  /// What is behind the mutex would be unlocked: false if about_to_leave() has to wait.
  virtual bool may_unlock(ObjectId object) const = 0;
  /// Something about it is to leave the thread's server.
  virtual Task<> about_to_leave(Thread& thread, ObjectId object, ColouredAddress home) = 0;
  /// Whether the end of every mutable borrow, and of every write of an owner, is about_to_leave().
  virtual bool follows_every_write() const = 0;
  /// The request uses bytes of it on another server: makes the request, and again if the server is
  /// lost. Gives the result.
  virtual Task<std::uint64_t> use_far(Thread& thread, OneSided request, FarUse use) = 0;
  /// It has moved: whether its old home is kept for now, and not given up.
  virtual bool keeps_old_home(ObjectId object, ColouredAddress from) = 0;
  virtual bool has_old_home(ObjectId object) const = 0;
  /// It has been dropped.
  virtual void dropped(Sender& sender, ObjectId object) = 0;

  // ---- Who has it.
  /// An operation of the thread holds the object.
  virtual void held(ThreadId thread, Held held) = 0;
  /// It does not, or something else does from now on.
  virtual void let_go(ThreadId thread) = 0;
  /// A Box is in a message from now on.
  virtual void departed(ThreadId thread, ObjectId object, Passage passage) = 0;
  /// The message has come: false if its sender has been lost, and the Box has been found already.
  virtual bool arrived(ObjectId object) = 0;
};

inline bool follows_every_write(const Survival* survival) {
  return survival != nullptr && survival->follows_every_write();
}

}  // namespace dsmsim::drust
