#pragma once
// What of Grappa's state goes into a fingerprint (sim/dsm/contract/fingerprint.hpp): everything
// that decides what happens next while nothing takes time. So neither counters nor clocks, and no
// numbers of messages and packets: a list is what it holds.
//
// Each part has a fingerprint() of its own; they are together in fingerprint.cpp.

#include "protocols/grappa/completion_event.hpp"
#include "protocols/grappa/home.hpp"

namespace dsmsim::grappa {

/// A packet under way.
void add(Fingerprint& into, const System& system, const Packet& packet);

}  // namespace dsmsim::grappa
