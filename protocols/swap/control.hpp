#pragma once
// Infiniswap's control messages: between the owner of slabs (O, server 0) and the daemons of memory
// servers (D). Each is a SEND of the same struct, 32 addresses, 32 keys, a size and a type
// (SymbioticLab/Infiniswap da7c14b, infiniswap_bd/infiniswap.h, struct IS_rdma_info).

#include <array>
#include <string_view>

#include "protocols/paging/remote_slabs.hpp"
#include "sim/fabric/ledger.hpp"

namespace dsmsim::swap {

enum class ControlKind : std::uint8_t {
  query,        ///< O->D: how much is free there
  free_size,    ///< D->O: so many slabs
  bind_single,  ///< O->D: wants one of them
  info_single,  ///< D->O: its address and key, or that there is none left
  evict,        ///< D->O: how much these slabs are in use
  activity,     ///< O->D: so much
  stop,         ///< D->O: leave these
  done,         ///< O->D: they have been left
};
inline constexpr std::size_t kControlKinds = 8;
std::string_view to_string(ControlKind kind);

inline constexpr Bytes kControlSize = Bytes(392);
/// No message names more, so no server lends more (MAX_MR_SIZE_GB).
inline constexpr std::uint64_t kMostRegions = 32;

/// Lists of slabs are not here: they are in the one eviction of the daemon (daemon.hpp), which does
/// not change them while a message about them is under way.
struct ControlMessage {
  paging::SlabNumber slab = {};  ///< bind_single, info_single
  std::uint64_t number = 0;      ///< free_size: slabs; info_single: 0 if there is none
};

/// The kinds as the ledger knows them.
class ControlTypes {
 public:
  explicit ControlTypes(Ledger& ledger);
  MessageTypeId operator[](ControlKind kind) const { return ids_[static_cast<std::size_t>(kind)]; }
  bool contain(MessageTypeId type) const { return ids_.front() <= type && type <= ids_.back(); }
  ControlKind kind(MessageTypeId type) const {
    return static_cast<ControlKind>(type.value() - ids_.front().value());
  }

 private:
  std::array<MessageTypeId, kControlKinds> ids_{};
};

}  // namespace dsmsim::swap
