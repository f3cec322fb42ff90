#include "sim/check/failure.hpp"

#include <stdexcept>
#include <utility>

namespace dsmsim {

Failure current_failure(Schedule schedule) {
  try {
    throw;
  } catch (const Error& error) {
    if (error.code() == ExitCode::interrupted) {
      throw;
    }
    return {error.code(), error.what(), std::move(schedule)};
  } catch (const std::logic_error& error) {
    return {ExitCode::internal, error.what(), std::move(schedule)};
  }
}

}  // namespace dsmsim
