#pragma once
// YCSB's core workloads A to F (Cooper et al., SoCC 2010), with records as DSM objects.
//
// Records are loaded first, each on the server that its number names round-robin; then every thread
// does its share of the operations: read, update, insert, scan, read-modify-write, counted as the
// kinds ycsb_read and so on. Operations, keys, fields and scan lengths are drawn as
// CoreWorkload.java draws them. README.md says what differs from YCSB.

#include <memory>

#include "sim/base/enumeration.hpp"
#include "workloads/generators/drivers.hpp"
#include "workloads/ycsb/key_chooser.hpp"
#include "workloads/ycsb/record_index.hpp"

namespace dsmsim {

class Ycsb final : public Program {
 public:
  explicit Ycsb(YcsbOptions options);
  Task<> main(Thread& thread) override;
  Demand demand(std::size_t servers) const override;
  std::optional<std::uint64_t> planned_operations() const override {
    return options_.operationcount;
  }
  void report(CounterReport& numbers) const override;

 private:
  enum Operation : unsigned char { read_op, update_op, insert_op, scan_op, rmw_op };
  static constexpr std::size_t kOperations = kEnumerators<Operation>;
  enum class Access : unsigned char { read, write };
  struct Client;

  Task<> load(Thread& thread);
  Task<> drive(Thread& thread, std::size_t client, std::size_t clients, StartLine& start);
  Operation choose(RandomStream& random) const;
  Task<> perform(Thread& thread, Operation operation, Client& client);

  Task<> read(Thread& thread, std::uint64_t record, Client& client);
  Task<> update(Thread& thread, std::uint64_t record, Client& client);
  Task<> read_modify_write(Thread& thread, std::uint64_t record, Client& client);
  Task<> insert(Thread& thread);
  Task<> scan(Thread& thread, std::uint64_t first, Client& client);
  Task<> write_whole(Thread& thread, std::uint64_t record);

  Task<Borrow> open(Thread& thread, std::uint64_t record, Access access);
  Task<> close(Thread& thread, Borrow borrow);
  Task<> read_fields(Thread& thread, Borrow record, Client& client);
  Task<> write_fields(Thread& thread, Borrow record, Client& client);

  YcsbOptions options_;
  Proportions proportions_;
  AcknowledgedCounter records_;
  KeyChooser keys_;
  RecordIndex index_;
  std::unique_ptr<ItemGenerator> scan_lengths_;
  ObjectList objects_;  // by record
  KindId kinds_[kOperations];
  std::uint64_t scanned_ = 0;
};

}  // namespace dsmsim
