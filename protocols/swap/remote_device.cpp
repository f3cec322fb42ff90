#include "protocols/swap/remote_device.hpp"

#include <nlohmann/json.hpp>

#include "sim/base/error.hpp"

namespace dsmsim::swap {

RemoteDevice::RemoteDevice(Cluster& cluster, const SwapOptions& options, const Mutant& mutant)
    : queue_(cluster.simulation().queue()),
      simulation_(cluster.simulation()),
      fabric_(cluster.fabric()),
      options_(options),
      mutant_(mutant),
      read_(fabric_.ledger().declare("SWAP_IN", Verb::read, Purpose::fetch)),
      write_(fabric_.ledger().declare("SWAP_OUT", Verb::write, Purpose::write_back)),
      slabs_(paging::memory_servers(cluster.servers()), cluster.profile().memory,
             {.slab = options.slab, .placement = options.placement, .choices = options.choices},
             simulation_.random("swap.slabs")),
      images_(cluster.servers()),
      disk_(queue_, options.disk) {}

Duration RemoteDevice::submit() const {
  const SwapCosts& costs = options_.costs;
  return has_disk() ? costs.block + fabric_.nic().post : fabric_.nic().post;
}

Bytes RemoteDevice::capacity() const {
  const Bytes remote = options_.slab * slabs_.capacity();
  return has_disk() ? std::min(remote, options_.disk_size) : remote;
}

NodeId RemoteDevice::holder(paging::PageNumber page) const {
  const std::span<const NodeId> holders = slabs_.holders(slab_of(page));
  return bits_.find(page) && !holders.empty() ? holders.front() : NodeId();
}

Task<std::uint64_t> RemoteDevice::read_remote(NodeId server, paging::PageNumber page,
                                              Tally* tally) {
  ++remote_reads_;
  const Image* const image = &images_[server.index()];
  auto operation = fabric_.perform({.from = NodeId(0),
                                    .to = server,
                                    .verb = Verb::read,
                                    .type = read_,
                                    .payload = kSwapPage,
                                    .tally = tally,
                                    .effect = Effect([image, page] { return image->find(page); }),
                                    .body = SwapMessage{page, 0}});
  co_return co_await operation;
}

Task<std::uint64_t> RemoteDevice::read(paging::PageNumber page, Tally* tally) {
  const NodeId server = holder(page);
  if (server.valid()) {
    Task<std::uint64_t> reading = read_remote(server, page, tally);
    const std::uint64_t contents = co_await reading;
    if (contents != Fabric::kFailed) {
      if (has_disk()) {
        co_await queue_.delay(options_.costs.copy);
        charge(tally, Category::copy, queue_.now());
      }
      co_return contents;
    }
  }
  Task<std::uint64_t> reading = disk_.read(page);
  const std::uint64_t contents = co_await reading;
  charge(tally, Category::fault, queue_.now());
  co_return contents;
}

/// The disk is not waited for unless no server takes the page.
Task<> RemoteDevice::write(paging::PageNumber page, std::uint64_t contents) {
  const paging::SlabNumber slab = slab_of(page);
  if (!slabs_.is_mapped(slab)) {
    slabs_.map(slab);
  }
  const std::span<const NodeId> holders = slabs_.holders(slab);
  const NodeId server = holders.empty() ? NodeId() : holders.front();
  bits_[page] = false;
  if (has_disk()) {
    Task<> copy = disk_.write(page, contents);
    if (!server.valid()) {
      co_await copy;
      co_return;
    }
    simulation_.spawn(std::move(copy));
    co_await queue_.delay(options_.costs.copy);
  } else if (!server.valid()) {
    throw Error("swap: no server has room for another slab");
  }
  ++remote_writes_;
  Image* const image = &images_[server.index()];
  auto operation =
      fabric_.perform({.from = NodeId(0),
                       .to = server,
                       .verb = Verb::write,
                       .type = write_,
                       .payload = kSwapPage,
                       .effect = Effect([image, page, contents] { (*image)[page] = contents; }),
                       .body = SwapMessage{page, contents}});
  const std::uint64_t result = co_await operation;
  const std::span<const NodeId> now = slabs_.holders(slab);
  bits_[page] = (result != Fabric::kFailed && !now.empty() && now.front() == server) ||
                mutant_.is("swap.believe_lost_write");
}

/// Slabs of the server are served by the disk, and mapped elsewhere when they are written next.
bool RemoteDevice::goes_on_without(NodeId server) {
  if (!has_disk() || server == NodeId(0)) {
    return false;
  }
  if (slabs_.has_lost(server)) {
    return true;
  }
  const std::uint64_t pages = options_.slab.count() / kSwapPage.count();
  for (std::uint32_t i = 0; i < slabs_.numbers(); ++i) {
    const std::span<const NodeId> holders = slabs_.holders(paging::SlabNumber(i));
    if (holders.empty() || holders.front() != server) {
      continue;
    }
    ++slabs_lost_;
    for (std::uint64_t page = i * pages; page < (i + 1) * pages; ++page) {
      if (bits_.find(paging::PageNumber(page)) && !mutant_.is("swap.keep_bits")) {
        bits_[paging::PageNumber(page)] = false;
      }
    }
  }
  slabs_.lose(server);
  return true;
}

bool RemoteDevice::loses(NodeId server, paging::PageNumber page) const {
  return !has_disk() && holder(page) == server;
}

std::uint64_t RemoteDevice::peek(paging::PageNumber page) const {
  const NodeId server = holder(page);
  return server.valid() ? images_[server.index()].find(page) : disk_.peek(page);
}

void RemoteDevice::reset_counters() {
  remote_reads_ = remote_writes_ = slabs_lost_ = 0;
  disk_.reset_counters();
}

void RemoteDevice::report(nlohmann::ordered_json& counters) const {
  counters["remote_reads"] = remote_reads_;
  counters["remote_writes"] = remote_writes_;
  if (has_disk()) {
    counters["disk_reads"] = disk_.reads();
    counters["disk_writes"] = disk_.writes();
    counters["slabs_lost"] = slabs_lost_;
  }
}

void RemoteDevice::fingerprint(Fingerprint& into) const {
  bits_.for_each([&into](paging::PageNumber page, bool) { into.add(page.value()); });
  for (const Image& image : images_) {
    into.add(0);
    image.for_each([&into](paging::PageNumber page, std::uint64_t contents) {
      into.add(page.value());
      into.add(contents);
    });
  }
  for (std::uint32_t i = 0; i < slabs_.numbers(); ++i) {
    for (const NodeId server : slabs_.holders(paging::SlabNumber(i))) {
      into.add(server.value());
    }
  }
  disk_.fingerprint(into);
}

}  // namespace dsmsim::swap
