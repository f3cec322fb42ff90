#pragma once
// Where the designs of DRust part: the one of the paper (Ma et al., OSDI'24), whose gaps are
// closed; the paper's algorithms to the letter, with which reads may be stale (docs/findings.md);
// and the one of its released code (uclasystem/DRust at e8602ff). Chosen once, by
// DrustOptions::mode; the protocol asks for each decision by its name, and no more. What is more
// than a decision is in artifact.cpp and leases.cpp. README.md, "The released code", has the table.

#include "protocols/drust/options.hpp"

namespace dsmsim::drust {

/// As the paper has it, unless policy_of() says otherwise.
struct Policy {
  // What the paper's algorithms leave out.
  bool clears_owner_copy = true;     ///< a mutable reference ends the copy and U bit of its Box
  bool counts_overwritten = true;    ///< a copy whose word the U bit takes has a user less
  bool awaits_invalidations = true;  ///< an address is not used again while there are copies of it
  // Names and copies.
  bool colours_writes = true;       ///< a write of a local object gives it another colour
  bool keeps_unused_copies = true;  ///< until they are evicted or invalidated; else freed at once
  bool promotes_copies = true;      ///< the copy of an owner who writes becomes the object
  bool moves_to_lend = false;       ///< an owner with a copy brings the object home to lend it
  bool borrows_parts = true;        ///< a mutable reference to a part leaves the rest to others
  bool awaits_owner = true;         ///< who drops a MutRef waits until its Box knows the new name
  const char* no_ties = nullptr;    ///< why there are no affinity pointers; null: there are
  // Mutexes.
  bool shares_locks = true;      ///< readers have a lock together
  bool leases_mutexes = false;   ///< a mutex and its value come to the server that locks it
  bool frees_left_value = true;  ///< what is behind a mutex frees its old place when it moves
  // Threads and memory.
  bool has_controller = true;
  bool starts_in_slots =
      false;  ///< a thread starts where fewest are; else here while there is room
  bool panics_when_full = false;  ///< where else another server is asked, or an object stays remote
  // Messages.
  bool flags_requests =
      false;                   ///< behind each one-sided request a READ, for which the thread waits
  bool answers_calls = false;  ///< also those that nobody waits for
  Bytes reply;                 ///< payload of an answer
  Duration call;               ///< CPU time of sending a control message, beside posting
};

Policy policy_of(const DrustOptions& options);

}  // namespace dsmsim::drust
