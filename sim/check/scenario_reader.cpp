// Reads the text form of scenarios. Every line is a statement; a line that begins with none of the
// statements' words goes on with the steps of the thread before it. Objects may be declared
// anywhere, so declarations are read first.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <tuple>
#include <utility>

#include "sim/base/config/text.hpp"
#include "sim/base/error.hpp"
#include "sim/check/scenario.hpp"
#include "sim/check/scenario_operations.hpp"
#include "sim/check/scenario_rules.hpp"
#include "sim/check/scenario_tokens.hpp"

namespace dsmsim {
namespace {

constexpr std::size_t kLargestText = std::size_t{64} << 10;
constexpr std::size_t kMostMistakes = 100;

constexpr std::array<std::string_view, 5> kStatements = {"name", "servers", "object", "thread",
                                                         "exists"};
constexpr std::array<std::string_view, 4> kOtherWords = {"on", "size", "guarded", "and"};
constexpr std::string_view kInNames = "+-.";  // of scenarios, beside letters, digits and _

const ScenarioOperation* operation_called(std::string_view word) {
  for (const ScenarioOperation& operation : kScenarioOperations) {
    if (operation.word == word) {
      return &operation;
    }
  }
  return nullptr;
}

template <class List>
bool contains(const List& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_reserved(std::string_view word) {
  return contains(kStatements, word) || contains(kOtherWords, word) ||
         operation_called(word) != nullptr;
}

/// What a line or a step may begin with.
std::vector<std::string> first_words() {
  std::vector<std::string> words(kStatements.begin(), kStatements.end());
  for (const ScenarioOperation& operation : kScenarioOperations) {
    words.emplace_back(operation.word);
  }
  return words;
}

/// `; did you mean "x"`, or nothing.
std::string suggestion(std::string_view word, const std::vector<std::string>& known) {
  const std::string meant = closest(std::string(word), known);
  return meant.empty() ? "" : fmt::format("; did you mean \"{}\"", meant);
}

/// The first word, for messages.
std::string quoted(const Words& words) {
  return words.empty() ? "nothing" : fmt::format("\"{}\"", words.first());
}

class ScenarioReader {
 public:
  /// Reads as much as can be read.
  Scenario read(std::string_view text) {
    split(text);
    for (const Line& line : lines_) {
      read_declaration(line.words());
    }
    for (const Line& line : lines_) {
      read_steps_of(line.words());
    }
    for (const Line& line : lines_) {
      if (line.words().begin_with("exists")) {
        read_exists(line.words());
      }
    }
    complete();
    return std::move(scenario_);
  }

  /// One line for each mistake, in the order of the text.
  std::vector<std::string> mistakes(const std::string& file) {
    std::stable_sort(mistakes_.begin(), mistakes_.end(), [](const Mistake& a, const Mistake& b) {
      return std::tie(a.place.line, a.place.column) < std::tie(b.place.line, b.place.column);
    });
    std::vector<std::string> lines;
    for (const auto& [place, what] : mistakes_) {
      if (lines.size() == kMostMistakes) {
        lines.push_back(fmt::format("{}: and {} more", file, mistakes_.size() - lines.size()));
        break;
      }
      lines.push_back(fmt::format("{}:{}:{}  {}", file, place.line, place.column, what));
    }
    return lines;
  }

 private:
  struct Line {
    std::vector<Token> tokens;
    Place end;
    Words words() const { return {tokens, end}; }
  };
  struct Mistake {
    Place place;
    std::string what;
  };
  struct ThreadPlaces {
    Place place;
    std::vector<Place> steps;
    bool incomplete = false;  ///< a step could not be read
  };

  void complain(Place place, std::string what) { mistakes_.push_back({place, std::move(what)}); }
  bool expect(bool good, const Words& words, std::string_view what) {
    if (!good) {
      complain(words.place(), fmt::format("expected {}, got {}", what, quoted(words)));
    }
    return good;
  }
  bool expect_end(const Words& words, std::string_view what) {
    return expect(words.empty(), words, fmt::format("the end of {}", what));
  }

  void split(std::string_view text);
  void read_declaration(const Words& words);
  void read_name(const Words& words);
  void read_servers(const Words& words);
  void read_object(const Words& words);
  bool read_size(const Words& words, Bytes& size);
  void read_steps_of(const Words& words);
  void read_thread(const Words& words);
  void read_steps(Words words);
  std::optional<Step> read_step(const Words& words);
  std::optional<Step> read_write(const Words& words, const Words& value);
  std::optional<Step> read_operation(const Words& words, bool assigned);
  void read_exists(Words words);
  std::optional<Condition> read_condition(const Words& words);
  void complete();

  std::optional<std::uint64_t> number(const Words& words, std::uint64_t largest,
                                      std::string_view what);
  std::optional<std::uint64_t> step_value(const Words& words, std::string_view rest);
  bool server(const Words& words, NodeId& node);
  bool may_name(const Words& words, std::string_view what);
  ObjectIndex object_called(std::string_view name) const;
  RegisterIndex register_called(std::string_view name) const;
  ObjectIndex object(const Words& words);
  RegisterIndex target(const Words& words);

  Scenario scenario_;
  std::vector<Mistake> mistakes_;
  std::vector<Line> lines_;
  std::optional<std::size_t> servers_;  // as the text says
  std::vector<Place> object_places_;
  std::vector<ThreadPlaces> thread_places_;
  bool continues_ = false;  // a line without a statement belongs to the last thread
  bool named_ = false;
  bool asked_ = false;  // there was an "exists"
};

/// Into lines of words; the comments before the first are what the scenario is about.
void ScenarioReader::split(std::string_view text) {
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t length = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, length);
    text.remove_prefix(std::min(length + 1, text.size()));
    std::vector<Token> tokens = tokens_of(line);
    ++number;
    const std::size_t comment = line.find('#');
    if (tokens.empty() && lines_.empty() && comment != std::string_view::npos) {
      std::string_view words = line.substr(comment + 1);
      words.remove_prefix(words.starts_with(' ') ? 1 : 0);
      words = words.substr(0, words.find_last_not_of(" \t\r") + 1);
      scenario_.about += (scenario_.about.empty() ? "" : "\n") + std::string(words);
    }
    if (!tokens.empty()) {
      const Token& last = tokens.back();
      const std::size_t width = last.kind == Token::Kind::other ? 1 : last.text.size();
      lines_.push_back({std::move(tokens), {number, last.column + width}});
    }
  }
}

void ScenarioReader::read_declaration(const Words& words) {
  if (words.begin_with("name")) {
    read_name(words);
  } else if (words.begin_with("servers")) {
    read_servers(words);
  } else if (words.begin_with("object")) {
    read_object(words.after(1));
  }
}

/// "name SB+fences": letters, digits and + - . _ without a space between them.
void ScenarioReader::read_name(const Words& words) {
  if (std::exchange(named_, true)) {
    complain(words.place(), "the scenario has a name already");
    return;
  }
  Words rest = words.after(1);
  if (!expect(!rest.empty(), rest, "a name, as in \"name SB+fences\"")) {
    return;
  }
  for (std::size_t column = rest.place().column; !rest.empty(); rest = rest.after(1)) {
    const Token& token = rest.tokens[0];
    const bool fits =
        token.kind != Token::Kind::sign &&
        (token.kind != Token::Kind::other || kInNames.find(token.text) != std::string_view::npos);
    if (!fits || token.column != column) {
      expect(false, rest, "the end of the name, which is letters, digits and + - . _");
      return;
    }
    scenario_.name += token.text;
    column += token.text.size();
  }
}

/// "servers 3": more than are named.
void ScenarioReader::read_servers(const Words& words) {
  if (servers_) {
    complain(words.place(), "the number of servers has been given already");
    return;
  }
  servers_ = number(words.after(1), kMostScenarioServers, "a number of servers");
  if (servers_) {
    expect_end(words.after(2), "the line");
  }
}

/// "x on 0", "x on 0 guarded" or "x on 0 size 512B guarded", behind "object".
void ScenarioReader::read_object(const Words& words) {
  if (!may_name(words, "a name, as in \"object x on 0\"")) {
    return;
  }
  if (object_called(words.first()).valid()) {
    complain(words.place(), fmt::format("there is an object {} already", quoted(words)));
    return;
  }
  // From here on the object is known: mistakes in the rest bring no others.
  object_places_.push_back(words.place());
  scenario_.objects.push_back({std::string(words.first()), NodeId(0)});
  const Words home = words.after(1);
  if (!expect(home.begin_with("on"), home, "\"on\" and a server, as in \"object x on 0\"") ||
      !server(home.after(1), scenario_.objects.back().home)) {
    return;
  }
  Words rest = home.after(2);
  std::string_view end = "the line, \"size 512B\" or \"guarded\"";
  if (rest.begin_with("size")) {
    if (!read_size(rest.after(1), scenario_.objects.back().size)) {
      return;
    }
    rest = rest.after(2);
    end = "the line, or \"guarded\"";
  }
  if (rest.begin_with("guarded")) {
    scenario_.objects.back().guarded = true;
    rest = rest.after(1);
    end = "the line";
  }
  expect_end(rest, end);
}

bool ScenarioReader::read_size(const Words& words, Bytes& size) {
  Bytes read;
  try {
    read = parse_bytes(words.first());
  } catch (const Error&) {
    return expect(false, words, "a size, as in \"size 512B\"");
  }
  if (read < ScenarioObject().size || read > kLargestScenarioObject) {
    complain(words.place(), fmt::format("objects have {} to {}", to_string(ScenarioObject().size),
                                        to_string(kLargestScenarioObject)));
    return false;
  }
  size = read;
  return true;
}

void ScenarioReader::read_steps_of(const Words& words) {
  if (words.begin_with("thread")) {
    read_thread(words);
  } else if (contains(kStatements, words.first())) {
    continues_ = false;
  } else if (continues_) {
    read_steps(words);
  } else {
    complain(words.place(),
             fmt::format("expected a statement ({}), got {}{}", fmt::join(kStatements, ", "),
                         quoted(words), suggestion(words.first(), first_words())));
  }
}

/// "thread on 0: x = 1; r0 = y". Its steps are read whatever stands before them.
void ScenarioReader::read_thread(const Words& words) {
  continues_ = true;
  thread_places_.push_back({words.place(), {}, false});
  scenario_.threads.push_back({NodeId(0), {}});
  Words steps = words;
  const Words head = take_until(steps, ":").after(1);
  const bool has_steps = head.tokens.size() + 1 < words.tokens.size();
  if (expect(head.begin_with("on"), head, "\"on\" and a server, as in \"thread on 0: x = 1\"") &&
      server(head.after(1), scenario_.threads.back().node)) {
    expect(has_steps && head.tokens.size() == 2, head.after(2), "\":\" and steps");
  }
  thread_places_.back().incomplete = !has_steps;
  read_steps(steps);
}

/// Steps with ; between them; it may also stand behind the last.
void ScenarioReader::read_steps(Words words) {
  ThreadPlaces& places = thread_places_.back();
  while (!words.empty()) {
    const Words one = take_until(words, ";");
    if (one.empty()) {
      continue;
    }
    if (const std::optional<Step> step = read_step(one)) {
      scenario_.threads.back().steps.push_back(*step);
      places.steps.push_back(one.place());
    } else {
      places.incomplete = true;
    }
  }
}

std::optional<Step> ScenarioReader::read_step(const Words& words) {
  if (words.tokens.size() < 2 || words.tokens[1].text != "=") {
    return read_operation(words, false);
  }
  const Words value = words.after(2);
  if (value.empty() || value.tokens[0].kind == Token::Kind::number) {
    return read_write(words, value);
  }
  std::optional<Step> step;
  if (operation_called(value.first()) != nullptr) {
    step = read_operation(value, true);
  } else if (const ObjectIndex from = object(value);
             from.valid() && expect_end(value.after(1), "the step")) {
    step = Step{.kind = OpKind::read, .object = from};
  }
  const RegisterIndex result = target(words);  // also when the rest is wrong: it is known then
  if (!step || !result.valid()) {
    return std::nullopt;
  }
  step->result = result;
  return step;
}

/// "x = 1".
std::optional<Step> ScenarioReader::read_write(const Words& words, const Words& value) {
  const ObjectIndex to = object(words);
  const auto operand = step_value(value, ", an object, or an operation");
  if (!to.valid() || !operand || !expect_end(value.after(1), "the step")) {
    return std::nullopt;
  }
  return Step{.kind = OpKind::write, .object = to, .operand = *operand};
}

/// "lock x", "cas x 0 1"; with "r =" before it if `assigned`.
std::optional<Step> ScenarioReader::read_operation(const Words& words, bool assigned) {
  const ScenarioOperation* const operation = operation_called(words.first());
  if (operation == nullptr) {
    complain(words.place(),
             fmt::format("expected a step, as in \"x = 1\", \"r = x\" or \"lock x\", got {}{}",
                         quoted(words), suggestion(words.first(), first_words())));
    return std::nullopt;
  }
  if (assigned && !operation->has_result) {
    complain(words.place(), fmt::format("{} gives no value", quoted(words)));
    return std::nullopt;
  }
  Step step{.kind = operation->kind};
  Words rest = words.after(1);
  if (operation->kind != OpKind::fence) {
    step.object = object(rest);
    if (!step.object.valid()) {
      return std::nullopt;
    }
    rest = rest.after(1);
  }
  for (std::size_t i = 0; i < operation->numbers; ++i, rest = rest.after(1)) {
    const auto value = step_value(rest, fmt::format(", as in \"{}\"", operation->example));
    if (!value) {
      return std::nullopt;
    }
    step.expected = std::exchange(step.operand, *value);
  }
  return expect_end(rest, "the step") ? std::optional(step) : std::nullopt;
}

/// "exists r0 = 0 and x = 1".
void ScenarioReader::read_exists(Words words) {
  if (std::exchange(asked_, true)) {
    complain(words.place(), "a scenario has one \"exists\"");
    return;
  }
  words = words.after(1);
  do {
    const Words one = take_until(words, "and");
    if (const std::optional<Condition> condition = read_condition(one)) {
      scenario_.exists.push_back(*condition);
    }
  } while (!words.empty());
}

std::optional<Condition> ScenarioReader::read_condition(const Words& words) {
  if (!expect(!words.empty() && words.tokens[0].kind == Token::Kind::name, words,
              "a condition, as in \"r0 = 1\"")) {
    return std::nullopt;
  }
  Condition condition{.result = register_called(words.first()),
                      .object = object_called(words.first())};
  if (!condition.result.valid() && !condition.object.valid()) {
    std::vector<std::string> known = scenario_.registers;
    for (const ScenarioObject& object : scenario_.objects) {
      known.push_back(object.name);
    }
    complain(words.place(), fmt::format("no register or object is called {}{}", quoted(words),
                                        suggestion(words.first(), known)));
    return std::nullopt;
  }
  const Words equals = words.after(1);
  if (!expect(equals.begin_with("="), equals, "\"=\" and a value")) {
    return std::nullopt;
  }
  const auto value = number(equals.after(1), kLargestScenarioSum, "a value");
  if (!value || !expect_end(equals.after(2), "the condition, or \"and\"")) {
    return std::nullopt;
  }
  condition.value = *value;
  return condition;
}

/// What can only be said at the end.
void ScenarioReader::complete() {
  if (!named_) {
    complain({}, "there is no name: expected \"name SB\"");
  }
  scenario_.servers = servers_.value_or(0);
  for (std::size_t i = 0; i < scenario_.objects.size() && !servers_; ++i) {
    scenario_.servers = std::max(scenario_.servers, scenario_.objects[i].home.index() + 1);
  }
  for (std::size_t i = 0; i < scenario_.threads.size() && !servers_; ++i) {
    scenario_.servers = std::max(scenario_.servers, scenario_.threads[i].node.index() + 1);
  }
  for (ScenarioFault& fault : faults(scenario_)) {
    const ThreadPlaces* const thread =
        fault.thread != ScenarioFault::kNone ? &thread_places_[fault.thread] : nullptr;
    if (fault.of_missing_steps && (thread == nullptr || thread->incomplete)) {
      continue;  // they are there, but could not be read
    }
    Place place;
    if (fault.object != ScenarioFault::kNone) {
      place = object_places_[fault.object];
    } else if (thread != nullptr) {
      place = fault.step != ScenarioFault::kNone ? thread->steps[fault.step] : thread->place;
    }
    complain(place, std::move(fault.what));
  }
}

/// The number that the words begin with.
std::optional<std::uint64_t> ScenarioReader::number(const Words& words, std::uint64_t largest,
                                                    std::string_view what) {
  const std::string_view text = words.first();
  std::uint64_t value = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool good =
      !text.empty() && bad == std::errc() && end == text.data() + text.size() && value <= largest;
  if (!expect(good, words, what)) {
    return std::nullopt;
  }
  return value;
}

/// One that a step names; `rest` goes on with what is expected.
std::optional<std::uint64_t> ScenarioReader::step_value(const Words& words, std::string_view rest) {
  return number(words, kLargestScenarioValue,
                fmt::format("a value up to {}{}", kLargestScenarioValue, rest));
}

bool ScenarioReader::server(const Words& words, NodeId& node) {
  const auto value = number(words, kMostScenarioServers - 1,
                            fmt::format("a server from 0 to {}", kMostScenarioServers - 1));
  if (value) {
    node = NodeId(static_cast<std::uint32_t>(*value));
  }
  return value.has_value();
}

/// Whether the words begin with something that may be the name of an object or a register.
bool ScenarioReader::may_name(const Words& words, std::string_view what) {
  if (!expect(!words.empty() && words.tokens[0].kind == Token::Kind::name, words, what)) {
    return false;
  }
  if (is_reserved(words.first())) {
    complain(words.place(), fmt::format("{} is a word of the language, no name", quoted(words)));
    return false;
  }
  return true;
}

ObjectIndex ScenarioReader::object_called(std::string_view name) const {
  for (std::size_t i = 0; i < scenario_.objects.size(); ++i) {
    if (scenario_.objects[i].name == name) {
      return ObjectIndex(static_cast<std::uint32_t>(i));
    }
  }
  return {};
}

RegisterIndex ScenarioReader::register_called(std::string_view name) const {
  for (std::size_t i = 0; i < scenario_.registers.size(); ++i) {
    if (scenario_.registers[i] == name) {
      return RegisterIndex(static_cast<std::uint32_t>(i));
    }
  }
  return {};
}

/// The object that the words begin with; invalid, and a mistake, if there is none.
ObjectIndex ScenarioReader::object(const Words& words) {
  if (!may_name(words, "an object")) {
    return {};
  }
  const ObjectIndex found = object_called(words.first());
  if (!found.valid()) {
    std::vector<std::string> known;
    for (const ScenarioObject& object : scenario_.objects) {
      known.push_back(object.name);
    }
    complain(words.place(), fmt::format("no object is called {}{}", quoted(words),
                                        suggestion(words.first(), known)));
  }
  return found;
}

/// The register that the words begin with, new if it was not there; invalid, and a mistake, if an
/// object is called so.
RegisterIndex ScenarioReader::target(const Words& words) {
  if (!may_name(words, "a register")) {
    return {};
  }
  if (object_called(words.first()).valid()) {
    complain(words.place(),
             fmt::format("{} is an object; what is read goes into a register", quoted(words)));
    return {};
  }
  const RegisterIndex found = register_called(words.first());
  if (found.valid()) {
    return found;
  }
  scenario_.registers.emplace_back(words.first());
  return RegisterIndex(static_cast<std::uint32_t>(scenario_.registers.size() - 1));
}

/// The whole file, which is small, or what is wrong with it.
std::string read_text(const std::string& path) {
  std::error_code ignored;
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path, ignored)) {
    throw InputErrors({path + ": cannot be read"});
  }
  std::string text(kLargestText + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

/// A scenario's comments are printed: they do not get to steer the terminal.
bool is_printable(std::string_view text) {
  return config::is_utf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
           return (c >= 0 && c < ' ' && c != '\n' && c != '\r' && c != '\t') || c == '\x7f';
         });
}

}  // namespace

Scenario parse_scenario(std::string_view text, const std::string& file) {
  if (text.size() > kLargestText) {
    throw InputErrors({fmt::format("{}: is larger than {}", file, to_string(Bytes(kLargestText)))});
  }
  if (!is_printable(text)) {
    throw InputErrors({file + ": is no text in UTF-8"});
  }
  ScenarioReader reader;
  Scenario scenario = reader.read(text);
  std::vector<std::string> mistakes = reader.mistakes(file);
  if (!mistakes.empty()) {
    throw InputErrors(std::move(mistakes));
  }
  return scenario;
}

Scenario read_scenario(const std::string& path) { return parse_scenario(read_text(path), path); }

}  // namespace dsmsim
