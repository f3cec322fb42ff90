#include "workloads/gemm/gemm.hpp"

#include "workloads/generators/drivers.hpp"

namespace dsmsim {
namespace {

/// What is shipped beside Boxes: two references to vectors (DVecRef), and the vector that comes
/// back (DVec; drust/src/drust_std/collections/dvec.rs:15-19, 512-517).
constexpr Bytes kMatrixReference(72);
constexpr Bytes kMatrixVector(72);

/// A quarter of a matrix, row by row; none: the operand is one quarter alone.
enum Quarter : int { none = -1, q11, q12, q21, q22 };
struct Operands {
  std::array<int, 2> a;
  std::array<int, 2> b;
};
/// Strassen's seven products; whether quarters are added or subtracted costs the same.
constexpr std::array<Operands, 7> kProducts = {{
    {{q11, q22}, {q11, q22}},
    {{q21, q22}, {q11, none}},
    {{q11, none}, {q12, q22}},
    {{q22, none}, {q21, q11}},
    {{q11, q12}, {q22, none}},
    {{q21, q11}, {q11, q12}},
    {{q12, q22}, {q21, q22}},
}};

/// The loops that add the products up, each into the left one, which becomes a quarter of the
/// result: c11 is in m7 at the end, c12 in m5, c21 in m4 and c22 in m1. The order of the released
/// code, in which m1, m4 and m5 are right operands before they are left ones.
struct Addition {
  std::size_t to;
  std::size_t what;
};
constexpr std::array<Addition, 8> kAdditions = {{
    {6, 0},
    {6, 3},
    {6, 4},
    {4, 2},
    {3, 1},
    {0, 1},
    {0, 2},
    {0, 5},
}};
constexpr std::array<std::size_t, 4> kQuarters = {6, 4, 3, 0};

}  // namespace

// What is alive when all products of the first level have been prepared.
Demand Gemm::demand(std::size_t servers) const {
  (void)servers;
  Demand demand;
  demand.threads = 8;
  return demand.add(14, options_.bytes(1));
}

Task<> Gemm::main(Thread& thread) {
  World& world = thread.world();
  leaf_kind_ = world.meter().define("leaf");
  leaves_.assign(world.compute_servers(), 0);
  TaskSlots slots(world, options_.slots_per_server * world.compute_servers(), "gemm.slots");
  TaskSlots branches(world, options_.branches, "gemm.branches");
  slots_ = &slots;
  branches_ = &branches;
  Product whole;
  whole.a = co_await thread.allocate(options_.bytes(0));
  whole.b = co_await thread.allocate(options_.bytes(0));
  co_await write_in_pieces(thread, whole.a, Bytes(0), options_.bytes(0), pieces());
  co_await write_in_pieces(thread, whole.b, Bytes(0), options_.bytes(0), pieces());
  co_await thread.fence();
  world.start_measuring();
  co_await multiply(thread, whole, 0);
}

/// Of matrices of this level, by one thread of server 0. They end with it.
Task<> Gemm::multiply(Thread& thread, Product& product, std::uint32_t level) {
  Products products;
  co_await prepare(thread, product, level + 1, products);
  co_await thread.release(product.a);
  co_await thread.release(product.b);
  if (level + 1 == options_.levels) {
    co_await multiply_anywhere(thread, products);
  } else {
    co_await multiply_here(thread, products, level + 1);
  }
  product.result = co_await combine(thread, products, level + 1);
}

// ---- the operands

Task<> Gemm::prepare(Thread& thread, const Product& product, std::uint32_t level,
                     Products& products) {
  for (std::size_t i = 0; i < products.size(); ++i) {
    const Operands& of = kProducts[i];
    products[i].a = co_await quarter(thread, product.a, of.a[0], of.a[1], level);
    products[i].b = co_await quarter(thread, product.b, of.b[0], of.b[1], level);
  }
}

/// A matrix of this level: a quarter of another one, or the sum of two.
Task<ObjectId> Gemm::quarter(Thread& thread, ObjectId of, int first, int second,
                             std::uint32_t level) {
  const Bytes size = options_.bytes(level);
  const ObjectId made = co_await thread.allocate(size);
  for (const int each : {first, second}) {
    if (each != none) {
      co_await read_here(thread, of, size * static_cast<std::uint64_t>(each), level);
    }
  }
  co_await loop(thread, options_.push, level);
  co_await write_here(thread, made, Bytes(0), level);
  co_return made;
}

/// As much of it as a matrix of this level has, for a loop on server 0.
Task<> Gemm::read_here(Thread& thread, ObjectId matrix, Bytes offset, std::uint32_t level) {
  if (options_.loops == GemmLoops::server0) {
    co_await read_in_pieces(thread, matrix, offset, options_.bytes(level), pieces());
  }
}

Task<> Gemm::write_here(Thread& thread, ObjectId matrix, Bytes offset, std::uint32_t level) {
  if (options_.loops == GemmLoops::server0) {
    co_await write_in_pieces(thread, matrix, offset, options_.bytes(level), pieces());
  }
}

/// Over all elements of a matrix. What a loop touches at the homes is two operands and a result.
Task<> Gemm::loop(Thread& thread, Duration per_element, std::uint32_t level) {
  Duration time = per_element * (options_.rows(level) * options_.rows(level));
  if (options_.loops == GemmLoops::at_homes) {
    time += thread.world().cluster().profile().touch(options_.bytes(level) * 3);
  }
  return work(thread, time);
}

/// Others who wait for the core get their turns.
Task<> Gemm::work(Thread& thread, Duration time) {
  const Duration turn = options_.turn();
  for (; turn > Duration() && time > turn; time -= turn) {
    co_await thread.compute(turn);
    co_await thread.yield();
  }
  co_await thread.compute(time);
}

// ---- the products

/// Each by a thread of server 0.
Task<> Gemm::multiply_here(Thread& thread, Products& products, std::uint32_t level) {
  const bool limited = level + 1 == options_.levels;
  for (Product& product : products) {
    if (limited) {
      product.task.slot = co_await branches_->take(thread);
    }
    product.task.thread = thread.spawn(
        thread.node(), [this, &product, level](Thread& t) { return branch(t, product, level); });
  }
  for (const Product& product : products) {
    co_await thread.join(product.task.thread);
  }
}

Task<> Gemm::branch(Thread& thread, Product& product, std::uint32_t level) {
  co_await multiply(thread, product, level);
  if (level + 1 == options_.levels) {
    branches_->give_back(product.task.slot);
  }
}

/// Each by a task in a slot; the results are awaited in order.
Task<> Gemm::multiply_anywhere(Thread& thread, Products& products) {
  for (Product& product : products) {
    co_await start_leaf(thread, product);
  }
  for (Product& product : products) {
    Task<> finished =
        slots_->finish(thread, product.task, [&] { return start_leaf(thread, product); });
    co_await finished;
    co_await thread.release(product.a);
    co_await thread.release(product.b);
  }
}

Task<> Gemm::start_leaf(Thread& thread, Product& product) {
  product.task.slot = co_await slots_->take(thread);
  Launch launch;
  launch.node = slots_->server(product.task.slot);
  launch.closure = kMatrixReference * 2;
  product.task.thread = co_await thread.start(
      std::move(launch), [this, &product](Thread& t) { return leaf(t, product); });
}

Task<> Gemm::leaf(Thread& thread, Product& product) {
  const Time begin = thread.now();
  const Bytes size = options_.bytes(options_.levels);
  const std::size_t slot = product.task.slot;
  const Borrow a = co_await thread.borrow(product.a);
  const Borrow b = co_await thread.borrow(product.b);
  if (options_.access == Bytes(0)) {
    co_await thread.read(a, Bytes(0), size);
    co_await thread.read(b, Bytes(0), size);
  } else {
    co_await read_in_pieces(thread, product.a, Bytes(0), size, pieces());
    co_await read_in_pieces(thread, product.b, Bytes(0), size, pieces());
  }
  co_await work(thread, options_.leaf_work());
  const ObjectId result = co_await thread.allocate(size);
  co_await write_in_pieces(thread, result, Bytes(0), size, pieces());
  co_await thread.give_back(a);
  co_await thread.give_back(b);
  product.result = result;
  LaunchResult handed;
  handed.size = kMatrixVector;
  handed.owned.push_back(result);
  thread.give_result(std::move(handed));
  ++leaves_[thread.node().index()];
  thread.count_operation(leaf_kind_, begin);
  slots_->end(slot, thread);
}

// ---- the result

/// `to` += `what`: taken for writing first, as `as_mut` does.
Task<> Gemm::add(Thread& thread, ObjectId to, ObjectId what, std::uint32_t level) {
  co_await write_here(thread, to, Bytes(0), level);
  co_await read_here(thread, to, Bytes(0), level);
  co_await read_here(thread, what, Bytes(0), level);
  co_await loop(thread, options_.add, level);
}

/// The products of this level to a matrix of the next one above.
Task<ObjectId> Gemm::combine(Thread& thread, const Products& products, std::uint32_t level) {
  for (const Addition& addition : kAdditions) {
    co_await add(thread, products[addition.to].result, products[addition.what].result, level);
  }
  const Bytes size = options_.bytes(level);
  const ObjectId made = co_await thread.allocate(size * 4);
  for (std::size_t i = 0; i < kQuarters.size(); ++i) {
    co_await read_here(thread, products[kQuarters[i]].result, Bytes(0), level);
    co_await loop(thread, options_.push, level);
    co_await write_here(thread, made, size * i, level);
  }
  for (const Product& product : products) {
    co_await thread.release(product.result);
  }
  co_return made;
}

void Gemm::report(CounterReport& numbers) const {
  numbers.add("rows", options_.rows(0));
  numbers.add("leaf_seconds", options_.leaf_work().seconds());
  for (std::size_t server = 0; server < leaves_.size(); ++server) {
    numbers.add("leaves_on_server_" + std::to_string(server), leaves_[server]);
  }
}

}  // namespace dsmsim
