#include "sim/fabric/nic_profile.hpp"

#include <algorithm>
#include <limits>

namespace dsmsim {

using namespace literals;

namespace {

/// Of a stage of the pipeline, latency or service.
config::Check<Duration> stage() { return config::at_most(1000_ms); }

/// Half of what `latency` is longer than `busy`.
PerByte half_beyond(PerByte busy, PerByte latency) {
  return PerByte::ps_per_byte(std::max(0.0, latency.ps() - busy.ps()) / 2);
}

}  // namespace

PerByte NicProfile::port_time(bool read_response) const {
  const PerByte steady = fast_beyond == Bytes(0) ? per_byte : fast_per_byte;
  const PerByte busy = occupancy > PerByte() ? occupancy : steady;
  if (!read_response) {
    return busy;
  }
  return read_occupancy > PerByte()  ? read_occupancy
         : read_per_byte > PerByte() ? read_per_byte
                                     : busy;
}

CrossingCost NicProfile::crossing(bool read_response) const {
  const PerByte busy = port_time(read_response);
  const PerByte slope = read_response && read_per_byte > PerByte() ? read_per_byte : per_byte;
  const Bytes all(std::numeric_limits<std::uint64_t>::max());
  return {half_beyond(per_byte, first_packet), half_beyond(busy, slope),
          half_beyond(busy, fast_per_byte), mtu, fast_beyond == Bytes(0) ? all : fast_beyond};
}

void describe(config::Fields& f, QueuePairCost& c) {
  f.required("fixed", c.fixed, "least occupancy of a queue pair's engine by one request", stage());
  f.required("base", c.base, "occupancy that grows with the size starts from here", stage());
  f.required("per_byte", c.per_byte, "growth of the occupancy per payload byte");
}

void describe(config::Fields& f, QueuePairCache& c) {
  f.required("entries", c.entries, "queue pair contexts that this level holds",
             config::at_least(1));
  f.required("read_penalty", c.read_penalty, "extra service time of a READ or atomic that misses",
             stage());
  f.required("write_penalty", c.write_penalty, "extra service time of a WRITE or SEND that misses",
             stage());
}

namespace {

void describe_latencies(config::Fields& f, NicProfile& p) {
  f.required("framing", p.framing, "wire format of packets");
  f.required("mtu", p.mtu, "path MTU: payload bytes of a full packet",
             config::range(256_B, 4096_B));
  f.required("post", p.post, "CPU time to build a work request and ring the doorbell (P)", stage());
  f.required("tx", p.tx, "latency of the transmit engine (Tx)", stage());
  f.required("rx", p.rx, "latency of the receive engine (Rx)", stage());
  f.required("dma_read", p.dma_read, "latency of a DMA read of payload or of remote memory (Dr)",
             stage());
  f.required("dma_write", p.dma_write,
             "latency of a DMA write including the poll that sees it (Dw)", stage());
  f.required("receive", p.receive,
             "extra latency of a two-sided message: receive and completion (Rq)", stage());
  f.required("atomic", p.atomic, "latency of an atomic beyond an 8-byte READ (At); may be negative",
             config::range(-1_us, 1000_ms));
  f.required("inline_limit", p.inline_limit, "largest payload carried inside the work request");
  f.required("inline_cost", p.inline_cost, "latency per byte of an inlined payload (i)");
  f.required("first_packet", p.first_packet, "latency per byte within the first packet (Gsf)");
  f.required("per_byte", p.per_byte, "latency per byte beyond the first packet (Gbn)",
             config::positive());
  f.optional("read_per_byte", p.read_per_byte, "the same for READ responses; 0ns/B: as per_byte");
  f.optional("fast_beyond", p.fast_beyond, "bytes beyond this cost fast_per_byte; 0B: never");
  f.optional("fast_per_byte", p.fast_per_byte, "latency per byte beyond fast_beyond");
}

void describe_occupancies(config::Fields& f, NicProfile& p) {
  f.optional("occupancy", p.occupancy,
             "time for which a byte keeps the port busy, one over the bandwidth; 0ns/B: as the "
             "latency of a long message");
  f.optional("read_occupancy", p.read_occupancy,
             "the same for READ responses; 0ns/B: as read_per_byte, or as occupancy");
  f.required("queue_pair_read", p.queue_pair_read,
             "occupancy of a queue pair by READs and atomics");
  f.required("queue_pair_write", p.queue_pair_write,
             "occupancy of a queue pair by WRITEs and SENDs");
  f.optional("queue_pair_atomic", p.queue_pair_atomic,
             "least time between two atomics that one queue pair executes", stage());
  f.optional("queue_pair_fetched", p.queue_pair_fetched,
             "least occupancy by a WRITE or SEND that is not inlined", stage());
  f.required("inbound_read", p.inbound_read, "NIC-wide service time of a READ served", stage());
  f.required("inbound_write", p.inbound_write, "NIC-wide service time of a WRITE received",
             stage());
  f.required("inbound_receive", p.inbound_receive,
             "NIC-wide service time of a two-sided message received", stage());
  f.required("inbound_atomic", p.inbound_atomic,
             "NIC-wide service time of an atomic; all are serialised", stage());
  f.required("outbound_read", p.outbound_read, "NIC-wide service time of a READ or atomic issued",
             stage());
  f.required("outbound_write", p.outbound_write, "NIC-wide service time of a WRITE or SEND issued",
             stage());
}

/// A message that is alone is not faster than the port.
void check_occupancy(config::Fields& f, const NicProfile& p) {
  const char* const why = "must not exceed the latency per byte";
  const PerByte steady = p.fast_beyond > 0_B ? std::min(p.per_byte, p.fast_per_byte) : p.per_byte;
  const PerByte read = p.read_per_byte > PerByte() ? p.read_per_byte : steady;
  f.check(p.occupancy <= steady, "occupancy", why);
  f.check(p.read_occupancy <= read, "read_occupancy", why);
}

}  // namespace

void describe(config::Fields& f, NicProfile& p) {
  describe_latencies(f, p);
  describe_occupancies(f, p);
  f.optional("max_rd_atomic", p.max_rd_atomic, "READs and atomics in flight per queue pair",
             config::range(1, 128));
  f.optional("receive_depth", p.receive_depth, "receives posted per server (shared receive queue)",
             config::at_least(1));
  f.required("rnr_delay", p.rnr_delay, "wait of a sender that found no receive posted",
             config::positive_at_most(655'360_us));  // the largest min_rnr_timer
  f.optional("ack_timeout", p.ack_timeout,
             "a packet is sent again after 4.096 us * 2^this without acknowledgement",
             config::range(1, 31));
  f.optional("retry_count", p.retry_count, "times that it is sent again before the request fails",
             config::at_most(7));
  f.optional("queue_pair_caches", p.queue_pair_caches, "levels of the queue pair context cache");
  check_occupancy(f, p);
  f.check(p.atomic >= -p.dma_read, "atomic", "must not take off more than dma_read adds");
  f.sources(p.sources);
}

}  // namespace dsmsim
