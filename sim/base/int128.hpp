#pragma once
// 128-bit integers, for products of two 64-bit numbers. GCC and Clang have them as an extension of
// ISO C++; this is the only place that says so.

namespace dsmsim {

__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;

}  // namespace dsmsim
