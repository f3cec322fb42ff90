#pragma once
// The messages of a protocol, said once: a list of rows, from which the enumeration of their kinds,
// their number, their names and their declaration in the ledger follow.
//
//   struct Row : MessageRow { std::uint32_t bytes; };  // more columns, as the protocol needs them
//   #define PING_MESSAGES(MESSAGE)
//     MESSAGE(ping, "PING", Verb::send, Purpose::control, 16)
//     MESSAGE(pong, "PONG", Verb::send, Purpose::control, 16)
//   DSMSIM_MESSAGES(MessageKind, Row, PING_MESSAGES);
//
// makes `enum class MessageKind { ping, pong }`; row_of(MessageKind::ping).bytes is 16. A column
// without a default that a row leaves out is an error, and so is a name that two rows have.
//
// MessageTypes<MessageKind> are the kinds as a run's ledger knows them, in both directions. Whoever
// works on messages does it in a `switch` over the kind without `default`: a kind without a branch
// does not compile (-Wswitch is an error), and one that no software sees, of a one-sided verb, is
// listed as such. Only the order of reports depends on the order of the rows.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/enumeration.hpp"
#include "sim/fabric/ledger.hpp"

namespace dsmsim {

/// What the ledger has to know of a message; a protocol's rows begin with it.
struct MessageRow {
  std::string_view name;
  Verb verb;
  Purpose purpose;
};

#define DSMSIM_MESSAGE_KIND(kind, ...) kind,
#define DSMSIM_MESSAGE_ROW(kind, ...) {__VA_ARGS__},
#define DSMSIM_MESSAGES(Kind, Row, LIST)                                                \
  enum class Kind : std::uint8_t { LIST(DSMSIM_MESSAGE_KIND) };                         \
  inline constexpr auto k##Kind##Rows = std::to_array<Row>({LIST(DSMSIM_MESSAGE_ROW)}); \
  constexpr std::span<const Row> message_rows(Kind) { return k##Kind##Rows; }           \
  static_assert(::dsmsim::have_names_of_their_own(k##Kind##Rows))

/// How many kinds of messages a protocol has.
template <class Kind>
constexpr std::size_t message_count() {
  return message_rows(Kind{}).size();
}
template <class Kind>
constexpr const auto& row_of(Kind kind) {
  return message_rows(kind)[static_cast<std::size_t>(kind)];
}

/// The kinds of one protocol as the ledger of a run knows them.
template <class Kind>
class MessageTypes {
 public:
  /// Of a cluster without a fabric: no message is ever sent.
  MessageTypes() = default;
  explicit MessageTypes(Ledger& ledger) {
    for (std::size_t i = 0; i < types_.size(); ++i) {
      const MessageRow& row = row_of(static_cast<Kind>(i));
      types_[i] = ledger.declare(std::string(row.name), row.verb, row.purpose);
      kinds_.resize(types_[i].index() + 1, kForeign);
      kinds_.back() = static_cast<std::uint8_t>(i);
    }
  }

  MessageTypeId operator[](Kind kind) const { return types_[static_cast<std::size_t>(kind)]; }
  /// Whether a message is of this protocol: others are the program's own.
  bool contain(MessageTypeId type) const {
    return type.index() < kinds_.size() && kinds_[type.index()] != kForeign;
  }
  /// Of a message of this protocol.
  Kind kind(MessageTypeId type) const { return static_cast<Kind>(kinds_[type.index()]); }

 private:
  static constexpr std::uint8_t kForeign = 255;
  static_assert(message_count<Kind>() < kForeign);

  std::array<MessageTypeId, message_count<Kind>()> types_{};
  std::vector<std::uint8_t> kinds_;  // by type
};

}  // namespace dsmsim
