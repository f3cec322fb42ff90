#pragma once
// Which record an operation asks for (YCSB core/.../workloads/CoreWorkload.java, nextKeynum): a
// record number below those that have certainly been inserted.

#include <memory>

#include "workloads/generators/acknowledged_counter.hpp"
#include "workloads/ycsb/options.hpp"

namespace dsmsim {

class KeyChooser {
 public:
  /// `records` must outlive it.
  KeyChooser(const YcsbOptions& options, const AcknowledgedCounter& records);
  std::uint64_t next(RandomStream& random);

 private:
  const AcknowledgedCounter& records_;
  std::unique_ptr<ItemGenerator> items_;
  bool newest_first_;  // the generator counts back from the newest record
};

}  // namespace dsmsim
