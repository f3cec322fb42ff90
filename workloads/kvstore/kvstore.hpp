#pragma once
// DRust's key-value store (Ma et al., OSDI'24, section 7; repository uclasystem/DRust
// drust/src/app/kv): an array of buckets, each an entry behind a mutex, without chaining.
//
// GET locks the entry of its bucket, reads it and unlocks; PUT locks, writes and unlocks. Driver i
// populates the table with the keys of stream i, then all drivers begin together and driver i
// measures with the keys of stream (i+1) mod drivers, so that what it touches was last touched by
// another server. The total of operations is divided over the drivers (strong scaling). README.md
// says what is taken from the paper, what from the artifact, and what differs.

#include <optional>

#include "workloads/generators/drivers.hpp"
#include "workloads/kvstore/options.hpp"

namespace dsmsim {

class Kvstore final : public Program {
 public:
  explicit Kvstore(KvstoreOptions options);
  Task<> main(Thread& thread) override;
  Demand demand(std::size_t servers) const override;
  std::optional<std::uint64_t> planned_operations() const override { return options_.operations; }
  void report(CounterReport& numbers) const override;

 private:
  std::vector<NodeId> entry_homes(World& world, std::size_t drivers) const;
  Task<> build(Thread& thread, std::size_t drivers);
  Task<> drive(Thread& thread, std::size_t driver, std::size_t drivers, StartLine& start);
  Task<> populate(Thread& thread, std::size_t driver, std::size_t drivers);
  Task<> measure(Thread& thread, std::size_t driver, std::size_t drivers,
                 const std::vector<Borrow>& handles);
  Task<std::vector<Borrow>> open_handles(Thread& thread);
  Task<> close_handles(Thread& thread, std::vector<Borrow>& handles);
  Task<> look_up(Thread& thread, std::uint64_t bucket, const std::vector<Borrow>& handles);
  Task<> get(Thread& thread, ObjectId entry);
  Task<> put(Thread& thread, ObjectId entry);

  KvstoreOptions options_;
  std::optional<KeyFileSet> files_;  // made when the drivers are known
  ObjectList entries_;               // by bucket
  std::vector<ObjectId> handle_chunks_;
  KindId get_kind_;
  KindId put_kind_;
  std::uint64_t gets_ = 0;
  std::uint64_t puts_ = 0;
  std::uint64_t first_touches_ = 0;
};

}  // namespace dsmsim
