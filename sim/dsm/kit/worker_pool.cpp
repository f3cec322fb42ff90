#include "sim/dsm/kit/worker_pool.hpp"

namespace dsmsim {

WorkerPool::WorkerPool(Fabric& fabric, NodeId server, std::uint32_t workers,
                       MessageHandler& handler)
    : fabric_(fabric), queue_(fabric.simulation().queue()), handler_(handler) {
  for (std::uint32_t i = 0; i < workers; ++i) {
    workers_.push_back(std::make_unique<Worker>(Worker{this, {}}));
    idle_.push_back(workers_.back().get());
  }
  fabric.set_receiver(server, this);
}

void WorkerPool::deliver(const Delivery& delivery) { enqueue({delivery, true}); }

void WorkerPool::submit(const Delivery& work) { enqueue({work, false}); }

void WorkerPool::enqueue(const Work& work) {
  if (idle_.empty()) {
    waiting_.push_back(work);
    return;
  }
  Worker& worker = *idle_.back();
  idle_.pop_back();
  begin(worker, work);
}

void WorkerPool::begin(Worker& worker, const Work& work) {
  const Delivery& message = worker.message = work.message;
  if (work.holds_receive) {
    fabric_.repost_receive(message.to);
  }
  charge(message.tally, Category::handler_queue, queue_.now());
  const Duration service = handler_.service_time(message);
  busy_ += service;
  queue_.schedule(queue_.now() + service, &WorkerPool::finish, &worker);
}

void WorkerPool::finish(void* argument) {
  auto& worker = *static_cast<Worker*>(argument);
  WorkerPool& pool = *worker.pool;
  charge(worker.message.tally, Category::handler, pool.queue_.now());
  ++pool.handled_;
  const Duration more = pool.handler_.handle(worker.message);
  pool.busy_ += more;
  pool.queue_.schedule(pool.queue_.now() + more, &WorkerPool::become_free, &worker);
}

void WorkerPool::become_free(void* argument) {
  auto& worker = *static_cast<Worker*>(argument);
  WorkerPool& pool = *worker.pool;
  if (pool.waiting_.empty()) {
    pool.idle_.push_back(&worker);
    return;
  }
  const Work next = pool.waiting_.front();
  pool.waiting_.pop_front();
  pool.begin(worker, next);
}

}  // namespace dsmsim
