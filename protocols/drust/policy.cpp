#include "protocols/drust/policy.hpp"

namespace dsmsim::drust {

Policy policy_of(const DrustOptions& options) {
  if (options.mode == DrustMode::paper) {
    return {.reply = options.control, .call = {}};
  }
  return {.colours_writes = false,
          .keeps_unused_copies = false,
          .promotes_copies = false,
          .moves_to_lend = true,
          .borrows_parts = false,
          .awaits_owner = false,
          .no_ties =
              "the released code's own programs use no affinity pointers, and mode: artifact does "
              "not model them",
          .shares_locks = false,
          .leases_mutexes = true,
          .frees_left_value = false,
          .has_controller = false,
          .starts_in_slots = true,
          .panics_when_full = true,
          .flags_requests = true,
          .answers_calls = true,
          .reply = options.artifact.reply,
          .call = options.artifact.call};
}

}  // namespace dsmsim::drust
