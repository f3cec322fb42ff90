#include "protocols/legoos/mutants.hpp"

#include <algorithm>

namespace dsmsim {
namespace {

constexpr MutantRow kRows[] = {
    {"legoos.skip_eviction_wait", "a page is fetched while it is on its way to memory"},
    {"legoos.evict_dirty_as_clean", "an evicted dirty line is not written back"},
    {"legoos.lose_flush", "a memory server acknowledges what is written back and forgets it"},
    {"legoos.misplace_piggyback", "what comes with a miss is written to the page that is fetched"},
    {"legoos.lose_stash", "the dirty line of a fill that is given up is not written back"},
    {"legoos.unlock_early", "the lock of the page table is not held while a page is fetched"},
    {"legoos.trust_first_look", "a fill does not look again when it has the lock"},
    {"legoos.keep_writable", "write_protect: a page can be written while it is written back"},
    {"legoos.drop_unflushed", "victim: the oldest line goes, written back or not"},
    {"legoos.lose_replica", "a secondary acknowledges what it is to log and forgets it"},
    {"legoos.skip_log_in_recovery",
     "a log is not stored again before a server is recovered from it"},
    {"legoos.zero_fill_again", "a page that was written back is filled with zeros"},
    {"legoos.drop_dirty_block", "a dirty block leaves the buffer cache and is not written back"},
    {"legoos.forget_other_pages", "a write of a part of a block does not read the rest of it"},
    {"legoos.write_busy_block", "a block changes while it is written back, and is clean then"},
    {"legoos.clean_without_storing", "file_sync calls blocks clean that are not at storage"},
    {"legoos.two_caches_of_file", "threads use the buffer caches of different servers"},
};

}  // namespace

std::span<const MutantRow> legoos_mutants() { return kRows; }
std::span<const MutantRow> legoos_file_mutants() {
  const auto* const first = std::find_if(std::begin(kRows), std::end(kRows), [](const auto& row) {
    return row.name == "legoos.drop_dirty_block";
  });
  return {first, std::end(kRows)};
}

}  // namespace dsmsim
