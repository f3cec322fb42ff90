#pragma once
// The checker: a witness that knows, byte for byte, what every read may return, and stops the run
// at the first read, write or lock that breaks the memory model which the engine claims.
//
// It keeps the order in which writes to each unit of coherence took effect. The rules:
//
//   every write   is made on top of the latest contents of its unit: otherwise bytes are lost.
//   every read    finds contents whose bytes were the latest at some moment since the read began.
//                 That is stronger than sequential consistency asks (it is linearizability), and is
//                 what protocols with a single writer at a time deliver; the threads' own order
//                 follows from it.
//   own writes    are seen by their thread: a read does not pass an earlier write to its bytes.
//   sequential    a write has taken effect when its operation ends.
//   pso, tso      it may take effect later, but before anything that follows a fence or a lock of
//                 its thread; no other thread sees it before.
//   coherent      only the order for each thread and each unit counts: no read goes back.
//   locks         exclude each other where they have bytes in common: programs lock objects or
//                 ranges of them (Op::lock), and an engine may keep out more than it has to.
//   crashes       free the locks of lost threads, and may undo what threads of the lost server have
//   written last, as long as nobody
//                 else has read it and the engine has not let it out (Witness::left).
//   calls         (critical sections that go to the data) read or write in one piece, and order
//                 what is around them as locks do.
//   words         with a full/empty bit are used one operation at a time: between its beginning
//                 and its end, a write_ef fills a word that is empty, reads find what the last
//                 write put there, and a read_fe empties it, so that it takes one write's value.
//                 They order what is around them as locks do.
//
// (Adve and Gharachorloo, "Shared Memory Consistency Models: A Tutorial", IEEE Computer 29(12),
// 1996.) Memory: the last kRemembered writes of each unit and the pending ones of each thread; a
// read of something older than these is a violation in any of the models. Errors are thrown as
// Error(ExitCode::incoherent), with what was read, what should have been, and the unit's last
// steps.

#include <tsl/robin_map.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/dsm/contract/inspection.hpp"
#include "sim/dsm/contract/witness.hpp"
#include "sim/time/event_queue.hpp"

namespace dsmsim {

class Checker final : public Witness {
 public:
  static constexpr std::size_t kRemembered = 64;

  /// Sequential consistency, until set_model().
  explicit Checker(const EventQueue& clock) : clock_(clock) {}
  void set_model(MemoryModel model) { model_ = model; }
  MemoryModel model() const { return model_; }

  OpToken begin(const Thread& thread, const Op& op) override;
  void end(const Thread& thread, const Op& op) override;
  void created(std::uint64_t unit, OpToken contents) override;
  void wrote(OpToken write, const Extent& extent, OpToken base) override;
  void read(OpToken read, const Extent& extent, OpToken contents) override;
  void read_early(OpToken read, const Extent& extent, OpToken write) override;
  void left(std::uint64_t number) override;
  void rolled_back(std::uint64_t number, OpToken name, NodeId lost) override;
  void used_word(ThreadId thread, std::uint64_t value) override;

  /// The thread of an operation, and the how manieth of that thread it is, from 1.
  static ThreadId thread_of(OpToken token) {
    return ThreadId(static_cast<std::uint32_t>((token >> kCountBits) - 1));
  }
  static std::uint32_t number_of(OpToken token) {
    return static_cast<std::uint32_t>(token & ((OpToken{1} << kCountBits) - 1));
  }
  /// The write whose value the thread's last read has seen in its first byte; 0: nobody's who is
  /// remembered.
  OpToken last_read(ThreadId reader) const;

  /// Adds what decides about verdicts to come.
  void fingerprint(Fingerprint& into) const;

  std::uint64_t reads() const { return reads_; }
  std::uint64_t writes() const { return writes_; }

 private:
  static constexpr int kCountBits = 40;
  using Sequence = std::uint64_t;  ///< counts commits and beginnings of operations

  struct Commit {
    OpToken write;
    Bytes offset;
    Bytes length;
    Sequence when;
    Time at;
  };
  struct Unit {
    std::vector<Commit> commits;  ///< the newest last
    OpToken first = 0;            ///< the contents before commits[0]
    Sequence out = 0;             ///< what was committed until then is known to other servers
    OpToken latest() const { return commits.empty() ? first : commits.back().write; }
  };
  /// Engines number units of different homes alike but for their highest bits, which the table
  /// would not look at.
  struct Spread {
    std::size_t operator()(std::uint64_t unit) const {
      const std::uint64_t spread = unit * 0x9e3779b97f4a7c15;
      return static_cast<std::size_t>(spread ^ (spread >> 32));
    }
  };
  struct Pending {
    OpToken write;
    ObjectId object;
    Bytes offset;
    Bytes length;
    Bytes left;  ///< not yet in effect
  };
  /// A thread, its operation under way or the last one, and what it has not finished.
  struct Watched {
    const Thread* thread = nullptr;
    NodeId node;
    OpToken last = 0;
    bool active = false;
    ObjectId object;
    Bytes offset;
    Bytes length;
    Sequence since = 0;    ///< when the operation began
    Extent found = {};     ///< where the last read looked,
    OpToken contents = 0;  ///< and what it found there
    OpKind kind = OpKind::fence;
    std::uint64_t operand = 0;
    bool used = false;             ///< its word
    OpToken fence = 0;             ///< what came before it takes effect before what follows it
    std::vector<Pending> pending;  ///< writes that have not taken effect, in order
    tsl::robin_map<std::uint64_t, Sequence, Spread>
        seen;  ///< coherent: the newest commit seen, by unit
  };
  /// A word with a full/empty bit.
  struct Word {
    bool full = false;
    std::uint64_t value = 0;
  };
  /// Of one object, a byte of it at least.
  struct HeldLock {
    ThreadId holder;
    Bytes offset;
    Bytes length;
    bool shared;
  };

  Watched& watched(ThreadId thread) { return threads_[thread.index()]; }
  void end_write(const Watched& thread) const;
  void check_call(const Watched& thread) const;
  void check_fence(const Watched& thread) const;
  void settle(OpToken write, Bytes length);
  static HeldLock lock_of(const Thread& thread, const Op& op);
  void take_lock(const Thread& thread, const Op& op);
  void give_lock(const Thread& thread, const Op& op);
  void forget_lost(std::vector<HeldLock>& held) const;
  void undo(const Commit& commit, const Unit& unit, NodeId lost);
  void note_reader(Unit& unit, const Watched& reader, OpToken contents);
  void end_word(const Watched& thread, const Op& op) const;
  void check_pending(const Watched& reader, OpToken read) const;
  void check_read(Watched& reader, OpToken read, const Unit& unit, const Extent& extent,
                  OpToken contents);
  std::string name(OpToken token) const;
  std::string history(const Unit& unit) const;
  [[noreturn]] void violated(const std::string& what) const;

  MemoryModel model_ = MemoryModel::sequential;
  const EventQueue& clock_;
  Sequence sequence_ = 0;
  std::vector<Watched> threads_;
  tsl::robin_map<std::uint64_t, Unit, Spread> units_;
  tsl::robin_map<std::uint64_t, std::vector<HeldLock>> locks_;  ///< by object
  std::map<std::pair<ObjectId, Bytes>, Word> words_;
  std::uint64_t reads_ = 0;
  std::uint64_t writes_ = 0;
};

}  // namespace dsmsim
