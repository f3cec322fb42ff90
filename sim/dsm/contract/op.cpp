#include "sim/dsm/contract/op.hpp"

#include "sim/base/error.hpp"

namespace dsmsim {

std::string_view to_string(OpKind kind) {
  return kEnumeratorNames<OpKind>[static_cast<std::size_t>(kind)];
}

Cause cause_of(const Op& op) {
  const bool asks = op.length > Bytes(0) || is_word(op.kind);  // words do not say how long they are
  return asks ? traits_of(op.kind).cause : Cause::none;
}

void not_for_engines(OpKind kind) {
  throw Error(ExitCode::internal, std::string(to_string(kind)) + " is for no engine");
}

}  // namespace dsmsim
