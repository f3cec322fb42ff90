#include "tests/protocols/gam/fixture.hpp"

namespace dsmsim::testing {

GamOptions released_gam() {
  GamOptions options;
  options.read_dying_lines = true;
  options.ack_locked_upgrade = true;
  options.leak_shipped_lines = true;
  options.early_write_bytes = true;
  return options;
}

GamOptions cache_of(std::uint64_t lines) {
  GamOptions options;
  options.cache = 512_B * lines;
  options.lru_lists = 1;
  return options;
}

GamCosts some_costs() {
  return {.clock_ghz = {},
          .home_read = 201_ns,
          .home_write = 203_ns,
          .home_lock = 307_ns,
          .home_unlock = 311_ns,
          .cached_read = 401_ns,
          .cached_write = 409_ns,
          .cached_lock = 419_ns,
          .cached_unlock = 421_ns,
          .warm_read = 53_ns,
          .warm_write = 59_ns,
          .warm_lock = 61_ns,
          .warm_unlock = 67_ns,
          .fence = 37_ns,
          .miss = 503_ns,
          .evict_dirty = 607_ns,
          .list_lock = 41_ns,
          .service = 701_ns,
          .rerun = 211_ns,
          .wake = 97_ns,
          .allocate = 157_ns};
}

GamBed::GamBed(std::size_t servers, GamOptions options, DutOptions cluster)
    : dut(
          servers,
          [&](EngineContext context) { return std::make_unique<GamEngine>(context, options); },
          std::move(cluster)) {
  for (std::uint32_t i = 0; i < servers; ++i) {
    threads_.push_back(&dut.thread(i));
  }
}

const gam::DirectoryEntry* GamBed::entry(ObjectId object) {
  const gam::GlobalAddress address = engine().address(object);
  return engine().node(address.home()).directory().find(address.block(512_B));
}

gam::DirectoryState GamBed::state(ObjectId object) {
  const gam::DirectoryEntry* const found = entry(object);
  return found == nullptr ? gam::DirectoryState::unshared : found->state;
}

const gam::Line* GamBed::line(std::uint32_t server, ObjectId object) {
  return engine().node(NodeId(server)).cache().find(engine().address(object).block(512_B));
}

std::uint64_t GamBed::home_version(ObjectId object) {
  const gam::GlobalAddress address = engine().address(object);
  return engine().node(address.home()).memory().version(address.block(512_B));
}

const gam::Counters& GamBed::counters(std::uint32_t server) {
  return engine().node(NodeId(server)).counters();
}

Script::Script(GamBed& bed, std::uint32_t server, std::vector<Line> lines)
    : lines_(std::move(lines)) {
  bed.dut.world().spawn(NodeId(server), [this](Thread& thread) { return play(thread); });
}

Task<> Script::play(Thread& thread) {
  const Time start = thread.now();
  for (const Line& line : lines_) {
    const Duration passed = thread.now() - start;
    const Duration wait = line.at > passed ? line.at - passed : Duration();
    co_await thread.compute(wait);
    const Time begin = thread.now();
    const std::uint64_t result = co_await thread.execute(line.op);
    done_.push_back({begin, thread.now(), result});
  }
}

Op whole(OpKind kind, ObjectId object) { return Op::on(kind, object, Bytes(), 512_B); }
Op part(OpKind kind, ObjectId object, Bytes offset) { return Op::on(kind, object, offset, 8_B); }

Message send_message(const char* type, std::uint32_t from, std::uint32_t to, Bytes bytes) {
  return {type, Verb::send, from, to, bytes};
}
Message data_message(const char* type, std::uint32_t from, std::uint32_t to) {
  return {type, Verb::write_imm, from, to, 512_B};
}
Message ack_message(const char* type, std::uint32_t from, std::uint32_t to) {
  return {type, Verb::write_imm, from, to, 0_B};
}

}  // namespace dsmsim::testing
