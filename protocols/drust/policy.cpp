#include "protocols/drust/policy.hpp"

namespace dsmsim::drust {

namespace {

Policy artifact(const DrustOptions& options) {
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

}  // namespace

Policy policy_of(const DrustOptions& options) {
  switch (options.mode) {
    case DrustMode::paper:
      return {.promotes_copies = options.promotion == DrustPromotion::promote,
              .reply = options.control,
              .call = {}};
    case DrustMode::as_written:
      return {.clears_owner_copy = false,
              .counts_overwritten = false,
              .awaits_invalidations = false,
              .promotes_copies = options.promotion == DrustPromotion::promote,
              .reply = options.control,
              .call = {}};
    case DrustMode::artifact:
      break;
  }
  return artifact(options);
}

}  // namespace dsmsim::drust
