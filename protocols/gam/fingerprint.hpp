#pragma once
// What of GAM's state goes into a fingerprint (sim/dsm/contract/fingerprint.hpp): everything that
// decides what happens next while nothing takes time. So neither counters nor clocks, and tables in
// the order of addresses, however they came to be. Numbers of transactions and of lines are names.

#include "protocols/gam/transactions.hpp"
#include "sim/dsm/contract/fingerprint.hpp"

namespace dsmsim::gam {

/// A message from one server to another, under way or queued.
void add(Fingerprint& into, const Message& message, NodeId from, NodeId to);
void add(Fingerprint& into, const ThreadContext& thread);

}  // namespace dsmsim::gam
