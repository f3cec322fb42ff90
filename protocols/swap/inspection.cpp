// What the engine lets a checker see (sim/dsm/contract/inspection.hpp).

#include "protocols/swap/engine.hpp"
#include "protocols/swap/remote_device.hpp"
#include "sim/base/error.hpp"

namespace dsmsim {
namespace {

using swap::Page;
using swap::Place;

const std::vector<std::string>& page_words() {
  static const std::vector<std::string> all = {
      "SWAP_IN: of a page that somebody waits for",
      "SWAP_IN: of a page that was read ahead",
      "SWAP_OUT: the page is in the swap cache alone",
      "SWAP_OUT: the page is mapped again",
      "SWAP_OUT: the page is mapped again, and was written",
  };
  return all;
}

const std::vector<std::string>& all_words() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> words = page_words();
    words.insert(words.end(), swap::Slabs::words().begin(), swap::Slabs::words().end());
    return words;
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
  into.add((writing_ << 1) | (daemon_runs_ ? 1 : 0));
  for (const Wait wait : waits_) {
    into.add(static_cast<std::uint64_t>(wait));
  }
  for (const ThreadId thread : frame_queue_) {
    into.add(thread.value());
  }
}

void SwapEngine::fingerprint(const Post& message, Fingerprint& into) const {
  const auto* const device = dynamic_cast<const swap::RemoteDevice*>(device_.get());
  if (device != nullptr && device->slabs().sends(message.type)) {
    const auto about = message.body.as<swap::ControlMessage>();
    into.add(about.slab.value());
    into.add(about.number);
    return;
  }
  const auto about = message.body.as<swap::SwapMessage>();
  into.add(about.page.value());
  into.add(about.contents);
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
  bool at_rest = device_->at_rest() && writing_ == 0 && !daemon_runs_ && gates_.empty();
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
  return by_messages ? all_words() : page_words();
}

int SwapEngine::situation(const Post& message) const {
  const auto* const device = dynamic_cast<const swap::RemoteDevice*>(device_.get());
  if (device != nullptr && device->slabs().sends(message.type)) {
    const int situation = device->slabs().situation(message);
    return situation < 0 ? -1 : static_cast<int>(page_words().size()) + situation;
  }
  const Page* const page = memory_.find(message.body.as<swap::SwapMessage>().page);
  if (device == nullptr || page == nullptr) {
    return -1;
  }
  if (message.type == device->read_type()) {
    return page->read_ahead ? 1 : 0;
  }
  return page->place == Place::cached ? 2 : (page->is_dirty() ? 4 : 3);
}

}  // namespace dsmsim
