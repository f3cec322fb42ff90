#include "protocols/grappa/mutants.hpp"

namespace dsmsim {
namespace {

constexpr MutantRow kRows[] = {
    {"grappa.early_reply", "a write is answered, and carried out with the core's next delegate"},
    {"grappa.run_twice", "a write is carried out a second time, with the core's next delegate"},
    {"grappa.wrong_home", "delegates on the blocks of the last core go to the first"},
    {"grappa.lose_rest", "what does not fit into a packet is forgotten"},
    {"grappa.shared_grant", "a mutex is granted although somebody holds it"},
    {"grappa.forget_parked", "giving a mutex back does not run the delegates parked there"},
    {"grappa.forget_readers", "the first reader that gives a mutex back gives it back for all"},
    {"grappa.overlapping_allocation", "every object gets the chunk at the top of the heap"},
    {"grappa.weak_fence", "a fence does not wait for asynchronous writes"},
    {"grappa.overtake", "a task does not wait for its own write before it uses the block again"},
    {"grappa.overfill", "a word is filled although it is full"},
    {"grappa.keep_full", "taking the value of a word does not empty it"},
    {"grappa.wake_one", "when a word changes, only the newest of those who wait tests again"},
    {"grappa.keep_worker", "the worker of a task that has ended is not given to one that waits"},
    {"grappa.never_end", "core 0 does not count a core that has no writes left"},
    {"grappa.reset_busy", "the event ends for a core that has writes under way, too"},
    {"grappa.lose_enrolled", "a core that enrolls while the event ends gets no answer"},
    {"grappa.lose_completions", "writes that end while a completion is listed are never told"},
};

}  // namespace

std::span<const MutantRow> grappa_mutants() { return kRows; }

}  // namespace dsmsim
