#pragma once
// What an engine lets a checker see. Everything here is asked between two events, never within one.

#include <string>
#include <vector>

#include "sim/base/ids.hpp"
#include "sim/dsm/contract/fingerprint.hpp"
#include "sim/fabric/message.hpp"

namespace dsmsim {

/// What programs may rely on (docs/litmus.md).
enum class MemoryModel : std::uint8_t {
  sequential,  ///< one step at a time, of one thread or the other
  tso,         ///< a thread's writes wait in one queue; it sees its own before the others do
  pso,         ///< the same with one queue for each object
  coherent,    ///< each object for itself is sequential: accesses to it, its locks included, are
               ///< ordered, and nothing orders accesses to different objects
};

class Inspection {
 public:
  virtual ~Inspection() = default;

  virtual MemoryModel claimed_model() const = 0;

  /// Adds all state of the engine that decides what it will do: not its counters, not its clocks,
  /// and not what its coroutines hold in their frames (see forgets). Messages under way are added
  /// by who calls, one after the other.
  virtual void fingerprint(Fingerprint& into) const = 0;
  /// Adds what a message under way says and stores (Post::body, Post::content), after the state and
  /// into the same fingerprint: names in the message are renamed as those of the state are. Who
  /// calls adds where it comes from and goes, its type, and how far it has come.
  virtual void fingerprint(const Post& message, Fingerprint& into) const = 0;
  /// Whether all that the thread's operation under way has seen is in fingerprint(), so that its
  /// coroutine holds nothing else that matters. For engines whose operations are steps over
  /// explicit state that is always so.
  virtual bool forgets(ThreadId thread) const = 0;

  /// Throws Error(ExitCode::incoherent) if an invariant is broken that holds between any two events
  /// (those of rest are Engine::check_quiescent's).
  virtual void check_always() const = 0;

  /// Defects of the published protocol, brought back by options (docs/findings.md), whose effect is
  /// there now and is no violation of what programs may rely on: "option: what is wrong".
  virtual std::vector<std::string> defects_met() const { return {}; }

  /// The objects of which no other server has an up-to-date copy that the protocol could get at. So
  /// they are lost if the server crashes now.
  virtual std::vector<ObjectId> lost_with(NodeId server) const = 0;

  /// The files of which the latest contents are on that server alone, and not on storage.
  virtual std::vector<FileId> files_lost_with(NodeId) const { return {}; }

  /// The protocol's situations that a complete exploration has to meet: what a message, or a
  /// thread, finds at a server.
  virtual const std::vector<std::string>& situations() const = 0;
  /// The one that a message is about to meet at its target, as an index into situations(); -1: none
  /// of interest.
  virtual int situation(const Post& message) const = 0;
};

}  // namespace dsmsim
