#pragma once
// Objects that go from one thread to another with what the boundary itself carries.

#include <vector>

#include "sim/base/ids.hpp"
#include "sim/time/task.hpp"

namespace dsmsim {

class Engine;
class Thread;

/// The ownership of objects leaves a thread with a closure, a result or a message, under any
/// engine. Whoever gets them finds what the thread has written there, and may release them: engines
/// that let a thread run ahead of its writes are fenced. Charges the tally of `from`.
Task<> give_all(Engine& engine, Thread& from, const std::vector<ObjectId>& objects);

}  // namespace dsmsim
