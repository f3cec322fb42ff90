// The torus: its grid and its dimension-order routing.

#include <memory>
#include <utility>

#include "sim/fabric/ecmp.hpp"
#include "sim/fabric/generators.hpp"
#include "sim/fabric/generators_detail.hpp"

namespace dsmsim {
namespace {

/// Routers are numbered with the first dimension running fastest.
class Grid {
 public:
  explicit Grid(std::vector<unsigned> sizes) : sizes_(std::move(sizes)) {}
  std::size_t dimensions() const { return sizes_.size(); }
  unsigned size(std::size_t dimension) const { return sizes_[dimension]; }
  std::size_t routers() const { return stride(sizes_.size()); }
  unsigned coordinate(std::size_t router, std::size_t dimension) const {
    return static_cast<unsigned>(router / stride(dimension) % sizes_[dimension]);
  }
  /// The router `steps` further on in one dimension, round the ring.
  std::size_t neighbour(std::size_t router, std::size_t dimension, unsigned steps) const {
    const unsigned here = coordinate(router, dimension);
    const unsigned there = (here + steps) % sizes_[dimension];
    return router + there * stride(dimension) - here * stride(dimension);
  }

 private:
  std::size_t stride(std::size_t dimension) const {
    std::size_t product = 1;
    for (std::size_t d = 0; d < dimension; ++d) {
      product *= sizes_[d];
    }
    return product;
  }
  std::vector<unsigned> sizes_;
};

class DimensionOrder : public Routing {
 public:
  explicit DimensionOrder(Grid grid)
      : grid_(std::move(grid)), ring_(grid_.routers() * grid_.dimensions() * 2) {}

  void set_server(LinkId up) { up_.push_back(up); }
  void set_ring(std::size_t router, std::size_t dimension, bool forwards, LinkId link) {
    ring_[slot(router, dimension, forwards)] = link;
  }

  Route route(NodeId from, NodeId to, std::uint64_t flow) override {
    const std::uint64_t key = flow_key(from, to, flow);
    Route route = {up_[from.index()]};
    std::size_t here = from.index();
    for (std::size_t d = 0; d < grid_.dimensions(); ++d) {
      const unsigned size = grid_.size(d);
      const unsigned ahead =
          (grid_.coordinate(to.index(), d) + size - grid_.coordinate(here, d)) % size;
      const bool tie = ahead * 2 == size;
      const bool forwards = tie ? ecmp_choice(key, d, 2) == 0 : ahead * 2 < size;
      const unsigned steps = forwards ? ahead : size - ahead;
      for (unsigned step = 0; ahead != 0 && step < steps; ++step) {
        route.push_back(ring_[slot(here, d, forwards)]);
        here = grid_.neighbour(here, d, forwards ? 1 : size - 1);
      }
    }
    route.push_back(TopologyBuilder::reverse(up_[to.index()]));
    return route;
  }

 private:
  std::size_t slot(std::size_t router, std::size_t dimension, bool forwards) const {
    return (router * grid_.dimensions() + dimension) * 2 + (forwards ? 1 : 0);
  }
  Grid grid_;
  std::vector<LinkId> up_;    ///< server to router, by server
  std::vector<LinkId> ring_;  ///< by slot()
};

void close_rings(TopologyBuilder& builder, const Grid& grid, const std::vector<VertexId>& routers,
                 const CableSpec& cable, DimensionOrder& routing) {
  for (std::size_t router = 0; router < grid.routers(); ++router) {
    for (std::size_t d = 0; d < grid.dimensions(); ++d) {
      if (grid.size(d) == 2 && grid.coordinate(router, d) == 1) {
        continue;  // a ring of two has one cable, which its first router has laid
      }
      const std::size_t next = grid.neighbour(router, d, 1);
      const LinkId forth = builder.add_cable(routers[router], routers[next], cable);
      const LinkId back = TopologyBuilder::reverse(forth);
      routing.set_ring(router, d, true, forth);
      routing.set_ring(next, d, false, back);
      if (grid.size(d) == 2) {
        routing.set_ring(router, d, false, forth);
        routing.set_ring(next, d, true, back);
      }
    }
  }
}

}  // namespace

Topology make_torus(const Torus& shape, std::size_t servers) {
  std::size_t routers_so_far = 1;
  for (const unsigned size : shape.dimensions) {
    routers_so_far *= size;
    must_be_buildable("torus", routers_so_far, routers_so_far * shape.dimensions.size());
  }
  const Grid grid(shape.dimensions);
  must_hold("torus", grid.routers(), servers);
  TopologyBuilder builder("topology torus");
  const std::vector<VertexId> ends = add_servers(builder, servers);
  const std::vector<VertexId> routers =
      add_switches(builder, "router", grid.routers(), shape.switches);
  auto routing = std::make_unique<DimensionOrder>(grid);
  for (std::size_t i = 0; i < ends.size(); ++i) {
    routing->set_server(builder.add_cable(ends[i], routers[i], shape.server_cable));
  }
  close_rings(builder, grid, routers, shape.ring_cable, *routing);
  return std::move(builder).build(std::move(routing));
}

}  // namespace dsmsim
