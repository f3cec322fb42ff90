#pragma once
// What an engine lets a checker see. Everything here is asked between two events, never within one.

#include <string>
#include <vector>

#include "sim/base/ids.hpp"
#include "sim/dsm/fingerprint.hpp"
#include "sim/fabric/message.hpp"

namespace dsmsim {

/// What programs may rely on, from the strongest.
enum class MemoryModel : std::uint8_t {
  sequential,  ///< one order of all operations that every thread's own order is part of
  tso,         ///< stores may be delayed beyond later loads, in order
  pso,         ///< stores may be delayed beyond later loads and stores to other places
  coherent,    ///< each place by itself is sequential
};

class Inspection {
 public:
  virtual ~Inspection() = default;

  virtual MemoryModel claimed_model() const = 0;

  /// Adds all state of the engine that decides what it will do: not its counters, not its clocks,
  /// and not what its coroutines hold in their frames (see forgets). Messages under way are added
  /// by who calls.
  virtual void fingerprint(Fingerprint& into) const = 0;
  /// Whether all that the thread's operation under way has seen is in fingerprint(), so that its
  /// coroutine holds nothing else that matters. For engines whose operations are steps over
  /// explicit state that is always so.
  virtual bool forgets(ThreadId thread) const = 0;

  /// Throws Error(ExitCode::incoherent) if an invariant is broken that holds between any two events
  /// (those of rest are Engine::check_quiescent's).
  virtual void check_always() const = 0;

  /// The protocol's situations that a complete exploration has to meet: what a message, or a
  /// thread, finds at a server.
  virtual const std::vector<std::string>& situations() const = 0;
  /// The one that a message is about to meet at its target, as an index into situations(); -1: none
  /// of interest.
  virtual int situation(const Post& message) const = 0;
};

}  // namespace dsmsim
