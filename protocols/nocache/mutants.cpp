#include "protocols/nocache/mutants.hpp"

namespace dsmsim {
namespace {

constexpr MutantRow kRows[] = {
    {"nocache.split_atomic", "an atomic puts back what was there when it was asked for"},
    {"nocache.blind_lock", "a lock is taken whether it is free or not"},
    {"nocache.reader_beside_writer", "a reader counts itself and does not look for a writer"},
    {"nocache.reader_counts_on", "a reader that has met a writer does not take its count back"},
};

}  // namespace

std::span<const MutantRow> nocache_mutants() { return kRows; }

}  // namespace dsmsim
