#include "protocols/kona/mutants.hpp"

namespace dsmsim {
namespace {

constexpr MutantRow kRows[] = {
    {"kona.forget_dirty_line", "the last dirty line of a block does not get into the log"},
    {"kona.scan_before_snoop", "the bitmap is read before modified lines have left the CPU caches"},
    {"kona.forget_cpu_line", "the FPGA does not see a line that the CPU caches write back"},
    {"kona.evict_while_mapped", "a block can still be written while it is copied into the log"},
    {"kona.reuse_before_ack", "space of the log is used again as soon as it has been sent"},
    {"kona.drop_when_full", "what finds no room in the log is dropped"},
    {"kona.refetch_past_log", "a fetch does not look whether the log has lines of its block"},
    {"kona.ack_before_applied", "the log receiver acknowledges a batch before it has applied it"},
    {"kona.apply_backwards", "the log receiver applies the entries of a batch from the last on"},
    {"kona.skip_replica", "dirty lines reach only the first of several memory nodes"},
    {"kona.merge_without_data", "a miss that is merged goes on before the block is there"},
    {"kona.use_rest_early", "all of a block is used when its first line has come"},
    {"kona.rest_over_stores", "the rest of a block overwrites what was stored to its first line"},
    {"kona.evict_while_allowing",
     "kona-vm: a page can be evicted while a first store to it is being allowed"},
    {"kona.lose_written_page", "kona-vm: a write fault does not make its page dirty"},
    {"kona.reuse_written_frame", "kona-vm: a frame is used again before its page is written"},
};

}  // namespace

std::span<const MutantRow> kona_mutants() { return kRows; }

}  // namespace dsmsim
