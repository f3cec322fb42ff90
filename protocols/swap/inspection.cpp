// What the engine lets a checker see (sim/dsm/contract/inspection.hpp).

#include "protocols/paging/situation_rows.hpp"
#include "protocols/swap/engine.hpp"
#include "protocols/swap/remote_device.hpp"
#include "sim/base/error.hpp"

namespace dsmsim {
namespace {

using swap::Page;
using swap::PageKind;
using swap::Place;

/// What a message about a page meets.
enum class Met : std::uint8_t { awaited, read_ahead, cached, mapped, written };

constexpr paging::SituationRow<PageKind, Met> kSituations[] = {
    {PageKind::swap_in, Met::awaited, "of a page that somebody waits for"},
    {PageKind::swap_in, Met::read_ahead, "of a page that was read ahead"},
    {PageKind::swap_out, Met::cached, "the page is in the swap cache alone"},
    {PageKind::swap_out, Met::mapped, "the page is mapped again"},
    {PageKind::swap_out, Met::written, "the page is mapped again, and was written"},
};

Met met_by(PageKind kind, const Page& page) {
  switch (kind) {
    case PageKind::swap_in:
      return page.read_ahead ? Met::read_ahead : Met::awaited;
    case PageKind::swap_out:
      break;
  }
  return page.place == Place::cached ? Met::cached : (page.is_dirty() ? Met::written : Met::mapped);
}

const std::vector<std::string>& page_situations() {
  static const std::vector<std::string> names = paging::situation_names(kSituations);
  return names;
}

const std::vector<std::string>& all_situations() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> names = page_situations();
    names.insert(names.end(), swap::Slabs::situations().begin(), swap::Slabs::situations().end());
    return names;
  }();
  return all;
}

}  // namespace

void SwapEngine::fingerprint(Fingerprint& into) const {
  fingerprint_references(into);
  memory_.fingerprint(into);
  readahead_.fingerprint(into);
  device_->fingerprint(into);
  heap_.fingerprint(into);
  into.add(writing_, daemon_runs_);
  waits_.fingerprint(into);
}

void SwapEngine::fingerprint(const Post& message, Fingerprint& into) const {
  const auto* const device = dynamic_cast<const swap::RemoteDevice*>(device_.get());
  if (device != nullptr && device->slabs().sends(message.type)) {
    const auto [slab, number] = message.body.as<swap::ControlMessage>();
    into.add(slab, number);
    return;
  }
  const auto [page, contents] = message.body.as<swap::PageMessage>();
  into.add(page, contents);
}

/// What a page is, is where it is; and the frames that pages have are those that are not free.
void SwapEngine::check_always() const {
  check_references();
  device_->check();
  std::uint64_t in_memory = 0;
  memory_.for_each([&](const Page& page) {
    in_memory += page.in_memory() ? 1 : 0;
    check_page(page);
  });
  if (in_memory + memory_.free_frames() > memory_.frames()) {
    throw Error(ExitCode::incoherent, "swap: more pages in memory than it has frames");
  }
}

void SwapEngine::check_page(const Page& page) const {
  const auto violated = [&page](const char* what) {
    throw Error(ExitCode::incoherent,
                "swap: page " + std::to_string(page.page.value()) + " " + what);
  };
  if ((page.place == Place::mapped) != (mapped(kHere, page.page) != nullptr)) {
    violated("is in the page table and not in memory, or the other way round");
  }
  if (page.place == Place::device && !page.on_device) {
    violated("has left memory, and the device does not have it");
  }
  if (page.place == Place::device && device_->peek(page.page) != page.left_with) {
    violated("is not on the device as it was when it left memory");
  }
}

void SwapEngine::check_quiescent() const {
  std::uint64_t in_memory = 0;
  bool at_rest = device_->at_rest() && writing_ == 0 && !daemon_runs_ && waits_.at_rest();
  memory_.for_each([&](const Page& page) {
    in_memory += page.in_memory() ? 1 : 0;
    at_rest = at_rest && !page.writing && page.place != Place::reading;
  });
  if (!at_rest || in_memory + memory_.free_frames() != memory_.frames()) {
    throw Error(ExitCode::incoherent, "swap: a page, a frame or a slab has got lost");
  }
  check_always();
}

std::vector<ObjectId> SwapEngine::lost_with(NodeId server) const {
  return objects_where([&](PageNumber number) {
    const Page* const page = memory_.find(number);
    return server == kHere ||
           (page != nullptr && page->place == Place::device && device_->loses(server, number));
  });
}

const std::vector<std::string>& SwapEngine::situations() const {
  const bool by_messages = options_.mapping == SlabMapping::activity || options_.daemon;
  return by_messages ? all_situations() : page_situations();
}

int SwapEngine::situation(const Post& message) const {
  const auto* const device = dynamic_cast<const swap::RemoteDevice*>(device_.get());
  if (device != nullptr && device->slabs().sends(message.type)) {
    const int situation = device->slabs().situation(message);
    return situation < 0 ? -1 : static_cast<int>(std::size(kSituations)) + situation;
  }
  const Page* const page = memory_.find(message.body.as<swap::PageMessage>().page);
  if (device == nullptr || page == nullptr) {
    return -1;
  }
  const PageKind kind = device->types().kind(message.type);
  return paging::situation_of(kSituations, kind, met_by(kind, *page));
}

}  // namespace dsmsim
