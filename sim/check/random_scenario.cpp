#include "sim/check/random_scenario.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace dsmsim {
namespace {

constexpr Bytes kSmall = Bytes(64);         // within one block
constexpr std::size_t kMostOperations = 9;  // a last unlock comes on top

class Author {
 public:
  Author(RandomStream& random, std::string name) : random_(random) {
    scenario_.name = std::move(name);
    scenario_.servers = between(2, 4);
  }

  Scenario write() && {
    const std::size_t objects = between(1, 4);
    for (std::size_t i = 0; i < objects; ++i) {
      add_object(i);
    }
    const std::size_t threads = between(2, 5);
    for (std::size_t i = 0; i < threads; ++i) {
      add_thread();
    }
    return std::move(scenario_);
  }

 private:
  std::size_t between(std::size_t least, std::size_t most) {
    return least + random_.below(most - least + 1);
  }
  NodeId any_server() {
    return NodeId(static_cast<std::uint32_t>(random_.below(scenario_.servers)));
  }
  ObjectIndex any_object() {
    return ObjectIndex(static_cast<std::uint32_t>(random_.below(scenario_.objects.size())));
  }

  void add_object(std::size_t number) {
    constexpr std::array kSizes = {Bytes(8), Bytes(8), kSmall, Bytes(600)};
    const bool atomic = random_.chance(0.15);
    scenario_.objects.push_back({std::string(1, static_cast<char>('a' + number)), any_server(),
                                 kSizes[random_.below(kSizes.size())],
                                 !atomic && random_.chance(0.35)});
    atomic_.push_back(atomic);
    values_.push_back(0);
  }

  void add_thread() {
    ScenarioThread thread{any_server(), {}};
    Step lock;
    const std::size_t operations = between(2, kMostOperations);
    while (thread.steps.size() < operations) {
      const ObjectIndex object = lock.object.valid() ? lock.object : any_object();
      if (lock.object.valid() && random_.chance(0.3)) {
        thread.steps.push_back({.kind = OpKind::unlock, .object = lock.object});
        lock = {};
      } else if (!lock.object.valid() && wants_lock(object)) {
        lock = take_lock(object);
        thread.steps.push_back(lock);
      } else {
        thread.steps.push_back(access(object, is_shared(lock.kind)));
      }
    }
    if (lock.object.valid()) {
      thread.steps.push_back({.kind = OpKind::unlock, .object = lock.object});
    }
    scenario_.threads.push_back(std::move(thread));
  }

  bool wants_lock(ObjectIndex index) {
    const ScenarioObject& object = scenario_.objects[index.index()];
    return object.guarded || (object.size <= kSmall && random_.chance(0.15));
  }

  Step take_lock(ObjectIndex object) {
    constexpr std::array kKinds = {OpKind::lock, OpKind::rlock, OpKind::try_lock,
                                   OpKind::try_rlock};
    const OpKind kind = kKinds[random_.below(kKinds.size())];
    const bool tells = tries(kind);
    return {.kind = kind, .object = object, .result = tells ? new_register() : RegisterIndex()};
  }

  Step access(ObjectIndex object, bool only_reads) {
    if (random_.chance(0.05) || (only_reads && atomic_[object.index()])) {
      return {.kind = OpKind::fence};
    }
    if (atomic_[object.index()]) {
      return {.kind = OpKind::atomic_add,
              .object = object,
              .operand = between(1, 3),
              .result = new_register()};
    }
    if (only_reads || random_.chance(0.55)) {
      return {.kind = OpKind::read, .object = object, .result = new_register()};
    }
    return {.kind = OpKind::write, .object = object, .operand = ++values_[object.index()]};
  }

  RegisterIndex new_register() {
    scenario_.registers.push_back(fmt::format("r{}", scenario_.registers.size()));
    return RegisterIndex(static_cast<std::uint32_t>(scenario_.registers.size() - 1));
  }

  RandomStream& random_;
  Scenario scenario_;
  std::vector<bool> atomic_;           // by object
  std::vector<std::uint64_t> values_;  // the last that was written, by object
};

}  // namespace

Scenario random_scenario(RandomStream& random, std::string name) {
  return Author(random, std::move(name)).write();
}

}  // namespace dsmsim
