#pragma once
// DRust's matrix multiplication (Ma et al., OSDI'24, section 7; repository uclasystem/DRust
// drust/src/app/gemm): Strassen's algorithm, whose products some levels down are tasks on all
// servers, while server 0 prepares their operands and combines their results.
//
// A multiplication makes 14 sub-matrices of its operands, has 7 products of these made, and adds
// them up in 8 loops. At the level above the leaves the products are tasks in slots (TaskSlots);
// above that they are threads of server 0, of which only so many wait for leaves at once. README.md
// says what is taken from where, and what differs.

#include <array>

#include "workloads/gemm/options.hpp"
#include "workloads/generators/pieces.hpp"
#include "workloads/generators/task_slots.hpp"

namespace dsmsim {

class Gemm final : public Program {
 public:
  explicit Gemm(GemmOptions options) : options_(std::move(options)) {}
  Task<> main(Thread& thread) override;
  Demand demand(std::size_t servers) const override;
  std::optional<std::uint64_t> planned_operations() const override { return options_.leaves(); }
  void report(CounterReport& numbers) const override;

 private:
  /// A matrix product: of two matrices, whose owner it is, to one.
  struct Product {
    ObjectId a;
    ObjectId b;
    ObjectId result = {};
    TaskSlots::Started task = {};
  };
  using Products = std::array<Product, 7>;

  Task<> multiply(Thread& thread, Product& product, std::uint32_t level);
  Task<> prepare(Thread& thread, const Product& product, std::uint32_t level, Products& products);
  Task<ObjectId> quarter(Thread& thread, ObjectId of, int first, int second, std::uint32_t level);
  Task<> multiply_here(Thread& thread, Products& products, std::uint32_t level);
  Task<> branch(Thread& thread, Product& product, std::uint32_t level);
  Task<> multiply_anywhere(Thread& thread, Products& products);
  Task<> start_leaf(Thread& thread, Product& product);
  Task<> leaf(Thread& thread, Product& product);
  Task<> add(Thread& thread, ObjectId to, ObjectId what, std::uint32_t level);
  Task<ObjectId> combine(Thread& thread, const Products& products, std::uint32_t level);
  Task<> read_here(Thread& thread, ObjectId matrix, Bytes offset, std::uint32_t level);
  Task<> write_here(Thread& thread, ObjectId matrix, Bytes offset, std::uint32_t level);
  Task<> loop(Thread& thread, Duration per_element, std::uint32_t level);
  Task<> work(Thread& thread, Duration time);
  Pieces pieces() const { return {options_.access, options_.access_threads}; }

  GemmOptions options_;
  TaskSlots* slots_ = nullptr;  // main's: they must not outlive the World
  TaskSlots* branches_ = nullptr;
  KindId leaf_kind_;
  std::vector<std::uint64_t> leaves_;  ///< by the server that they ended on
};

}  // namespace dsmsim
