#include "sim/fabric/platform_hosts.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <cctype>
#include <numeric>
#include <unordered_map>

#include "sim/base/config/tree.hpp"

namespace dsmsim {
namespace {

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

/// The digits at `position`, without leading zeros; moves behind them.
std::string take_number(const std::string& text, std::size_t& position) {
  const std::size_t start = std::min(text.find_first_not_of('0', position), text.size());
  for (position = start; position < text.size() && is_digit(text[position]);) {
    ++position;
  }
  return text.substr(start, position - start);
}

/// "node-2" before "node-10": runs of digits compare by value.
bool name_less(const std::string& a, const std::string& b) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (is_digit(a[i]) && is_digit(b[j])) {
      const std::string x = take_number(a, i);
      const std::string y = take_number(b, j);
      if (x != y) {
        return x.size() != y.size() ? x.size() < y.size() : x < y;
      }
    } else if (a[i] != b[j]) {
      return a[i] < b[j];
    } else {
      ++i;
      ++j;
    }
  }
  const std::size_t rest_a = a.size() - i;
  const std::size_t rest_b = b.size() - j;
  return rest_a != rest_b ? rest_a < rest_b : a < b;
}

std::vector<std::size_t> in_order(const std::vector<std::string>& names) {
  std::vector<std::size_t> order(names.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return name_less(names[a], names[b]); });
  return order;
}

/// Meets one wish after the other.
class HostChooser {
 public:
  explicit HostChooser(const std::vector<std::string>& names)
      : names_(names), order_(in_order(names)), taken_(names.size()) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      indices_.emplace(names[i], i);
    }
  }

  void add(const std::string& wish) {
    if (const auto named = indices_.find(wish); named != indices_.end()) {
      if (!take(named->second)) {
        complain("\"hosts\" has \"" + wish + "\" twice");
      }
      return;
    }
    bool any = false;
    for (const std::size_t host : order_) {
      if (fnmatch(wish.c_str(), names_[host].c_str(), FNM_NOESCAPE) == 0) {
        any = true;
        take(host);
      }
    }
    if (!any) {
      complain("there is no host \"" + wish + "\"" + config::suggestion(wish, sorted_names()));
    }
  }

  void add_all() {
    for (const std::size_t host : order_) {
      take(host);
    }
  }

  HostChoice choice() && { return std::move(choice_); }

 private:
  bool take(std::size_t host) {
    const bool is_new = !taken_[host];
    if (is_new) {
      taken_[host] = true;
      choice_.hosts.push_back(host);
    }
    return is_new;
  }
  void complain(std::string text) {
    if (choice_.mistake.empty()) {
      choice_.mistake = std::move(text);
    }
  }
  std::vector<std::string> sorted_names() const {
    std::vector<std::string> names;
    for (const std::size_t host : order_) {
      names.push_back(names_[host]);
    }
    return names;
  }

  const std::vector<std::string>& names_;
  std::vector<std::size_t> order_;
  std::vector<bool> taken_;
  std::unordered_map<std::string, std::size_t> indices_;
  HostChoice choice_;
};

}  // namespace

HostChoice choose_hosts(const std::vector<std::string>& names,
                        const std::vector<std::string>& wishes) {
  HostChooser chooser(names);
  if (wishes.empty()) {
    chooser.add_all();
  }
  for (const std::string& wish : wishes) {
    chooser.add(wish);
  }
  return std::move(chooser).choice();
}

}  // namespace dsmsim
