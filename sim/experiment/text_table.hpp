#pragma once
// Columns of text for the terminal, as wide as their widest cell; and numbers short enough to be
// read there.

#include <string>
#include <vector>

namespace dsmsim {

class TextTable {
 public:
  /// The first column is aligned to the left, the others to the right.
  explicit TextTable(std::vector<std::string> head) : rows_{std::move(head)} {}
  /// As many cells as the head has.
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.size() == 1; }
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// A table whose rows are printed as they come, so that the widths of its columns are decided
/// before: those of the head, or more. A cell that is wider moves the rest of its row.
class TextRows {
 public:
  TextRows(std::vector<std::string> head, const std::vector<std::size_t>& widths);
  std::string head() const { return row(head_); }
  /// One line; as many cells as the head has.
  std::string row(const std::vector<std::string>& cells) const;

 private:
  std::vector<std::string> head_;
  std::vector<std::size_t> widths_;
};

/// Three digits: "1.23 M", "45.6 k", "789".
std::string short_number(double value);
/// "90,000"
std::string grouped(std::uint64_t value);
/// Three digits: "1.23 us", "45.6 ms".
std::string short_duration(double ns);
/// Three digits: "4.10 KiB".
std::string short_bytes(double bytes);

}  // namespace dsmsim
