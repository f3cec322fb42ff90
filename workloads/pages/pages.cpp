#include "workloads/pages/pages.hpp"

#include <algorithm>

#include "sim/base/host_memory.hpp"

namespace dsmsim {

/// The places of one thread, one after the other.
class Pages::Walk {
 public:
  Walk(const PagesOptions& options, std::uint64_t pages, RandomStream random)
      : options_(options),
        pages_(pages),
        random_(random),
        popularity_(make_generator(options.popularity, pages)) {}

  Place next() {
    switch (options_.pattern) {
      case PagePattern::sequential:
        return step(options_.access);
      case PagePattern::strided:
        return step(options_.stride);
      case PagePattern::random: {
        const std::uint64_t slots = options_.page.count() / options_.access.count();
        return {popularity_->next(random_), options_.access * random_.below(slots)};
      }
      case PagePattern::one_line:
        return line_of_next_page(1, 1);
      case PagePattern::dirty_lines:
        return line_of_next_page(options_.lines,
                                 options_.arrangement == LineArrangement::alternating ? 2 : 1);
    }
    return {};
  }

 private:
  /// An access does not cross the end of its page.
  Place step(Bytes stride) {
    const Bytes at = position_;
    position_ += stride;
    if (position_ + options_.access > options_.page * pages_) {
      position_ = Bytes(0);
    }
    const Bytes offset(at.count() % options_.page.count());
    return {at.count() / options_.page.count(), std::min(offset, options_.page - options_.access)};
  }
  Place line_of_next_page(std::uint32_t lines, std::uint32_t apart) {
    const Place place{page_, options_.line * (std::uint64_t{line_} * apart)};
    if (++line_ == lines) {
      line_ = 0;
      page_ = (page_ + 1) % pages_;
    }
    return place;
  }

  const PagesOptions& options_;
  std::uint64_t pages_;
  RandomStream random_;
  std::unique_ptr<ItemGenerator> popularity_;
  Bytes position_;
  std::uint64_t page_ = 0;
  std::uint32_t line_ = 0;
};

Pages::Pages(PagesOptions options)
    : options_(std::move(options)), pages_(options_.working_set.count() / options_.page.count()) {}

Demand Pages::demand(std::size_t servers) const {
  const std::uint64_t threads = servers * options_.threads_per_server;
  const std::uint64_t pages = saturated_product(threads, Bytes(pages_)).count();
  Demand demand;
  demand.threads = threads;
  return demand.add(pages, options_.page);
}

Task<> Pages::main(Thread& thread) {
  World& world = thread.world();
  read_kind_ = world.meter().define("page_read");
  write_kind_ = world.meter().define("page_write");
  const std::size_t servers = world.compute_servers();
  const std::size_t threads = servers * options_.threads_per_server;
  planned_ = threads * options_.accesses;
  dirty_.resize(threads,
                std::vector<bool>(pages_ * (options_.page.count() / options_.line.count())));
  for (std::size_t i = 0; i < threads; ++i) {
    const std::vector<NodeId> homes(pages_, server_of_driver(i, servers));
    objects_.push_back(co_await allocate_at(thread, homes, options_.page, false));
  }
  Task<> run = run_drivers(
      thread, threads, [servers](std::size_t i) { return server_of_driver(i, servers); },
      [this](Thread& t, std::size_t i, StartLine& start) { return drive(t, i, start); });
  co_await run;
}

Task<> Pages::drive(Thread& thread, std::size_t index, StartLine& start) {
  Simulation& simulation = thread.world().simulation();
  RandomStream mix = simulation.random("pages.mix", index);
  Walk walk(options_, pages_, simulation.random("pages.walk", index));
  const ObjectList& mine = objects_[index];
  for (std::uint64_t page = 0; options_.warm_up && page < pages_; ++page) {
    co_await thread.write(mine[page], Bytes(0), options_.access);
  }
  co_await start.pass(thread);
  for (std::uint64_t i = 0; i < options_.accesses; ++i) {
    const Place place = walk.next();
    const bool write = mix.chance(options_.write_ratio);
    const Time begin = thread.now();
    if (write) {
      co_await thread.write(mine[place.page], place.offset, options_.access);
      count_write(index, place);
    } else {
      co_await thread.read(mine[place.page], place.offset, options_.access);
    }
    thread.count_operation(write ? write_kind_ : read_kind_, begin);
  }
}

void Pages::count_write(std::size_t index, Place place) {
  std::vector<bool>& dirty = dirty_[index];
  const std::uint64_t lines = options_.page.count() / options_.line.count();
  const auto first = dirty.begin() + static_cast<std::ptrdiff_t>(place.page * lines);
  const std::uint64_t last = (place.offset + options_.access).count() - 1;
  ++writes_;
  dirty_pages_ += std::find(first, first + static_cast<std::ptrdiff_t>(lines), true) ==
                          first + static_cast<std::ptrdiff_t>(lines)
                      ? 1
                      : 0;
  for (std::uint64_t line = place.offset.count() / options_.line.count();
       line <= last / options_.line.count(); ++line) {
    const auto bit = first + static_cast<std::ptrdiff_t>(line);
    dirty_lines_ += *bit ? 0 : 1;
    *bit = true;
  }
}

void Pages::report(CounterReport& numbers) const {
  numbers.add("threads", objects_.size());
  numbers.add("pages_per_thread", pages_);
  numbers.add("writes", writes_);
  numbers.add("dirty_pages", dirty_pages_);
  numbers.add("dirty_lines", dirty_lines_);
}

}  // namespace dsmsim
