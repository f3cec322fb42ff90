#pragma once
// Memory without a cache: every object has a home, and every access of another server is one
// one-sided verb there (README.md). The smallest distributed engine, to compare with and to copy.
//
// All state is at the homes and changes in the effect of a verb, at the moment at which the home's
// NIC touches memory, or in try_local on the home itself. Each thread has one request under way at
// most and waits for it, so memory is sequentially consistent.

#include <map>
#include <string>
#include <vector>

#include "protocols/nocache/messages.hpp"
#include "protocols/nocache/mutants.hpp"
#include "protocols/nocache/options.hpp"
#include "sim/dsm/boundary/world.hpp"
#include "sim/dsm/contract/counters.hpp"
#include "sim/dsm/contract/inspection.hpp"

namespace dsmsim {

// clang-format off
#define NOCACHE_COUNTERS(COUNTER)                                           \
  COUNTER(Count, local, "local", "operations on the home of their object")  \
  COUNTER(Count, remote, "remote", "requests of other servers to a home")   \
  COUNTER(Count, lock_retries, "lock_retries", "tries of a lock that somebody held")
// clang-format on
DSMSIM_COUNTERS(NocacheCounters, NOCACHE_COUNTERS)

class NocacheEngine final : public Engine, private Inspection {
 public:
  NocacheEngine(EngineContext context, NocacheOptions options);

  MaybeDuration try_local(Thread& thread, Op& op) override;
  Task<> perform(Thread& thread, Op& op) override;
  NodeId host(ObjectId object) const override { return home_of(object); }
  void reset_counters() override { counters_ = {}; }
  void report(CounterReport& report) const override { report.add(counters_); }
  void describe_waits(WaitForGraph& graph) const override;
  void check_quiescent() const override;
  const Inspection* inspection() const override { return this; }

 private:
  struct Object {
    NodeId home;
    std::uint64_t stamp = 0;  ///< name of the contents: the last write
    std::uint64_t lock = 0;   ///< the lock word: kWriter, and a count of readers
    bool live = false;
  };
  struct Word {
    ObjectId object;
    Bytes offset;
    auto operator<=>(const Word&) const = default;
  };
  struct Holder {
    ObjectId object;
    ThreadId thread;
    NodeId server = {};  ///< that it runs on
    auto operator<=>(const Holder&) const = default;
  };
  static constexpr std::uint64_t kWriter = std::uint64_t{1} << 32;

  /// What a server asks of a home.
  struct Request {
    nocache::MessageKind kind;
    ObjectId object;
    std::uint64_t operand = 0;  ///< what is added to a word
    Bytes payload;
    Duration before = {};  ///< CPU time, beyond looking up the home
    Effect effect = {};
  };

  NodeId home_of(ObjectId object) const { return objects_[object.index()].home; }

  // What happens at the home; the words as they were, and the stamps as they are.
  std::uint64_t read(const Op& op);
  std::uint64_t write(const Op& op);
  std::uint64_t atomic(const Op& op);
  std::uint64_t lock(Holder holder);
  std::uint64_t count_reader(Holder holder);
  bool take_here(Holder holder, OpKind kind);
  void unlock(Holder holder);

  // How another server brings it about.
  Fabric::Operation request(Thread& thread, NodeId home, const Request& what);
  Task<> spend(Thread& thread, Category category, Duration time);
  Task<> access(Thread& thread, Op& op);
  Task<> call_atomic(Thread& thread, Op& op);
  Task<bool> try_away(Thread& thread, const Op& op);
  Task<> take_lock(Thread& thread, Op& op);
  Task<> give_lock(Thread& thread, Op& op);

  // Memory.
  Fabric::Operation reserve(Thread& thread, NodeId home, const Op& op, std::uint64_t bytes);
  Task<> allocate(Thread& thread, Op& op);
  Task<> release(Thread& thread, Op& op);
  static NodeId wanted_home(const Thread& thread, const Op& op);
  bool has_room(std::uint64_t used, std::uint64_t bytes) const;
  void create(const Op& op, NodeId home);
  std::uint64_t next_stamp(const Op& op);

  MaybeDuration try_allocate_here(const Thread& thread, const Op& op);
  MaybeDuration try_at_home(const Thread& thread, Op& op);
  Duration atomic_cost() const { return profile_.touch(Bytes(8)) + options_.local_atomic; }
  void check(const Thread& thread, const Op& op) const;
  [[noreturn]] void reject(const Thread& thread, const Op& op, const std::string& why) const;

  MemoryModel claimed_model() const override { return MemoryModel::sequential; }
  void fingerprint(Fingerprint& into) const override;
  void fingerprint(const Post& message, Fingerprint& into) const override;
  bool forgets(ThreadId) const override { return true; }
  std::vector<std::uint64_t> shares() const;
  void check_always() const override;
  std::vector<ObjectId> lost_with(NodeId server) const override;
  const std::vector<std::string>& situations() const override;
  int situation(const Post& message) const override;

  EngineContext context_;
  EventQueue& queue_;
  const ServerProfile& profile_;
  NocacheOptions options_;
  Mutant mutant_;
  MessageTypes<nocache::MessageKind> types_;
  std::vector<Object> objects_;
  std::vector<std::uint64_t> used_;          ///< bytes of each server's memory
  std::map<Word, std::uint64_t> words_;      ///< that atomics have worked on
  std::map<Holder, std::uint64_t> holders_;  ///< of locks: what each has of the lock word
  std::map<ThreadId, ObjectId> pausing_;     ///< before they try a lock again
  std::uint64_t last_stamp_ = 0;
  NocacheCounters counters_;
};

}  // namespace dsmsim
