#pragma once
// Fault tolerance: every partition has backups at the same addresses on other servers, and what is
// written to an object is written back to them in one piece, before anything of it can be seen on
// another server (Ma et al., OSDI'24, section 4.2.3).
//
// What the backups have of an object is its contents and its place, with the name that other
// servers know it by. An object that has moved keeps its old home, with the contents that it had
// there, until the new one has been written back: so whichever server crashes, the object goes back
// to what was known of it elsewhere, and copies under that name are copies of just that. Nothing is
// sent for allocations and releases: which addresses are in use follows from the pointers that
// survive (assumed).
//
// Whoever writes an object that lies on another server (behind a mutex; a part) writes it to the
// backups first: only who dies with the host may have written what they have not.
//
// Each backup has contents of its own: those of the last write-back that has arrived there. What
// all of them have is what others may know; a backup that has got more than the others keeps what
// it had before until the next write-back, and when its host is lost the substitute takes what all
// that are left have (assumed: they say so in `held`).
//
// The protocol tells it what happens (survival.hpp). With `backups` 0 there is no Replication.

#include <map>
#include <vector>

#include "protocols/drust/backups.hpp"
#include "protocols/drust/memory.hpp"
#include "protocols/drust/survival.hpp"
#include "sim/dsm/contract/event_log.hpp"

namespace dsmsim::drust {

class Replication final : public Survival {
 public:
  Replication(Runtime& runtime, Objects& objects, Heap& heap, Memory& memory, EventLog& log);

  Backups& backups() { return backups_; }
  const Backups& backups() const { return backups_; }
  /// What must be ended when somebody is lost.
  Holds& holds() { return holds_; }

  // Survival. What nobody has written need not be written back.
  void created(ObjectId object, ColouredAddress home) override;
  bool may_know(NodeId server, ObjectId object) override;
  Task<> about_to_know(Thread& thread, ObjectId object) override;
  bool may_unlock(ObjectId object) const override {
    const ObjectState& state = objects_[object];
    return !state.guarded || has(object, state.box.target);
  }
  Task<> about_to_leave(Thread& thread, ObjectId object, ColouredAddress home) override;
  bool follows_every_write() const override {
    return options().write_back == DrustWriteBack::every_borrow;
  }
  Task<std::uint64_t> use_far(Thread& thread, OneSided request, FarUse use) override;
  bool keeps_old_home(ObjectId object, ColouredAddress from) override;
  bool has_old_home(ObjectId object) const override {
    return saved_[object.index()].old_home != ColouredAddress();
  }
  void dropped(Sender& sender, ObjectId object) override { give_up_old_home(sender, object); }
  void held(ThreadId thread, Held held) override { holds_.hold(thread, held); }
  void let_go(ThreadId thread) override { holds_.let_go(thread); }
  void departed(ThreadId thread, ObjectId object, Passage passage) override {
    holds_.let_go(thread);
    holds_.passages()[object] = passage;
  }
  bool arrived(ObjectId object) override { return holds_.passages().erase(object) > 0; }

  /// Whether the backups have its contents, at its place.
  bool has(ObjectId object, ColouredAddress home) const {
    const Saved& saved = saved_[object.index()];
    return saved.stamp == objects_[object].stamp && saved.name.address() == home.address();
  }
  /// The name that other servers know it by.
  ColouredAddress name(ObjectId object) const { return saved_[object.index()].name; }

  // ---- when a server is lost (recovery.cpp)
  /// Its write-backs come to nothing, and who waited for them looks again; nobody waits for its
  /// answers.
  void forget_server(NodeId lost);
  /// Back to what the backups have, where its last home was lost: gives the name that it has now.
  ColouredAddress restore(ObjectId object, NodeId lost);
  /// The host writes the object back once more, for a backup may have other bytes; unless it is the
  /// lost server, whose objects are what the backups have.
  void refresh(ObjectId object, ColouredAddress home, NodeId lost) {
    if (heap_.host(home.address()) != lost) {
      begin(object, home);
    }
  }
  /// Write-backs that the backups of a lost server's partitions have to tell each other about:
  /// those of which it has not heard that all have them. None at a server that is no backup.
  std::int64_t count_unsure(NodeId lost, NodeId backup) const;
  /// Sends the whole partition to a server that is a backup from then on.
  Task<> bring_up(NodeId partition, NodeId backup);

  // ---- for a checker
  /// The old home that the object keeps, or null.
  ColouredAddress old_home(ObjectId object) const { return saved_[object.index()].old_home; }
  /// Whether every backup has got what others may know of the object.
  bool is_at_all_backups(ObjectId object) const;
  void fingerprint(Fingerprint& into) const;

 private:
  /// What one backup has: it is as of that write-back.
  struct Version {
    NodeId backup;
    std::uint64_t number;
  };
  /// What the backups have of an object, and other servers may know.
  struct Saved {
    ColouredAddress name;
    std::uint64_t stamp = 0;
    std::uint64_t before = 0;                         ///< the contents before these
    std::uint64_t number = 0;                         ///< of their write-back; 0: the allocation
    std::vector<Version> versions = {};               ///< of servers that have got any
    ColouredAddress old_home = {};                    ///< null: none
    SharerLists::Index sharers = SharerLists::kNone;  ///< of the old home
  };
  /// A write-back under way.
  struct Write {
    Write(EventQueue& queue, std::uint64_t round) : number(round), done(queue) {}
    std::uint64_t number;
    NodeId by;
    ColouredAddress name;
    std::uint64_t stamp = 0;
    std::vector<NodeId> awaited = {};  ///< who has not answered
    Gate done;
  };

  /// A mirror() under way: as long as any of its WRITEs.
  struct Mirror {
    explicit Mirror(EventQueue& queue) : done(queue) {}
    std::size_t awaited = 0;
    Gate done;
  };

  const DrustReplicationOptions& options() const { return runtime_.options().replication; }
  /// The write-back has arrived at the backup.
  void arrive(ObjectId object, NodeId backup, std::uint64_t number);
  bool has_arrived(const Saved& saved, NodeId backup, std::uint64_t number) const;
  std::vector<NodeId> without(ObjectId object, GlobalAddress home, std::uint64_t number) const;
  /// Those contents, and that name, are what others may know.
  void agree(ObjectId object, ColouredAddress name, std::uint64_t stamp, std::uint64_t number);
  /// The one under way, or a new one; null: no server is left for a backup.
  Write* begin(ObjectId object, ColouredAddress home);
  Task<> write(ObjectId object, NodeId by, NodeId backup, std::uint64_t number, Cause cause);
  void answered(ObjectId object, NodeId backup, std::uint64_t number);
  void finish(ObjectId object);
  void give_up_old_home(Sender& sender, ObjectId object);
  Task<> wait(Thread& thread, Write* write);
  Task<std::uint64_t> write_far(Thread& thread, OneSided request, FarUse use);
  /// The thread writes `length` bytes to those backups that have not got that write.
  Task<> mirror(Thread& thread, ObjectId object, GlobalAddress home, Bytes length,
                std::uint64_t number);
  Task<> mirror_to(NodeId from, NodeId backup, ObjectId object, Bytes length, std::uint64_t number,
                   std::shared_ptr<Mirror> mirror);
  /// A WRITE to a backup, of the write-back with that number.
  Post post_of(NodeId from, NodeId to, ObjectId object, Bytes payload, Cause cause,
               std::uint64_t number);
  bool is_last(bool none_awaited) const;
  template <class Tell>
  void for_each_in(NodeId partition, Tell tell) const;
  Bytes bytes_in(NodeId partition) const;
  void begin_at(NodeId partition, NodeId backup);
  Task<> send_partition(NodeId partition, NodeId backup, Bytes all);
  Task<> send_late(NodeId partition, NodeId backup);

  Runtime& runtime_;
  Objects& objects_;
  Heap& heap_;
  Memory& memory_;
  EventLog& log_;
  Backups backups_;
  Holds holds_;
  std::vector<Saved> saved_;  ///< by object
  std::map<ObjectId, std::unique_ptr<Write>> under_way_;
  std::uint64_t writes_ = 0;  ///< begun so far
};

}  // namespace dsmsim::drust
