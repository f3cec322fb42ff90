#pragma once
// 128-bit integers, for products of two 64-bit numbers. GCC and Clang have them as an extension of
// ISO C++; this is the only place that says so.

namespace dsmsim {

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 UInt128;

}  // namespace dsmsim
