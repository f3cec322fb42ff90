#include "protocols/drust/mutants.hpp"

namespace dsmsim {

namespace {

constexpr MutantRow kRows[] = {
    {"drust.same_colour", "the first write of an epoch does not change the colour"},
    {"drust.u_bit_kept", "making a Ref does not reset the U bit"},
    {"drust.owner_copy_kept", "making a MutRef leaves the copy and the U bit of its Box"},
    {"drust.count_kept", "a Ref that ends goes on counting as a user of its copy"},
    {"drust.count_dropped_twice", "a Ref that ends takes another one's use of the copy with it"},
    {"drust.invalidation_ignored", "an invalidation is acknowledged, and the copies stay"},
    {"drust.freed_early", "an address is free before its invalidations are acknowledged"},
    {"drust.owner_update_lost", "the WRITE of a dropped MutRef does not change the Box"},
    {"drust.owner_update_not_awaited", "a dropped MutRef does not wait for its WRITE to the Box"},
    {"drust.old_home_kept", "an object that moves does not give up its old home"},
    {"drust.copies_without_colours", "copies are found by their address, whatever the colour"},
    {"drust.copy_not_awaited", "a copy is read by others before it has come"},
    {"drust.transfer_keeps_count", "a Box that is transferred goes on counting as a user"},
    {"drust.box_without_owner", "who takes a Box out of a message does not become its owner"},
    {"drust.part_same_colour", "a part that is written back does not change the colour"},
    {"drust.in_place_same_colour", "a write in place does not change the colour"},
    {"drust.in_place_part_same_colour", "nor does a part that was written in place"},
    {"drust.colours_reset_silently", "colours begin anew, and old copies are not invalidated"},
    {"drust.part_not_written_back", "the WRITE of a part does not reach the object"},
    {"drust.u_bit_kept_across_migration", "a MutRef that moves keeps its name and U bit"},
    {"drust.group_left_behind", "what an object has affinity pointers to stays when it moves"},
    {"drust.companion_u_bit_kept", "an object is copied along with another, and keeps its U bit"},
    {"drust.unlocked_early", "the lock word is free while the WRITE behind it is under way"},
    {"drust.reader_count_leaked", "a reader that unlocks goes on counting in the lock word"},
    {"drust.reader_beside_writer", "a reader gets a lock that a writer has"},
    {"drust.taken_lock_taken", "the compare-and-swap of a lock succeeds whoever has it"},
    {"drust.crash_write_back_skipped", "nothing is written back before others know of it"},
    {"drust.crash_write_back_not_awaited", "others know of what is still being written back"},
    {"drust.crash_one_backup_awaited", "what is written back is done when the first backup has it"},
    {"drust.crash_stale_backup", "a backup that is promoted has what was written back before last"},
    {"drust.crash_promotion_not_known", "requests go on to the lost server, whoever was promoted"},
    {"drust.crash_lock_kept", "the locks of lost threads stay locked"},
    {"drust.crash_borrow_kept", "the references of lost threads go on"},
};

}  // namespace

std::span<const MutantRow> drust_mutants() { return kRows; }

}  // namespace dsmsim
