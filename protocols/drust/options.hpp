#pragma once
// What can be chosen about the DRust engine: every point that the paper leaves open (Ma et al.,
// OSDI'24) is an option whose default keeps the memory coherent, plus what its software costs.
//
// Network costs are the NIC profile's; the Costs here are software alone, and
// configs/protocols/drust.json says where each comes from. README.md discusses the options.

#include "protocols/drust/allocator.hpp"
#include "sim/base/config/fields.hpp"
#include "sim/base/units.hpp"

namespace dsmsim {

/// CPU times.
struct DrustCosts {
  Duration check;          ///< of a dereference, beyond the memory access: where is the object?
  Duration map_operation;  ///< one atomic step on the hash map of copies
  Duration allocation;     ///< of a block in this server's partition
  Duration deallocation;
  Duration eviction;      ///< per copy reclaimed
  Duration local_atomic;  ///< of an atomic instruction, beyond the memory access
  Duration service;       ///< of the runtime's worker, per control message, without posting
  Duration decision;      ///< of the controller, who names a server
  Duration suspend;       ///< a thread is stopped and its state gathered
  Duration resume;        ///< it is set up on another server
};

/// Which DRust. policy.hpp has what the released code decides differently.
enum class DrustMode { paper, as_written, artifact };
constexpr auto config_values(DrustMode) {
  using enum DrustMode;
  return std::to_array<config::Value<DrustMode>>({
      {paper, "paper", "the design of the paper, its gaps closed: memory is coherent"},
      {as_written, "as_written", "the paper's algorithms to the letter: reads may be stale"},
      {artifact, "artifact", "the released code (uclasystem/DRust at e8602ff)"},
  });
}
/// When an object's colour changes.
enum class DrustColouring { full, simplified };
constexpr auto config_values(DrustColouring) {
  using enum DrustColouring;
  return std::to_array<config::Value<DrustColouring>>({
      {full, "full", "at the first write of an epoch (Appendix B)"},
      {simplified, "simplified", "whenever a mutable reference is dropped (section 4.1.1)"},
  });
}
/// What keeps a new object from being taken for a stale copy of the one before at its address.
enum class DrustReuse { quarantine, fresh_colour };
constexpr auto config_values(DrustReuse) {
  using enum DrustReuse;
  return std::to_array<config::Value<DrustReuse>>({
      {quarantine, "quarantine",
       "the address is free once every invalidation has been acknowledged"},
      {fresh_colour, "fresh_colour",
       "a new object starts with a colour that its address has not had"},
  });
}
/// Who is told that an object's address is given up.
enum class DrustInvalidation { sharers, broadcast };
constexpr auto config_values(DrustInvalidation) {
  using enum DrustInvalidation;
  return std::to_array<config::Value<DrustInvalidation>>({
      {sharers, "sharers", "the servers that hold a copy, known at no cost"},
      {broadcast, "broadcast", "every server"},
  });
}
/// The copy in the owner Box, when a mutable reference is made.
enum class DrustOwnerCopy { clear, per_access };
constexpr auto config_values(DrustOwnerCopy) {
  using enum DrustOwnerCopy;
  return std::to_array<config::Value<DrustOwnerCopy>>({
      {clear, "clear", "given up"},
      {per_access, "per_access",
       "there never is one: each access of the owner is a borrow and its return"},
  });
}
/// What is locked on a server while a missing copy is fetched.
enum class DrustCopyLock { per_key, whole_map };
constexpr auto config_values(DrustCopyLock) {
  using enum DrustCopyLock;
  return std::to_array<config::Value<DrustCopyLock>>({
      {per_key, "per_key", "the copy alone"},
      {whole_map, "whole_map", "the map of copies: other misses wait"},
  });
}
/// How an owner who writes an object elsewhere, of which there is a copy here, gets it.
enum class DrustPromotion { promote, read_again };
constexpr auto config_values(DrustPromotion) {
  using enum DrustPromotion;
  return std::to_array<config::Value<DrustPromotion>>({
      {promote, "promote", "the copy becomes the object (Appendix B, Alg. 8)"},
      {read_again, "read_again",
       "the copy is dropped and the object READ once more, as the released code does"},
  });
}
/// What a Ref that moves with its thread does about the copy that it used.
enum class DrustMovedRef { forget, keep };
constexpr auto config_values(DrustMovedRef) {
  using enum DrustMovedRef;
  return std::to_array<config::Value<DrustMovedRef>>({
      {forget, "forget", "the copy loses a user, and the Ref finds another one where it is then"},
      {keep, "keep",
       "as the paper has it, which says nothing: the address is of another server's memory"},
  });
}
/// How the value behind a mutex is reached.
enum class DrustMutexValue { in_place, borrow };
constexpr auto config_values(DrustMutexValue) {
  using enum DrustMutexValue;
  return std::to_array<config::Value<DrustMutexValue>>({
      {in_place, "in_place", "read and written where it lies, nothing is cached"},
      {borrow, "borrow",
       "through the Box in the mutex: its pointer is read, its object copied or moved"},
  });
}
/// How atomics reach their host: one-sided, or as a message that the runtime there serves.
enum class DrustAtomics { verb, message };
constexpr auto config_values(DrustAtomics) {
  using enum DrustAtomics;
  return std::to_array<config::Value<DrustAtomics>>({
      {verb, "verb", "one-sided, by its NIC"},
      {message, "message", "as a message that the runtime there serves"},
  });
}

/// Who is asked where a new thread, or memory, goes.
enum class DrustAsks { when_full, always };
constexpr auto config_values(DrustAsks) {
  using enum DrustAsks;
  return std::to_array<config::Value<DrustAsks>>({
      {when_full, "when_full", "nobody, as long as there is room here; then the controller"},
      {always, "always", "the controller"},
  });
}

/// When what has been written goes to the backups.
enum class DrustWriteBack { on_transfer, every_borrow };
constexpr auto config_values(DrustWriteBack) {
  using enum DrustWriteBack;
  return std::to_array<config::Value<DrustWriteBack>>({
      {on_transfer, "on_transfer", "before anything of it can be seen on another server"},
      {every_borrow, "every_borrow",
       "at the end of every mutable borrow, and of every write of an owner"},
  });
}

/// Fault tolerance. replication.hpp says what it does.
struct DrustReplicationOptions {
  std::uint32_t backups = 0;  ///< of every partition; 0: none, and nothing survives a crash
  DrustWriteBack write_back = DrustWriteBack::on_transfer;
  Bytes chunk = Bytes(1 << 20);  ///< of a partition, in one WRITE to a new backup
};

/// The global controller. controller.hpp says what it does.
struct DrustControllerOptions {
  std::uint32_t server = 0;                                 ///< where it runs
  Duration period = Duration::picoseconds(10'000'000'000);  ///< of its pings; zero: none
  double memory_limit = 0.9;  ///< share of a partition above which threads have to leave
  double cpu_limit = 0.9;     ///< share of the cores' time above which they have to
  double margin = 0.05;       ///< nobody is sent where less than this is left to the limit
  Duration cooldown = Duration::picoseconds(100'000'000'000);  ///< a thread stays for so long
  DrustAsks threads = DrustAsks::when_full;
  DrustAsks memory = DrustAsks::when_full;
  bool migration = true;  ///< false: it sees and answers, and moves nobody
};

/// Of the released code (drust/src, comm-lib).
struct DrustArtifactOptions {
  Bytes flag = Bytes(1);    ///< READ behind each one-sided request: when it is here, all is done
  Bytes reply = Bytes(60);  ///< of a remote procedure call; a call has DrustOptions::control bytes
  Duration call;            ///< CPU time of whoever calls or answers, beside posting
};

struct DrustOptions {
  DrustMode mode = DrustMode::paper;
  std::uint32_t colour_bits = 16;
  DrustColouring colouring = DrustColouring::full;
  DrustReuse reuse = DrustReuse::quarantine;
  DrustInvalidation invalidation = DrustInvalidation::sharers;
  DrustOwnerCopy owner_copy = DrustOwnerCopy::clear;
  DrustCopyLock copy_lock = DrustCopyLock::per_key;
  DrustPromotion promotion = DrustPromotion::promote;
  DrustMovedRef moved_ref = DrustMovedRef::forget;
  DrustMutexValue mutex_value = DrustMutexValue::in_place;
  DrustAtomics atomics = DrustAtomics::verb;
  double pressure = 0.9;         ///< share of a partition above which unused copies are evicted
  double pressure_relief = 0.0;  ///< share down to which they are; 0: all of them
  Duration lock_pause = Duration::picoseconds(1'000'000);  ///< after a failed attempt; doubles
  Duration lock_pause_limit = Duration::picoseconds(16'000'000);
  Duration lock_patience = Duration::picoseconds(10'000'000'000'000);  ///< then it is a deadlock
  DrustControllerOptions controller;
  DrustReplicationOptions replication;
  Bytes stack = Bytes(64 << 10);  ///< of a thread: what is sent when it moves
  Bytes control = Bytes(32);      ///< a control message
  std::uint32_t workers = 1;      ///< per server, for control messages
  DrustAllocatorOptions allocator;
  DrustArtifactOptions artifact;
  DrustCosts costs;
  config::Sources sources;
};

void describe(config::Fields& fields, DrustControllerOptions& options);
void describe(config::Fields& fields, DrustArtifactOptions& options);
void describe(config::Fields& fields, DrustReplicationOptions& options);
void describe(config::Fields& fields, DrustCosts& costs);
void describe(config::Fields& fields, DrustOptions& options);
namespace drust {
/// The options; throws Misfit if a cluster of so many servers cannot have them.
DrustOptions fitting(DrustOptions options, std::size_t servers);
}  // namespace drust
/// The same protocol by software that takes no time; only a pause still has an end.
DrustOptions timeless(DrustOptions options);

}  // namespace dsmsim
