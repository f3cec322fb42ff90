#include "protocols/swap/mutants.hpp"

namespace dsmsim {
namespace {

constexpr MutantRow kRows[] = {
    {"swap.free_while_writing", "a page leaves memory before its write has ended"},
    {"swap.drop_dirty", "reclaim drops a dirty page of which the device has an older version"},
    {"swap.forget_late_write", "a page that was written during its write-back is dropped after it"},
    {"swap.keep_mapped", "a page stays mapped while it is written back"},
    {"swap.map_early", "a fault maps a page whose read is under way"},
    {"swap.wrong_neighbour", "readahead puts a page into its neighbour's place"},
    {"swap.zero_again", "a page that was clean when it went is taken for one never touched"},
    {"swap.lose_frame", "the frame of a clean page that leaves is not free afterwards"},
    {"swap.keep_bits", "pages of a slab that is lost, or taken back, keep their bits"},
    {"swap.believe_lost_write", "a write that a lost server never got counts as done"},
    {"swap.use_before_info", "a slab is used before its server has said that it lends it"},
    {"swap.lend_twice", "a server lends the same memory to two slabs"},
    {"swap.stop_without_waiting", "a slab is given back while requests to it are under way"},
    {"swap.lose_done", "the server is not told that its slabs have been left"},
};

}  // namespace

std::span<const MutantRow> swap_mutants() { return kRows; }

}  // namespace dsmsim
