#pragma once
// Reads and writes of large objects: as a whole, or in pieces that several threads of one server
// share, as the parallel loops of a port to a system without objects do.

#include "sim/dsm/boundary/thread.hpp"

namespace dsmsim {

struct Pieces {
  Bytes size;                 ///< of one access; zero: all of it at once
  std::uint32_t threads = 1;  ///< that share the accesses
};

/// Of bytes [offset, offset + length), or of the rest of the object if it ends before.
Task<> read_in_pieces(Thread& thread, ObjectId object, Bytes offset, Bytes length, Pieces pieces);
Task<> write_in_pieces(Thread& thread, ObjectId object, Bytes offset, Bytes length, Pieces pieces);

}  // namespace dsmsim
