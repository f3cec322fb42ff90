#pragma once
// Identifiers. Each is a distinct type around a dense index, so that a server cannot be passed
// where an object is meant and tables indexed by identifier are plain vectors.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace dsmsim {

template <class Tag, class Integer>
class Id {
 public:
  using Value = Integer;
  constexpr Id() = default;
  constexpr explicit Id(Integer value) : value_(value) {}
  constexpr Integer value() const { return value_; }
  constexpr std::size_t index() const { return static_cast<std::size_t>(value_); }
  constexpr bool valid() const { return value_ != static_cast<Integer>(-1); }
  constexpr auto operator<=>(const Id&) const = default;

 private:
  Integer value_ = static_cast<Integer>(-1);
};

using NodeId = Id<struct NodeTag, std::uint32_t>;  ///< a server, 0..servers-1
using ThreadId =
    Id<struct ThreadTag, std::uint32_t>;  ///< a simulated program thread, over all servers
using ObjectId = Id<struct ObjectTag, std::uint64_t>;  ///< a DSM object as programs see it
using FileId = Id<struct FileTag, std::uint32_t>;      ///< a file of the storage that programs see

}  // namespace dsmsim

template <class Tag, class Integer>
struct std::hash<dsmsim::Id<Tag, Integer>> {
  std::size_t operator()(dsmsim::Id<Tag, Integer> id) const noexcept {
    return std::hash<Integer>{}(id.value());
  }
};
