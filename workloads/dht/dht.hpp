#pragma once
// GAM's distributed hash table (Cai et al., PVLDB 11(11), 2018, section 7.3; repository ooibc88/gam
// dht/kvbench.cc, kv.h, kvclient.cc): a table of buckets on every server, values in objects of
// their own.
//
//   GET  reader lock of the bucket; read it; read the value if the key is there; unlock
//   PUT  lock of the bucket; read it; allocate the value here and write the bucket, if the key is
//        new; write the value; unlock
//
// A bucket guards its values, which it has raw addresses of (allocate_raw). Which keys there are is
// kept beside the simulated memory, and looked at under the bucket's lock only. README.md says what
// is GAM's and what differs.

#include <optional>

#include "workloads/dht/options.hpp"
#include "workloads/generators/drivers.hpp"

namespace dsmsim {

class Dht final : public Program {
 public:
  explicit Dht(DhtOptions options) : options_(options.scaled()) {}
  Task<> main(Thread& thread) override;
  Demand demand(std::size_t servers) const override;
  std::optional<std::uint64_t> planned_operations() const override { return planned_; }
  void report(CounterReport& numbers) const override;

 private:
  /// Where a key is kept.
  struct Place {
    std::uint64_t key = 0;
    ObjectId table;  ///< the part of it that the bucket is in
    Bytes offset;    ///< of the bucket in that part
  };
  Task<> build(Thread& thread);
  Task<> drive(Thread& thread, std::size_t driver, StartLine& start);
  Task<> populate(Thread& thread, std::size_t driver);
  Task<> use(Thread& thread, std::size_t driver, bool measured);
  Task<bool> get(Thread& thread, Place place);
  Task<> put(Thread& thread, Place place);
  std::size_t measured_file(std::size_t driver) const;
  std::uint64_t share(std::size_t driver) const;
  std::uint64_t objects_per_table() const;
  Place place_of(const KeyPlace& key) const;

  DhtOptions options_;
  std::size_t tables_ = 0;
  std::size_t drivers_ = 0;
  std::optional<KeyFileSet> files_;
  ObjectList buckets_;        // table by table
  ObjectList values_;         // by key
  std::vector<bool> stored_;  // by key: its value has been allocated
  KindId get_kind_;
  KindId put_kind_;
  std::optional<std::uint64_t> planned_;
  std::uint64_t gets_ = 0;
  std::uint64_t puts_ = 0;
  std::uint64_t misses_ = 0;
  std::uint64_t first_touches_ = 0;
};

}  // namespace dsmsim
