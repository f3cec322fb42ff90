#pragma once
// TPC-C as GAM's database runs it (Cai et al., PVLDB 11(11), 2018, section 7.2; repository
// ooibc88/gam, database/): new-order and payment transactions on records that lie at the server of
// their warehouse, with two-phase locking by try-locks.
//
//   for each record of the transaction: try to lock it (shared, if it is only read); read it
//   a lock that is not to be had at once: unlock all; the transaction has aborted
//   commit: allocate and write what is inserted, write the records that change, unlock all
//
// Try-locks make deadlocks impossible. README.md says what is GAM's, what is the standard's and
// what is left out.

#include <array>
#include <vector>

#include "workloads/generators/drivers.hpp"
#include "workloads/tpcc/generator.hpp"
#include "workloads/tpcc/options.hpp"

namespace dsmsim {

class Tpcc final : public Program {
 public:
  explicit Tpcc(TpccOptions options) : options_(std::move(options)) {}
  Task<> main(Thread& thread) override;
  void check_servers(std::size_t servers) const override;
  Demand demand(std::size_t servers) const override;
  std::optional<std::uint64_t> planned_operations() const override { return planned_; }
  void report(CounterReport& numbers) const override;

 private:
  /// A record that a transaction locks.
  struct Access {
    ObjectId record;
    Bytes size;
    bool writes = false;
  };
  /// What a transaction does.
  struct Plan {
    std::array<Access, 3 + 2 * 15> accesses = {};
    std::size_t count = 0;
    std::array<Bytes, 2 + 15> inserts = {};
    std::size_t inserted = 0;
    void read(ObjectId record, Bytes size) { accesses[count++] = {record, size, false}; }
    void write(ObjectId record, Bytes size, bool writes) {
      accesses[count++] = {record, size, writes};
    }
    void insert(Bytes size) { inserts[inserted++] = size; }
  };
  Task<> build(Thread& thread);
  Task<ObjectList> table(Thread& thread, std::size_t rows_of_warehouse, Bytes size);
  Task<> drive(Thread& thread, std::size_t driver, StartLine& start);
  Task<> transact(Thread& thread, tpcc::Generator& requests, std::uint64_t count, bool measured);
  Task<bool> attempt(Thread& thread, const Plan& plan);
  Task<> commit(Thread& thread, const Plan& plan);
  Plan plan_of(const tpcc::Request& request, tpcc::Generator& requests, NodeId server) const;
  void plan_order(Plan& plan, const tpcc::Request& order, RandomStream& random,
                  NodeId server) const;
  void plan_payment(Plan& plan, const tpcc::Request& payment, RandomStream& random) const;
  bool changes(RandomStream& random) const { return !random.chance(options_.read_ratio); }

  TpccOptions options_;
  std::size_t servers_ = 0;
  ObjectList warehouses_;
  ObjectList districts_;
  ObjectList customers_;
  ObjectList stock_;
  ObjectList items_;  // a copy on every server
  KindId new_order_kind_;
  KindId payment_kind_;
  std::optional<std::uint64_t> planned_;
  std::uint64_t new_orders_ = 0;
  std::uint64_t payments_ = 0;
  std::uint64_t aborts_ = 0;
};

}  // namespace dsmsim
