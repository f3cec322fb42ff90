#include "sim/dsm/library/scope.hpp"

namespace dsmsim::library {
namespace {

/// An address and where its copy is (Ma et al., OSDI'24, Fig. 4).
constexpr Bytes kShippedReference(16);

}  // namespace

Task<ThreadId> Scope::start(Launch launch, std::size_t references,
                            std::function<Task<>(Thread&)> body) {
  launch.closure += kShippedReference * references;
  started_.push_back(co_await parent_.start(std::move(launch), std::move(body)));
  co_return started_.back();
}

Task<bool> Scope::join() {
  bool well = true;
  for (const ThreadId thread : started_) {
    const bool ended = co_await parent_.join(thread);
    well = well && ended;
  }
  started_.clear();
  co_return well;
}

Task<bool> scoped(Thread& parent, std::function<Task<>(Scope&)> body) {
  Scope scope(parent);
  co_await body(scope);
  const bool well = co_await scope.join();
  co_return well;
}

}  // namespace dsmsim::library
