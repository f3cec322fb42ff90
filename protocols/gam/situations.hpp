#pragma once
// What a message can find at its target when it arrives, by the tables of states and messages
// (README.md; gam/src/{local,remote}_request_cache.cc, pending_request.cc): the situations that a
// complete exploration meets, with try-locks, evictions and three servers. A pair is left out if
// the order of a queue pair forbids it: a server's news of an eviction, say, comes before its
// acknowledgement of an invalidation that met no copy, so home still waits for that.

#include <string>
#include <vector>

#include "protocols/gam/messages.hpp"
#include "sim/fabric/message.hpp"

namespace dsmsim::gam {

class Node;

const std::vector<std::string>& situations();
/// Of a message of this protocol that is about to arrive at `target`; -1: none that is listed.
int situation(const Post& post, const Node& target);

}  // namespace dsmsim::gam
