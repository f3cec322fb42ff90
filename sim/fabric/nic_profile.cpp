#include "sim/fabric/nic_profile.hpp"

namespace dsmsim {

config::Names<Framing> config_names(Framing) {
  return {{"infiniband", Framing::infiniband}, {"rocev2", Framing::rocev2}};
}

void describe(config::Fields& f, QueuePairCost& c) {
  f.required("fixed", c.fixed, "least occupancy of a queue pair's engine by one request");
  f.required("base", c.base, "occupancy that grows with the size starts from here");
  f.required("per_byte", c.per_byte, "growth of the occupancy per payload byte");
}

void describe(config::Fields& f, QueuePairCache& c) {
  f.required("entries", c.entries, "queue pair contexts that this level holds",
             config::at_least(1));
  f.required("read_penalty", c.read_penalty, "extra service time of a READ or atomic that misses");
  f.required("write_penalty", c.write_penalty, "extra service time of a WRITE or SEND that misses");
}

void describe(config::Fields& f, NicProfile& p) {
  using namespace literals;
  f.required("framing", p.framing, "wire format of packets");
  f.required("mtu", p.mtu, "path MTU: payload bytes of a full packet",
             config::range(256_B, 4096_B));
  f.required("post", p.post, "CPU time to build a work request and ring the doorbell (P)");
  f.required("tx", p.tx, "latency of the transmit engine (Tx)");
  f.required("rx", p.rx, "latency of the receive engine (Rx)");
  f.required("dma_read", p.dma_read, "latency of a DMA read of payload or of remote memory (Dr)");
  f.required("dma_write", p.dma_write,
             "latency of a DMA write including the poll that sees it (Dw)");
  f.required("receive", p.receive,
             "extra latency of a two-sided message: receive and completion (Rq)");
  f.required("atomic", p.atomic, "latency of an atomic beyond an 8-byte READ (At); may be negative",
             config::at_least(-1_us));
  f.required("inline_limit", p.inline_limit, "largest payload carried inside the work request");
  f.required("inline_cost", p.inline_cost, "latency per byte of an inlined payload (i)");
  f.required("first_packet", p.first_packet, "latency per byte within the first packet (Gsf)");
  f.required("per_byte", p.per_byte, "latency per byte beyond the first packet (Gbn)",
             config::positive());
  f.optional("read_per_byte", p.read_per_byte, "the same for READ responses; 0ns/B: as per_byte");
  f.optional("fast_beyond", p.fast_beyond, "bytes beyond this cost fast_per_byte; 0B: never");
  f.optional("fast_per_byte", p.fast_per_byte, "latency per byte beyond fast_beyond");
  f.required("queue_pair_read", p.queue_pair_read,
             "occupancy of a queue pair by READs and atomics");
  f.required("queue_pair_write", p.queue_pair_write,
             "occupancy of a queue pair by WRITEs and SENDs");
  f.optional("queue_pair_fetched", p.queue_pair_fetched,
             "least occupancy by a WRITE or SEND that is not inlined");
  f.required("inbound_read", p.inbound_read, "NIC-wide service time of a READ served");
  f.required("inbound_write", p.inbound_write, "NIC-wide service time of a WRITE received");
  f.required("inbound_receive", p.inbound_receive,
             "NIC-wide service time of a two-sided message received");
  f.required("inbound_atomic", p.inbound_atomic,
             "NIC-wide service time of an atomic; all are serialised");
  f.required("outbound_read", p.outbound_read, "NIC-wide service time of a READ or atomic issued");
  f.required("outbound_write", p.outbound_write, "NIC-wide service time of a WRITE or SEND issued");
  f.optional("max_rd_atomic", p.max_rd_atomic, "READs and atomics in flight per queue pair",
             config::range(1, 128));
  f.optional("receive_depth", p.receive_depth, "receives posted per server (shared receive queue)",
             config::at_least(1));
  f.required("rnr_delay", p.rnr_delay, "wait of a sender that found no receive posted",
             config::positive());
  f.optional("ack_timeout", p.ack_timeout,
             "a packet is sent again after 4.096 us * 2^this without acknowledgement",
             config::range(1, 31));
  f.optional("retry_count", p.retry_count, "times that it is sent again before the request fails",
             config::at_most(7));
  f.optional("queue_pair_caches", p.queue_pair_caches, "levels of the queue pair context cache");
  f.sources(p.sources);
}

}  // namespace dsmsim
