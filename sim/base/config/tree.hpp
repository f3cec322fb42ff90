#pragma once
// A JSON value that knows where it was written: the form in which configuration files are merged,
// overridden and read. Only the sources of sim/base/config and Document use it directly.

#include <cstddef>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/int128.hpp"

namespace dsmsim::config {

/// Where text came from: a file, or one --set argument of the command line.
struct Source {
  std::string name;       ///< as printed: the path, or "--set a.b=value"
  std::string folder;     ///< relative "extends" start here
  std::size_t order = 0;  ///< problems are reported in this order
  bool has_lines = true;  ///< print line:column behind the name
};

struct Place {
  std::shared_ptr<const Source> source;
  std::size_t line = 0;
  std::size_t column = 0;  ///< counted in characters, from 1
  std::string pointer;     ///< JSON pointer within the source; "" is the whole of it

  std::string text() const;  ///< "file:line:column"
};

/// What is wrong, and where. Collected rather than thrown, so that one run reports every mistake.
class Problems {
 public:
  void add(const Place& place, std::string message);
  std::size_t count() const { return entries_.size(); }
  /// Throws InputErrors with one line a problem, in the order of the files, without repetitions.
  void throw_if_any() const;

 private:
  struct Entry {
    Place place;
    std::string message;
  };
  std::vector<Entry> entries_;
};

struct Key {
  std::string name;
  Place place;
};

struct Assignment;

struct Node {
  enum class Kind { null, boolean, whole, real, text, list, object };

  Kind kind = Kind::null;
  Place place;
  bool boolean = false;
  Int128 whole = 0;
  double real = 0;
  std::string text;
  std::vector<Key> keys;    ///< of an object, parallel to items
  std::vector<Node> items;  ///< of a list or an object

  /// Assignments below a text that names a file or a variant: carried out once it was looked up.
  std::vector<Assignment> pending;
  /// A base that this object extends could not be read, so nothing can be said about missing keys.
  bool incomplete = false;
  /// It says what it extends, so its "name" takes over nothing more.
  bool extended = false;

  Node* find(std::string_view key);
  const Node* find(std::string_view key) const;
  /// The item of a list that `key` counts; null if there is none.
  const Node* item(std::string_view key) const;
  Node& insert(Key key, Node value);
  void erase(std::string_view key);
  bool is_object() const { return kind == Kind::object; }
};

/// "Set what is at `path` (keys and indices) to `value`."
struct Assignment {
  std::vector<std::string> path;
  Node value;
};

/// Lays `over` on top of `base`: objects merge deeply, every other value replaces.
void merge(Node& base, Node over);

/// Carries out an assignment below `node`; a path that leads nowhere is a problem at the value.
void assign(Node& node, Assignment assignment, Problems& problems);

/// The first characters of a UTF-8 text, at most so many bytes.
std::string beginning(const std::string& text, std::size_t bytes);

/// "the number 350", "the text \"abc\"", "a list": for messages.
std::string describe_value(const Node& node);

nlohmann::ordered_json to_json(const Node& node);

/// The pointer to a member or an item, RFC 6901.
std::string join_pointer(std::string_view pointer, std::string_view key);
/// The keys of "/a/b" (RFC 6901), or of "a.b".
std::vector<std::string> split_pointer(std::string_view pointer);
std::vector<std::string> split_path(std::string_view path);

/// `"a", "b", "c"`: for messages.
std::string quoted_list(const std::vector<std::string>& names);
/// `; did you mean "x"`, else `; known are "a", "b"`, else nothing: for messages about a wrong
/// name.
std::string suggestion(const std::string& word, const std::vector<std::string>& known);

}  // namespace dsmsim::config
