#include "protocols/swap/remote_device.hpp"

#include <algorithm>

#include "sim/base/error.hpp"

namespace dsmsim::swap {
namespace {

/// Who finds no context tries again after it (infiniswap_bd/is_main.c: msleep(1)).
constexpr Duration kContextWait = Duration::picoseconds(1'000'000'000);

}  // namespace

RemoteDevice::RemoteDevice(Cluster& cluster, const SwapOptions& options, const Mutant& mutant)
    : queue_(cluster.simulation().queue()),
      simulation_(cluster.simulation()),
      fabric_(cluster.fabric()),
      options_(options),
      mutant_(mutant),
      types_(fabric_.ledger()),
      slabs_(cluster, options, mutant, *this),
      images_(cluster.servers()),
      contexts_(cluster.servers(), Contexts(options.contexts, options.reuse_context_early)),
      disk_(queue_, options.disk) {}

Duration RemoteDevice::submit() const {
  const SwapCosts& costs = options_.costs;
  return has_disk() ? costs.block + fabric_.nic().post : fabric_.nic().post;
}

/// Slabs that find no server are on the disk.
Bytes RemoteDevice::capacity() const {
  return has_disk() ? options_.disk_size : options_.slab * slabs_.capacity();
}

NodeId RemoteDevice::holder(paging::PageNumber page) const {
  return bits_.find(page) ? slabs_.server(slabs_.slab_of(page)) : NodeId();
}

Task<std::uint64_t> RemoteDevice::read_remote(NodeId server, paging::PageNumber page, Cause cause,
                                              Tally* tally) {
  ++counters_.reads;
  const Image* const image = &images_[server.index()];
  auto operation = fabric_.perform({.from = NodeId(0),
                                    .to = server,
                                    .verb = row_of(PageKind::swap_in).verb,
                                    .type = types_[PageKind::swap_in],
                                    .payload = kSwapPage,
                                    .data = {cause, kSwapPage},
                                    .tally = tally,
                                    .effect = Effect([image, page] { return image->find(page); }),
                                    .body = PageMessage{page, 0}});
  co_return co_await operation;
}

Task<Device::Found> RemoteDevice::read(paging::PageNumber page, Cause cause, Tally* tally) {
  const paging::SlabNumber slab = slabs_.slab_of(page);
  slabs_.use(slab);
  const NodeId server = holder(page);
  if (server.valid()) {
    slabs_.begin(slab);
    Task<std::uint64_t> reading = read_remote(server, page, cause, tally);
    const std::uint64_t contents = co_await reading;
    slabs_.end(slab);
    if (contents != Fabric::kFailed) {
      if (has_disk()) {
        co_await queue_.delay(options_.costs.copy);
        charge(tally, Category::copy, queue_.now());
      }
      co_return Found{contents, true};
    }
  }
  Task<std::uint64_t> reading = disk_.read(page);
  const std::uint64_t contents = co_await reading;
  charge(tally, Category::fault, queue_.now());
  co_return Found{contents};
}

/// The disk is not waited for unless no server takes the page.
Task<> RemoteDevice::write(paging::PageNumber page, std::uint64_t contents, CachedData data) {
  const paging::SlabNumber slab = slabs_.slab_of(page);
  slabs_.use(slab);
  bits_[page] = false;
  NodeId server = slabs_.server_to_write(slab);
  while (has_disk() && server.valid() && !contexts_[server.index()].has_free()) {
    ++context_counters_.waits;
    co_await queue_.delay(kContextWait);
    server = slabs_.server_to_write(slab);
  }
  if (!has_disk() && !server.valid()) {
    throw Error("swap: no server has room for another slab");
  }
  const Cause cause =
      server.valid() ? data.leave(fabric_.ledger().traffic(), kSwapPage) : Cause::none;
  Task<> writing = !server.valid() ? disk_.write(page, contents)
                   : has_disk()    ? write_both(server, page, contents, cause)
                                   : write_remote(server, page, contents, cause);
  co_await writing;
}

Task<> RemoteDevice::write_remote(NodeId server, paging::PageNumber page, std::uint64_t contents,
                                  Cause cause) {
  Image* const image = &images_[server.index()];
  return write_with(server, page, contents, cause,
                    Effect([image, page, contents] { (*image)[page] = contents; }));
}

Task<> RemoteDevice::write_both(NodeId server, paging::PageNumber page, std::uint64_t contents,
                                Cause cause) {
  Contexts& contexts = contexts_[server.index()];
  const Contexts::Number context = contexts.take(contents);
  slabs_.begin(slabs_.slab_of(page));
  simulation_.spawn(write_copy(page, contents, contexts, context));
  co_await queue_.delay(options_.costs.copy);
  Image* const image = &images_[server.index()];
  const Contexts* const buffers = &contexts;
  Task<> writing = write_with(
      server, page, contents, cause,
      Effect([image, page, buffers, context] { (*image)[page] = buffers->buffer(context); }));
  co_await writing;
  contexts.end_at_server(context);
  slabs_.end(slabs_.slab_of(page));
}

Task<> RemoteDevice::write_with(NodeId server, paging::PageNumber page, std::uint64_t contents,
                                Cause cause, Effect effect) {
  ++counters_.writes;
  auto operation = fabric_.perform({.from = NodeId(0),
                                    .to = server,
                                    .verb = row_of(PageKind::swap_out).verb,
                                    .type = types_[PageKind::swap_out],
                                    .payload = kSwapPage,
                                    .data = {cause, kSwapPage},
                                    .effect = effect,
                                    .body = PageMessage{page, contents}});
  const std::uint64_t result = co_await operation;
  bits_[page] = (result != Fabric::kFailed && slabs_.server(slabs_.slab_of(page)) == server) ||
                mutant_.is("swap.believe_lost_write");
}

Task<> RemoteDevice::write_copy(paging::PageNumber page, std::uint64_t contents, Contexts& contexts,
                                Contexts::Number context) {
  Task<> writing = disk_.write(page, contents);
  co_await writing;
  contexts.end_at_disk(context);
}

// ---- slabs that are taken back, and servers that are lost

template <class Visit>
void RemoteDevice::for_each_page(paging::SlabNumber slab, Visit visit) const {
  const std::uint64_t pages = options_.slab.count() / kSwapPage.count();
  for (std::uint64_t page = slab.value() * pages; page < (slab.value() + 1) * pages; ++page) {
    visit(paging::PageNumber(page));
  }
}

/// Its pages are served by the disk.
void RemoteDevice::left(paging::SlabNumber slab) {
  for_each_page(slab, [this](paging::PageNumber page) {
    if (bits_.find(page) && !mutant_.is("swap.keep_bits")) {
      bits_[page] = false;
    }
  });
}

void RemoteDevice::freed(NodeId server, paging::SlabNumber slab) {
  Image& image = images_[server.index()];
  for_each_page(slab, [&image](paging::PageNumber page) {
    if (image.find(page) != 0) {
      image[page] = 0;
    }
  });
}

bool RemoteDevice::goes_on_without(NodeId server) {
  if (!has_disk() || server == NodeId(0)) {
    return false;
  }
  if (!slabs_.has_lost(server)) {
    slabs_.lose(server);
  }
  return true;
}

bool RemoteDevice::loses(NodeId server, paging::PageNumber page) const {
  return !has_disk() && holder(page) == server;
}

std::uint64_t RemoteDevice::peek(paging::PageNumber page) const {
  const NodeId server = holder(page);
  return server.valid() ? images_[server.index()].find(page) : disk_.peek(page);
}

void RemoteDevice::check() const {
  slabs_.check();
  bits_.for_each([this](paging::PageNumber page, bool) {
    const paging::SlabNumber slab = slabs_.slab_of(page);
    if (!slabs_.server(slab).valid() && !slabs_.is_leaving(slab)) {
      throw Error(ExitCode::incoherent, "swap: page " + std::to_string(page.value()) +
                                            " has its bit set, and its slab no server");
    }
  });
}

bool RemoteDevice::at_rest() const {
  return slabs_.at_rest() && std::all_of(contexts_.begin(), contexts_.end(),
                                         [](const Contexts& all) { return all.in_use() == 0; });
}

void RemoteDevice::reset_counters() {
  counters_ = {};
  context_counters_ = {};
  slabs_.reset_counters();
  disk_.reset_counters();
}

void RemoteDevice::report(CounterReport& report) const {
  report.add(counters_);
  if (has_disk()) {
    report.add(disk_.counters());
    report.add(context_counters_);
    slabs_.report(report);
  }
}

void RemoteDevice::fingerprint(Fingerprint& into) const {
  const auto& [queue, simulation, fabric, options, mutant, types, slabs, bits, images, contexts,
               disk, counters, context_counters] = *this;
  bits.for_each([&into](paging::PageNumber page, bool) { into.add(page.value()); });
  for (const Image& image : images) {
    into.add(0);
    image.for_each(
        [&into](paging::PageNumber page, std::uint64_t contents) { into.add(page, contents); });
  }
  for (const Contexts& of_server : contexts) {
    of_server.fingerprint(into);
  }
  slabs.fingerprint(into);
  disk.fingerprint(into);
}

}  // namespace dsmsim::swap
