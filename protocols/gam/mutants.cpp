#include "protocols/gam/mutants.hpp"

namespace dsmsim {
namespace {

constexpr MutantRow kRows[] = {
    {"gam.skip_invalidation", "home forgets a sharer instead of invalidating it"},
    {"gam.keep_copy", "a sharer acknowledges an invalidation and keeps its copy"},
    {"gam.late_invalidation", "a sharer acknowledges an invalidation and drops its copy later"},
    {"gam.lose_acknowledgement", "a sharer that is invalidated does not acknowledge it"},
    {"gam.duplicate_acknowledgement", "a sharer acknowledges an invalidation twice"},
    {"gam.early_grant", "home goes on with the first of several acknowledgements"},
    {"gam.stale_upgrade", "home sends no data to an upgrade that has lost its copy meanwhile"},
    {"gam.late_write_back", "home is told of a write-back before the data comes"},
    {"gam.evict_dirty_as_clean", "an evicted dirty line is not written back"},
    {"gam.keep_evicted_sharer", "home does not strike out a sharer that evicts"},
    {"gam.early_ownership", "home agrees to a new owner before the old one has handed over"},
    {"gam.lose_home_copy", "a block that an owner shares does not reach home's memory"},
    {"gam.ignore_locks", "a locked line obeys other servers"},
    {"gam.forget_queue", "requests of other servers that wait at a block are forgotten"},
    {"gam.weak_fence", "a fence does not wait for the thread's writes"},
};

}  // namespace

std::span<const MutantRow> gam_mutants() { return kRows; }

}  // namespace dsmsim
