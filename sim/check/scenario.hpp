#pragma once
// A scenario: a small concurrent program as data. It is what a litmus test runs on an engine, what
// the reference memory models run (memory_model.hpp), and what a failing exploration is shrunk to.
//
// Every thread performs its steps one after another; there are no branches. Every object starts at
// 0 and every register is assigned by one step, so a register's final value is what that step saw.
// Distinct nonzero values identify the plain writes to an object (scenario_rules.hpp says what else
// makes a scenario a good one). The text form is described in docs/litmus.md:
//
//   # Store buffering: may both threads miss the other's write?
//   name SB
//   object x on 0
//   object y on 1
//   thread on 0:  x = 1;  r0 = y
//   thread on 1:  y = 1;  r1 = x
//   exists r0 = 0 and r1 = 0

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/ids.hpp"
#include "sim/base/units.hpp"
#include "sim/dsm/contract/op.hpp"

namespace dsmsim {

/// Places in Scenario::objects and Scenario::registers. What ObjectId an engine gives to the object
/// is another matter.
using ObjectIndex = Id<struct ObjectIndexTag, std::uint32_t>;
using RegisterIndex = Id<struct RegisterIndexTag, std::uint32_t>;

struct ScenarioObject {
  std::string name;
  NodeId home;
  Bytes size = Bytes(8);  ///< engines with blocks may put small objects of one home into one block
  bool guarded = false;   ///< the content of a mutex (Op::guarded)
  bool operator==(const ScenarioObject&) const = default;
};

/// One operation: read, write, lock, rlock, try_lock, try_rlock, unlock, atomic_add, atomic_cas,
/// write_ef, write_xf, read_fe, read_ff or fence.
struct Step {
  OpKind kind = OpKind::fence;
  ObjectIndex object = {};     ///< of all but fence
  std::uint64_t operand = 0;   ///< value written or filled in; addend; what atomic_cas stores
  std::uint64_t expected = 0;  ///< of atomic_cas
  RegisterIndex result = {};   ///< where the value read, the old value of an atomic or the success
                               ///< of a try-lock goes; may be invalid
  bool operator==(const Step&) const = default;
};

/// After a try-lock that failed, its unlock is passed over, and what would access a guarded object
/// (needs_lock). All other steps are always performed.
struct ScenarioThread {
  NodeId node;
  std::vector<Step> steps;
  bool operator==(const ScenarioThread&) const = default;
};

/// "r0 = 1", or "x = 1" about an object after all threads have ended: one of the two is valid.
struct Condition {
  RegisterIndex result = {};
  ObjectIndex object = {};
  std::uint64_t value = 0;
  bool operator==(const Condition&) const = default;
};

struct Scenario {
  std::string name;
  std::string about;        ///< what it asks, for people; lines are separated by \n
  std::size_t servers = 0;  ///< more than any `home` and `node`
  std::vector<ScenarioObject> objects;
  std::vector<ScenarioThread> threads;
  std::vector<std::string> registers;
  std::vector<Condition> exists;  ///< the interesting outcome: all of them; empty if none is named
  bool operator==(const Scenario&) const = default;
};

/// Whether only a thread that holds the lock of the step's object performs it.
bool needs_lock(const Scenario& scenario, const Step& step);

inline constexpr std::size_t kMostScenarioThreads = 6;
inline constexpr std::size_t kMostScenarioSteps = 12;  ///< of one thread
inline constexpr std::size_t kMostScenarioObjects = 8;
inline constexpr std::size_t kMostScenarioServers = 8;
inline constexpr Bytes kLargestScenarioObject = Bytes(4096);
inline constexpr std::uint64_t kLargestScenarioValue = 999;  ///< that a step names
/// What additions can make of it: the largest value of a condition.
inline constexpr std::uint64_t kLargestScenarioSum =
    kLargestScenarioValue * kMostScenarioThreads * kMostScenarioSteps;

/// Reads the text form. Throws InputErrors (exit code 2) with every mistake, one line each:
/// `file:line:column  what is wrong; did you mean ...`. `file` is for these lines only.
Scenario parse_scenario(std::string_view text, const std::string& file);
/// The same of a file.
Scenario read_scenario(const std::string& path);

/// The text form: parse_scenario gives the same scenario again if `scenario` has no faults
/// (scenario_rules.hpp) and its registers are numbered in the order in which steps assign them.
std::string to_text(const Scenario& scenario);
/// One step of it: "r0 = y".
std::string to_text(const Scenario& scenario, const Step& step);

}  // namespace dsmsim
