#pragma once
// One RDMA NIC in one kind of host: the parameters of the pipeline, fitted to published perftest
// logs.
//
// Closed forms that an unloaded NIC pair obeys (N is the latency of the topology; sizes s in bytes,
// M the MTU):
//
//   WRITE(s <= inline) = post + tx + N + rx + dma_write + inline_cost * s
//   WRITE(s >  inline) = post + dma_read + tx + N + rx + dma_write + size(s)
//   SEND(s)            = WRITE(s) + receive
//   READ(s)            = post + 2 * (tx + N + rx) + dma_read + dma_write + size(s)
//   atomic             = READ(8) + atomic
//   size(s)            = first_packet * min(s, M) + per_byte * max(0, s - M)
//
// With read_per_byte a READ has that in the place of per_byte, also within the first packet; with
// fast_beyond, so have the bytes beyond it. These are latencies. What a byte keeps the port busy
// for is `occupancy`, which bounds the bandwidth: the part of the latency that goes beyond it is
// paid half at either end's crossing of PCIe, where it delays nobody else. Conventions are
// perftest's: READ and atomics take a round trip, WRITE and SEND arrive one way. Only sums of the
// fixed stages are identifiable from end-to-end logs; their split matters under load alone
// (configs/nics/*.json name sources).

#include <algorithm>
#include <string>
#include <vector>

#include "sim/base/config/fields.hpp"
#include "sim/base/units.hpp"
#include "sim/fabric/verbs.hpp"

namespace dsmsim {

/// Time that one request occupies a queue pair: max(fixed, base + per_byte * s). Occupancy, not
/// latency. Of a READ, `fixed` occupies the requester's end and the rest the responder's. Of an
/// atomic, which has no size, NicProfile::queue_pair_atomic occupies the responder's.
struct QueuePairCost {
  Duration fixed;
  Duration base;
  PerByte per_byte;
  Duration of(Bytes s) const {
    const Duration by_size = base + per_byte * s;
    return by_size > fixed ? by_size : fixed;
  }
};

/// One level of the NIC's cache of queue pair contexts: with Q queue pairs in use, a request is
/// slowed by penalty * max(0, 1 - entries / Q) on average.
struct QueuePairCache {
  std::uint32_t entries = 0;
  Duration read_penalty;
  Duration write_penalty;
};

/// What one crossing of PCIe adds to the latency of a message beyond the fixed dma_read or
/// dma_write.
struct CrossingCost {
  PerByte first_packet;  ///< of the bytes of its first packet
  PerByte slow;          ///< of all bytes up to fast_beyond
  PerByte fast;          ///< of those beyond
  Bytes mtu;
  Bytes fast_beyond;
  Duration of(Bytes s) const {
    const Duration time = first_packet * std::min(s, mtu);
    return slow == PerByte() && fast == PerByte() ? time : time + of_all(s);
  }

 private:
  Duration of_all(Bytes s) const {
    const Bytes slow_part = std::min(s, fast_beyond);
    return slow * slow_part + fast * (s - slow_part);
  }
};

struct NicProfile {
  Framing framing = Framing::infiniband;
  Bytes mtu;
  Duration post;
  Duration tx;
  Duration rx;
  Duration dma_read;
  Duration dma_write;
  Duration receive;
  Duration atomic;  ///< may be negative: a correction to READ(8)
  Bytes inline_limit;
  PerByte inline_cost;
  PerByte first_packet;
  PerByte per_byte;
  PerByte read_per_byte;  ///< per_byte of READ responses; zero: as per_byte
  Bytes fast_beyond;      ///< bytes of a message beyond this cost fast_per_byte; zero: never
  PerByte fast_per_byte;
  PerByte occupancy;       ///< of the port, of a WRITE's or SEND's bytes; zero: as their latency
  PerByte read_occupancy;  ///< the same of READ responses; zero: as read_per_byte, or occupancy
  QueuePairCost queue_pair_read;
  QueuePairCost queue_pair_write;
  Duration queue_pair_atomic;  ///< least time between two atomics of one queue pair; zero: none
  Duration
      queue_pair_fetched;  ///< least occupancy of a write or send that is not inlined; zero: none
  Duration inbound_read;   ///< NIC-wide service times (occupancy): requests served for others
  Duration inbound_write;
  Duration inbound_receive;
  Duration inbound_atomic;  ///< all atomics of a NIC are serialised
  Duration outbound_read;   ///< NIC-wide service times of requests issued
  Duration outbound_write;
  std::uint32_t max_rd_atomic = 16;
  std::uint32_t receive_depth = 16351;  ///< receives posted per server (shared receive queue)
  Duration rnr_delay;                   ///< until a sender tries again that found no receive posted
  std::uint32_t ack_timeout = 14;       ///< of the queue pairs: see resend_after()
  std::uint32_t retry_count = 7;        ///< times that a packet is sent again
  std::vector<QueuePairCache> queue_pair_caches;
  config::Sources sources;

  /// Time until a packet that was not acknowledged is sent again (InfiniBand Architecture
  /// Specification vol. 1, 9.7.6.1.3, which permits up to four times as long).
  Duration resend_after() const {
    return Duration::picoseconds(std::int64_t{4'096'000} << ack_timeout);
  }
  /// Time until a request fails that nobody answers.
  Duration patience() const { return resend_after() * (retry_count + 1); }
  /// Time for which a byte keeps the port busy, in a READ response or in anything else.
  PerByte port_time(bool read_response) const;
  CrossingCost crossing(bool read_response) const;
  bool inlined(Verb verb, Bytes payload) const {
    return !returns_data(verb) && payload <= inline_limit;
  }
};

void describe(config::Fields& fields, QueuePairCost& cost);
void describe(config::Fields& fields, QueuePairCache& cache);
void describe(config::Fields& fields, NicProfile& profile);

}  // namespace dsmsim
