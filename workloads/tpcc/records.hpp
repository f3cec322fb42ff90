#pragma once
// The rows of TPC-C's tables: bytes, and how many there are.
//
// Sizes are the typical row lengths of TPC Benchmark C, revision 5.11, clause 4.2.2, which follow
// from the columns of clause 1.3.

#include "sim/base/units.hpp"

namespace dsmsim::tpcc {

inline constexpr Bytes kWarehouse(89);
inline constexpr Bytes kDistrict(95);
inline constexpr Bytes kCustomer(655);
inline constexpr Bytes kStock(306);
inline constexpr Bytes kItem(82);
inline constexpr Bytes kOrder(24);
inline constexpr Bytes kNewOrder(8);
inline constexpr Bytes kOrderLine(54);
inline constexpr Bytes kHistory(46);

inline constexpr std::uint32_t kDistricts = 10;  ///< of a warehouse, clause 1.2.1

}  // namespace dsmsim::tpcc
