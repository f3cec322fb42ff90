#pragma once
// What can be chosen about the IVY engine, and what its software costs.

#include "sim/base/config/fields.hpp"
#include "sim/base/units.hpp"

namespace dsmsim {

/// CPU times of one server.
struct IvyCosts {
  Duration fault;         ///< of a thread: trap, fault handler, page table, return
  Duration service;       ///< of a server, per message
  Duration unmap;         ///< a page is taken out of the page table, on the cores of its server
  Duration allocation;    ///< or release of a chunk of local memory
  Duration local_atomic;  ///< an atomic instruction, beyond the memory access
};

struct IvyOptions {
  Bytes page = Bytes(4096);
  Bytes cache;  ///< for pages of other servers; zero: as much as the server has memory
  std::uint32_t ways = 64;
  bool upgrades = true;  ///< who may read a page already is not sent it again to write it
  std::uint32_t workers = 1;
  Bytes grant = Bytes(64 << 10);  ///< what a size class takes of the server's memory at a time
  IvyCosts costs;
  config::Sources sources;
};

void describe(config::Fields& fields, IvyCosts& costs);
void describe(config::Fields& fields, IvyOptions& options);
/// The same protocol by software that takes no time.
IvyOptions timeless(IvyOptions options);

}  // namespace dsmsim
