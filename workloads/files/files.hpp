#pragma once
// Reads and writes of files, as a file system benchmark asks for them: requests of one size, in
// order or at random, a share of them writes, with a sync now and then. What it shows is the way of
// a request to storage, and how much of a file a buffer cache must hold to spare it. README.md says
// what is measured.

#include "workloads/files/options.hpp"
#include "workloads/generators/drivers.hpp"

namespace dsmsim {

class Files final : public Program {
 public:
  explicit Files(FilesOptions options);
  Task<> main(Thread& thread) override;
  std::span<const OpKind> needs() const override;
  Demand demand(std::size_t servers) const override;
  std::optional<std::uint64_t> planned_operations() const override { return planned_; }
  void report(CounterReport& numbers) const override;

 private:
  Task<> drive(Thread& thread, std::size_t index, StartLine& start);
  Task<> warm_up(Thread& thread, FileId file) const;
  Task<> request(Thread& thread, FileId file, std::uint64_t slot, bool writes);

  FilesOptions options_;
  std::uint64_t slots_;  ///< requests that a file is long
  std::uint64_t planned_ = 0;
  std::size_t threads_ = 0;
  std::uint64_t reads_ = 0;
  std::uint64_t writes_ = 0;
  std::uint64_t syncs_ = 0;
  KindId read_kind_;
  KindId write_kind_;
  KindId sync_kind_;
};

}  // namespace dsmsim
