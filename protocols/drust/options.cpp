#include "protocols/drust/options.hpp"

#include "sim/base/error.hpp"

namespace dsmsim {

void describe(config::Fields& f, DrustCosts& c) {
  f.required("check", c.check, "dereference beyond the memory access: where is the object?");
  f.required("map_operation", c.map_operation, "one atomic step on the hash map of copies");
  f.required("allocation", c.allocation, "of a block in the local partition");
  f.required("deallocation", c.deallocation, "of a block in the local partition");
  f.required("eviction", c.eviction, "per copy reclaimed under memory pressure");
  f.required("local_atomic", c.local_atomic, "an atomic instruction, beyond the memory access");
  f.required("service", c.service, "worker's CPU time per control message, without posting");
  f.required("decision", c.decision, "the controller names a server");
  f.required("suspend", c.suspend, "a thread is stopped and its state gathered");
  f.required("resume", c.resume, "it is set up on another server");
}

void describe(config::Fields& f, DrustControllerOptions& o) {
  f.optional("server", o.server, "where it runs");
  f.optional("period", o.period, "of its pings; zero: none");
  f.optional("memory_limit", o.memory_limit, "share of a partition above which threads must leave",
             config::range(0.0, 1.0));
  f.optional("cpu_limit", o.cpu_limit, "share of the cores' time above which threads must leave",
             config::range(0.0, 1.0));
  f.optional("margin", o.margin, "nobody is sent where less than this is left to the limit",
             config::range(0.0, 1.0));
  f.optional("cooldown", o.cooldown, "a thread that has moved stays for so long");
  f.optional("threads", o.threads, "who is asked where a new thread goes");
  f.optional("memory", o.memory, "who is asked where memory comes from");
  f.optional("migration", o.migration, "whether it moves threads");
}

void describe(config::Fields& f, DrustArtifactOptions& o) {
  f.optional("flag", o.flag, "READ behind each one-sided request, which is then done",
             config::positive());
  f.optional("reply", o.reply, "payload of the answer to a call; a call has that of `control`",
             config::range(Bytes(1), Bytes(4096)));
  f.optional("call", o.call, "CPU time of a call or an answer at its sender, beside posting");
}

void describe(config::Fields& f, DrustReplicationOptions& o) {
  f.optional("backups", o.backups, "of every partition; 0: a crash is not survived",
             config::range(0, 64));
  f.optional("write_back", o.write_back, "when what has been written goes to the backups");
  f.optional("chunk", o.chunk, "of a partition, in one WRITE to a new backup",
             config::range(Bytes(4096), Bytes(1 << 30)));
}

void describe(config::Fields& f, DrustOptions& o) {
  f.optional("mode", o.mode, "which DRust");
  f.optional("colour_bits", o.colour_bits, "width of the colour in a pointer",
             config::range(1, 16));
  f.optional("colouring", o.colouring, "when the colour of an object changes");
  f.optional("reuse", o.reuse, "what protects a reused address from stale copies");
  f.optional("invalidation", o.invalidation, "who is told that an address is given up");
  f.optional("owner_copy", o.owner_copy, "the owner's copy when a mutable reference is made");
  f.optional("copy_lock", o.copy_lock, "what is locked while a copy is fetched");
  f.optional("promotion", o.promotion, "what an owner who writes does about a copy that is here");
  f.optional("moved_ref", o.moved_ref, "the copy that a reference uses when its thread moves");
  f.optional("mutex_value", o.mutex_value, "how the value behind a mutex is reached");
  f.optional("atomics", o.atomics, "how an atomic reaches its host");
  f.optional("pressure", o.pressure, "share of a partition above which unused copies are evicted",
             config::range(0.0, 1.0));
  f.optional("pressure_relief", o.pressure_relief, "share down to which they are; 0: all of them",
             config::range(0.0, 1.0));
  f.optional("lock_pause", o.lock_pause, "after a failed attempt; doubles each time",
             config::positive());
  f.optional("lock_pause_limit", o.lock_pause_limit, "longest pause between attempts",
             config::positive());
  f.optional("lock_patience", o.lock_patience, "a thread that waits longer for a lock is stuck",
             config::positive());
  f.nested("controller", o.controller, "who knows how busy the servers are");
  f.nested("replication", o.replication, "backups of partitions, for servers that crash");
  f.optional("stack", o.stack, "of a thread: what is sent when it moves", config::positive());
  f.optional("control", o.control, "payload of a control message",
             config::range(Bytes(1), Bytes(4096)));
  f.optional("workers", o.workers, "threads a server that serve control messages",
             config::range(1, 1024));
  f.nested("artifact", o.artifact, "of mode artifact");
  f.nested("allocator", o.allocator, "of a server's partition");
  f.nested("costs", o.costs, "CPU times of the protocol's software");
  f.sources(o.sources);
  f.check(o.pressure_relief <= o.pressure, "pressure_relief", "must not be above pressure");
  f.check(o.mode != DrustMode::as_written ||
              (o.reuse == DrustReuse::quarantine && o.owner_copy == DrustOwnerCopy::clear),
          "mode", "has no choice of reuse and owner_copy: leave their defaults");
  f.check(o.mode != DrustMode::artifact ||
              (o.colouring == DrustColouring::full && o.reuse == DrustReuse::quarantine &&
               o.owner_copy == DrustOwnerCopy::clear && o.promotion == DrustPromotion::promote &&
               o.mutex_value == DrustMutexValue::in_place),
          "mode",
          "has no choice of colouring, reuse, owner_copy, promotion and mutex_value: leave their "
          "defaults");
  f.check(o.lock_pause <= o.lock_pause_limit, "lock_pause_limit", "must not be below lock_pause");
}

DrustOptions drust::fitting(DrustOptions options, std::size_t servers) {
  const std::size_t backups = options.replication.backups;
  const std::string all = std::to_string(servers) + (servers == 1 ? " server" : " servers");
  if (options.controller.server >= servers) {
    throw Misfit("/controller/server", "drust: the controller is to be on server " +
                                           std::to_string(options.controller.server) + " of " +
                                           all + ", counted from 0");
  }
  if (backups > 0 && options.mode == DrustMode::artifact) {
    throw Misfit("/replication/backups",
                 "drust: the released code (mode: artifact) has no backups");
  }
  if (backups >= servers) {
    throw Misfit("/replication/backups", "drust: replication.backups is " +
                                             std::to_string(backups) + ", and of " + all +
                                             " only " + std::to_string(servers - 1) +
                                             " can have a backup of another one's partition");
  }
  return options;
}

DrustOptions timeless(DrustOptions options) {
  options.costs = {};
  options.artifact.call = Duration();
  options.sources = {};
  options.lock_pause = options.lock_pause_limit = Duration::picoseconds(1);
  options.controller.period = Duration();
  return options;
}

}  // namespace dsmsim
