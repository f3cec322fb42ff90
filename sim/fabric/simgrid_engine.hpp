#pragma once
// SimGrid's engine, of which a process can have one at a time. Included by the two users of SimGrid
// only: flow_sharing.cpp and platform_load.cpp.

#include <simgrid/s4u/Engine.hpp>

namespace dsmsim {

/// The process's engine, created by the first call with the network model that flow_sharing.hpp
/// describes: silent below warnings, and with the process's signal handlers left as they were
/// (SimGrid would take SIGINT, SIGSEGV and SIGBUS).
simgrid::s4u::Engine& simgrid_engine();

/// An engine without any platform. Ends the one that there was, with all that refers to it: only
/// for a process that will do nothing else with SimGrid.
simgrid::s4u::Engine& fresh_simgrid_engine();

}  // namespace dsmsim
