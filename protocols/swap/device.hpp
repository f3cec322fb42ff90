#pragma once
// Where pages go: what the kernel's swap code sees of a device.
//
// There are no slots: a page has its place on the device by its number, so blocks of neighbours in
// the address space are neighbours on the device, as the kernel tries to make it.

#include <string>
#include <vector>

#include "protocols/paging/page.hpp"
#include "sim/dsm/contract/counters.hpp"
#include "sim/dsm/contract/fingerprint.hpp"
#include "sim/fabric/message.hpp"
#include "sim/time/task.hpp"

namespace dsmsim::swap {

class Device {
 public:
  virtual ~Device() = default;

  /// What read() gives: the page, and whether it has come from another server.
  struct Found {
    std::uint64_t contents = 0;
    bool remote = false;
  };
  /// Reads the page, which write() has written, on behalf of such an operation. Charges `tally`, if
  /// there is one, with all of the time that passes.
  virtual Task<Found> read(paging::PageNumber page, Cause cause, Tally* tally) = 0;
  /// Ends when the device answers for the page. `data` is what amplification knows of it.
  virtual Task<> write(paging::PageNumber page, std::uint64_t contents, CachedData data) = 0;
  /// CPU time to submit a read, or a write, of the server that does.
  virtual Duration submit() const = 0;
  /// Whether who reads spins until the page has come.
  virtual bool spins() const = 0;
  virtual Bytes capacity() const = 0;

  /// What the device would give for the page.
  virtual std::uint64_t peek(paging::PageNumber page) const = 0;
  /// Throws Error(ExitCode::incoherent) if its own state contradicts itself.
  virtual void check() const {}
  /// Nothing is under way.
  virtual bool at_rest() const { return true; }
  virtual bool goes_on_without(NodeId /*server*/) { return true; }
  /// Whether the page cannot be read any more when the server is gone.
  virtual bool loses(NodeId /*server*/, paging::PageNumber /*page*/) const { return false; }
  virtual void reset_counters() {}
  virtual void report(CounterReport& report) const = 0;
  virtual void fingerprint(Fingerprint& into) const = 0;
};

}  // namespace dsmsim::swap
