#pragma once
// The memory nodes: what is in their memory, block by block, and their Cache-line Log Receivers.
//
// One-sided READs and WRITEs get at the images without their software.

#include "protocols/kona/logs.hpp"

namespace dsmsim::kona {

class MemoryNodes {
 public:
  using Image = paging::PageMap<Contents>;  ///< of a node's memory, by block

  /// `blank` is a block that nobody has written.
  MemoryNodes(System& system, Logs& logs, std::size_t servers, Contents blank)
      : system_(system), logs_(logs), blank_(std::move(blank)), images_(servers) {}

  Contents read(NodeId node, PageNumber block) const;
  void write(NodeId node, PageNumber block, const Contents& contents) {
    images_[node.index()][block] = contents;
  }

  /// CPU time of the receiver before it has applied the batch of a log that ends there.
  Duration unpacking(NodeId node, std::uint64_t end) const;
  /// The Cache-line Log Receiver: lines go to their places, in order, and the space is given back.
  Duration apply(NodeId node, std::uint64_t end);

  const Image& image(NodeId node) const { return images_[node.index()]; }
  void fingerprint(Fingerprint& into) const;

 private:
  void put(NodeId node, const LogEntry& entry);

  System& system_;
  Logs& logs_;
  Contents blank_;
  std::vector<Image> images_;  // by server
};

}  // namespace dsmsim::kona
