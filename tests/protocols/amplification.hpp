#pragma once
// What tests of amplification compare: data that moved, against the bytes that were missing.

#include <ostream>

#include "tests/protocols/harness.hpp"

namespace dsmsim::testing {

/// Data moved for one cause, and bytes missing.
struct Sums {
  Bytes data;
  Bytes missing;
  bool operator==(const Sums&) const = default;
};
inline std::ostream& operator<<(std::ostream& out, const Sums& sums) {
  return out << to_string(sums.data) << " for " << to_string(sums.missing);
}
inline const Sums kNothing{};

inline const Traffic& traffic(Dut& dut) { return dut.cluster().fabric().ledger().traffic(); }
inline Sums sums(Dut& dut, Cause cause) {
  return {traffic(dut).data(cause), traffic(dut).missing(cause)};
}
inline Sums reads(Dut& dut) { return sums(dut, Cause::read); }
inline Sums writes(Dut& dut) { return sums(dut, Cause::write); }

inline Op bytes(OpKind kind, ObjectId object, Bytes offset = {}, Bytes length = Bytes(8)) {
  return Op::on(kind, object, offset, length);
}

}  // namespace dsmsim::testing
