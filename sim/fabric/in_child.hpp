#pragma once
// Runs a function in a child process and hands back what it returned. For libraries that keep state
// for the life of a process, abort on bad input, or take what they can get on absurd input; used by
// platform_load.cpp. The child dies with its parent, and when the parent is asked to stop
// (sim/base/stop.hpp).
//
// The result R travels through a file: a function `transfer(archive, r)` beside R names its members
// (numbers, enums, std::string, std::vector of these or of other structs with transfer).

#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "sim/base/units.hpp"

namespace dsmsim {

/// What a child may take before its parent puts an end to it.
struct ChildLimits {
  Bytes memory;   ///< resident, beyond that of its parent
  Duration time;  ///< real time
};

/// The function threw, or the child died or reached a limit; what() is the message of the
/// exception, or the last words of the child.
class ChildFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

namespace detail {

/// Writes or reads one value after the other.
template <bool Reading>
class Archive {
 public:
  explicit Archive(std::string& bytes) : bytes_(bytes) {}

  template <class... T>
  void operator()(T&... values) {
    (one(values), ...);
  }

 private:
  template <class T>
  void one(T& value) {
    if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
      raw(&value, sizeof value);
    } else if constexpr (requires { value.resize(0); }) {
      std::size_t size = value.size();
      one(size);
      value.resize(size);
      for (auto& item : value) {
        one(item);
      }
    } else {
      transfer(*this, value);
    }
  }
  void raw(void* value, std::size_t size) {
    if constexpr (Reading) {
      position_ += bytes_.copy(static_cast<char*>(value), size, position_);
    } else {
      bytes_.append(static_cast<const char*>(value), size);
    }
  }
  std::string& bytes_;
  std::size_t position_ = 0;
};

/// Runs `work` in a child whose standard output and error are kept apart. Returns what it returned.
std::string run_in_child(const ChildLimits& limits, const std::function<std::string()>& work);

}  // namespace detail

template <class R, class Function>
R in_child(const ChildLimits& limits, const Function& function) {
  std::string bytes = detail::run_in_child(limits, [&function] {
    R result = function();
    std::string written;
    detail::Archive<false> archive(written);
    transfer(archive, result);
    return written;
  });
  R result;
  detail::Archive<true> archive(bytes);
  transfer(archive, result);
  return result;
}

}  // namespace dsmsim
