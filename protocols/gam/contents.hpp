#pragma once
// What blocks contain, by name. A block's version counts its writes; under a witness
// (sim/dsm/contract/witness.hpp) it is the token of the write that made its contents.
//
// The words of atomic operations are kept beside the blocks' contents, so an atomic operation
// changes neither contents nor their name. A write permission is exclusive, so copies need not
// carry them.

#include <tsl/robin_map.h>

#include "protocols/gam/cache.hpp"
#include "protocols/gam/step.hpp"
#include "sim/dsm/contract/witness.hpp"

namespace dsmsim::gam {

class Contents {
 public:
  /// Null: nobody watches the data.
  explicit Contents(Witness* witness) : witness_(witness) {}

  Outcome see(const Access& access, std::uint64_t version) const {
    if (witness_ != nullptr) [[unlikely]] {
      tell_read(access, version);
    }
    return {Outcome::done, version};
  }
  /// A holder of a lock reads a line whose write permission is still awaited for `write`.
  Outcome see_upgrading(const Access& access, const Line& line, const Access& write) const;
  /// The only place where contents get a new name: that of block `access.block` once it has been
  /// written, at this moment, on top of `base`.
  std::uint64_t commit(const Access& access, std::uint64_t base) {
    if (access.atomic != nullptr) {
      apply_atomic(access);
    }
    return witness_ == nullptr ? base + 1 : tell_write(access, base);
  }
  /// Adds the words.
  void fingerprint(Fingerprint& into) const;

 private:
  void apply_atomic(const Access& access);
  void tell_read(const Access& access, std::uint64_t version) const;
  std::uint64_t tell_write(const Access& access, std::uint64_t base) const;
  void tell_early_read(const Access& access, const Line& line, const Access& write) const;

  Witness* witness_;
  tsl::robin_map<GlobalAddress, std::uint64_t, AddressHash> words_;
};

}  // namespace dsmsim::gam
