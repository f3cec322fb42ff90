#include "sim/base/config/document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <utility>

#include "sim/base/config/text.hpp"

namespace dsmsim::config {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kOverridesLast = std::size_t{1}
                                       << 32;  // --set problems come after those of files
constexpr std::size_t kMostTexts = 1000;       // more can only be files that multiply each other
constexpr std::size_t kLargestFile = std::size_t{64} << 20;

/// The whole file, or what is wrong with it.
std::optional<std::string> read_file(const std::string& path, std::string& why) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    why = "is a folder, not a file";
    return std::nullopt;
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    why = fmt::format("cannot be read: {}", std::strerror(errno != 0 ? errno : EIO));
    return std::nullopt;
  }
  std::string text;
  std::vector<char> chunk(std::size_t{64} << 10);
  while (file.read(chunk.data(), static_cast<std::streamsize>(chunk.size())), file.gcount() > 0) {
    text.append(chunk.data(), static_cast<std::size_t>(file.gcount()));
    if (text.size() > kLargestFile) {
      why = fmt::format("is larger than {} MiB", kLargestFile >> 20);
      return std::nullopt;
    }
  }
  return text;
}

/// Pipes and devices are none: a file must not make the reader wait for what nobody writes.
bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

/// The first of the folders that has the file, as a path; "" when none has it.
std::string find_file(const std::string& name, const std::vector<std::string>& folders) {
  if (name.find('\0') != std::string::npos) {
    return "";  // the system would look for what stands before it
  }
  for (const std::string& folder : folders) {
    const fs::path candidate = fs::path(folder) / name;  // an absolute name drops the folder
    if (is_file(candidate)) {
      return candidate.lexically_normal().string();
    }
  }
  return "";
}

/// Where a relative path that stands in `source` is looked for.
std::vector<std::string> folders_from(const Source& source, std::vector<std::string> search_dirs) {
  search_dirs.insert(search_dirs.begin(), source.folder);
  return search_dirs;
}

std::string identity(const std::string& path) {
  std::error_code ignored;
  const fs::path canonical = fs::weakly_canonical(path, ignored);
  return canonical.empty() ? path : canonical.string();
}

/// The value that the keys lead to, or the last one on the way there; `depth` of them lead to it.
const Node* node_at(const Node& root, const std::vector<std::string>& keys, std::size_t& depth) {
  const Node* node = &root;
  for (depth = 0; depth < keys.size(); ++depth) {
    const Node* next = nullptr;
    if (node->is_object()) {
      next = node->find(keys[depth]);
    } else if (node->kind == Node::Kind::list) {
      next = node->item(keys[depth]);
    }
    if (next == nullptr) {
      break;
    }
    node = next;
  }
  return node;
}

/// A text that does not parse as JSON is text: --set nic.post=350ns.
Node parse_override(const std::string& value, const std::shared_ptr<const Source>& source,
                    const std::string& pointer) {
  Problems ignored;
  std::optional<Node> parsed = parse_text(value, source, ignored, pointer);
  if (parsed && ignored.count() == 0) {
    return std::move(*parsed);
  }
  Node text;
  text.kind = Node::Kind::text;
  text.place = {source, 1, 1, pointer};
  text.text = value;
  return text;
}

std::string trimmed(const std::string& text) {
  constexpr const char* kBlank = " \t\r\f";
  const std::size_t first = text.find_first_not_of(kBlank);
  return first == std::string::npos ? ""
                                    : text.substr(first, text.find_last_not_of(kBlank) + 1 - first);
}

/// Without the blanks around them.
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(trimmed(text.substr(at, end - at)));
    at = end + 1;
  }
  return lines;
}

/// "exponential.frac = 0.8" of a properties file; the last of several of a name wins.
void add_property(Node& object, const std::string& line, std::size_t number) {
  const std::size_t end = std::min(line.find_first_of("=:"), line.size());
  std::string name = trimmed(line.substr(0, end));
  std::replace(name.begin(), name.end(), '.', '_');
  const std::string value = end < line.size() ? trimmed(line.substr(end + 1)) : "";
  const std::string pointer = join_pointer("", name);
  Node node = parse_override(value, object.place.source, pointer);
  node.place = {object.place.source, number, 1, pointer};
  object.erase(name);
  object.insert({name, node.place}, node);
}

}  // namespace

/// Loads files into a document and resolves what they extend.
class Document::Loader {
 public:
  explicit Loader(Document& document) : document_(document) {}

  std::shared_ptr<const Source> file_source(const std::string& path) {
    return std::make_shared<Source>(
        Source{path, fs::path(path).parent_path().string(), document_.sources_++, true});
  }

  /// The tree of a file, complete. Nothing when it cannot be used; then that is a problem already.
  std::optional<Node> load_file(const std::string& path, const Place* from) {
    const auto source = file_source(path);
    const Place place = from != nullptr ? *from : Place{source, 1, 1, ""};
    if (document_.sources_ > kMostTexts) {
      document_.problems_.add(place, fmt::format("more than {} files are involved", kMostTexts));
      return std::nullopt;
    }
    std::string why;
    const std::optional<std::string> text = read_file(path, why);
    if (!text) {
      document_.problems_.add(place, from != nullptr ? fmt::format("\"{}\" {}", path, why) : why);
      return std::nullopt;
    }
    open_.push_back(identity(path));
    std::optional<Node> node = load_text(*text, source);
    open_.pop_back();
    return node;
  }

  std::optional<Node> load_text(std::string_view text,
                                const std::shared_ptr<const Source>& source) {
    std::optional<Node> node = parse_text(text, source, document_.problems_);
    if (node) {
      resolve(*node);
    }
    return node;
  }

  /// Replaces every object that extends others by the merged object.
  void resolve(Node& node) {
    for (Node& item : node.items) {
      resolve(item);
    }
    Node* extends = node.is_object() ? node.find("extends") : nullptr;
    if (extends == nullptr) {
      return;
    }
    const Node names = *extends;
    node.erase("extends");
    node.extended = true;
    Node merged;
    merged.kind = Node::Kind::object;
    for (const Node& name : names.kind == Node::Kind::list ? names.items : std::vector{names}) {
      std::optional<Node> base = load_base(name);
      if (base) {
        merge(merged, std::move(*base));
      } else {
        merged.incomplete = true;
      }
    }
    merge(merged, std::move(node));
    node = std::move(merged);
  }

 private:
  std::optional<Node> load_base(const Node& name) {
    Problems& problems = document_.problems_;
    if (name.kind != Node::Kind::text) {
      problems.add(name.place, fmt::format("expected the path of a file to extend, got {}",
                                           describe_value(name)));
      return std::nullopt;
    }
    const std::string path =
        find_file(name.text, folders_from(*name.place.source, document_.search_dirs_));
    if (path.empty()) {
      problems.add(name.place, fmt::format("there is no file \"{}\" to extend", name.text));
      return std::nullopt;
    }
    const auto open = std::find(open_.begin(), open_.end(), identity(path));
    if (open != open_.end()) {
      problems.add(name.place, fmt::format("\"{}\" extends itself{}", path,
                                           open + 1 == open_.end() ? "" : " through other files"));
      return std::nullopt;
    }
    std::optional<Node> base = load_file(path, &name.place);
    if (base && !base->is_object()) {
      problems.add(name.place, fmt::format("\"{}\" holds {}, only an object can be extended", path,
                                           describe_value(*base)));
      return std::nullopt;
    }
    return base;
  }

  Document& document_;
  std::vector<std::string> open_;  ///< files that are being loaded, outermost first
};

void Document::set(const std::string& assignment) {
  const auto source = std::make_shared<Source>(
      Source{"--set " + assignment, ".", kOverridesLast + sources_++, false});
  const std::size_t equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0) {
    problems_.add({source, 1, 1, ""}, "expected path=value, such as nic.mtu=1KiB");
    return;
  }
  if (!is_utf8(assignment)) {
    problems_.add({source, 1, 1, ""}, "is not UTF-8");
    return;
  }
  Assignment change{split_path(std::string_view(assignment).substr(0, equals)), {}};
  std::string pointer;
  for (const std::string& key : change.path) {
    pointer = join_pointer(pointer, key);
    if (key.empty()) {
      problems_.add({source, 1, 1, ""}, "the path has an empty part");
      return;
    }
  }
  change.value = parse_override(assignment.substr(equals + 1), source, pointer);
  Loader(*this).resolve(change.value);
  assign(root_, std::move(change), problems_);
}

void Document::copy(const std::string& path, const Document& from, std::string_view pointer) {
  std::size_t depth = 0;
  const std::vector<std::string> keys = split_pointer(pointer);
  const Node* node = node_at(from.root_, keys, depth);
  if (depth == keys.size()) {
    assign(root_, {split_path(path), *node}, problems_);
  }
}

void Document::erase(std::string_view key) { root_.erase(key); }

Place Document::place_of(std::string_view pointer, bool& found) {
  std::size_t depth = 0;
  const std::vector<std::string> keys = split_pointer(pointer);
  Place place = node_at(root_, keys, depth)->place;
  found = depth == keys.size();
  for (; depth < keys.size(); ++depth) {
    place.pointer = join_pointer(place.pointer, keys[depth]);
  }
  return place;
}

void Document::problem(std::string_view pointer, const std::string& message) {
  bool found = false;
  problems_.add(place_of(pointer, found), message);
}

std::optional<Node> Document::load_reference(const std::string& folder, const std::string& name,
                                             const Place& from, bool& found) {
  std::string path;
  if (!folder.empty() && name.find('/') == std::string::npos) {
    path = find_file((fs::path(folder) / (name + ".json")).string(), search_dirs_);
  }
  if (path.empty() && fs::path(name).extension() == ".json") {
    path = find_file(name, folders_from(*from.source, search_dirs_));
  }
  found = !path.empty();
  return found ? load_once(path, from) : std::nullopt;
}

/// The runs of a comparison name the same files again and again.
std::optional<Node> Document::load_once(const std::string& path, const Place& from) {
  std::any& kept = memory()["file " + path];
  if (!kept.has_value()) {
    const std::size_t before = problems_.count();
    std::optional<Node> node = Loader(*this).load_file(path, &from);
    if (!node || problems_.count() != before) {
      return node;
    }
    kept = std::move(*node);
  }
  return std::any_cast<const Node&>(kept);
}

std::string Document::locate(const std::string& folder, const std::string& name,
                             const Place& from) const {
  std::vector<std::string> folders = {from.source->folder};
  for (const std::string& dir : search_dirs_) {
    folders.push_back((fs::path(dir) / folder).string());
  }
  return find_file(name, folders);
}

Node Document::load_properties(const std::string& path, const Place& from) {
  Node object;
  object.kind = Node::Kind::object;
  std::string why;
  const std::optional<std::string> text = read_file(path, why);
  if (!text || !is_utf8(*text)) {
    problems_.add(from, fmt::format("\"{}\" {}", path, text ? "is not UTF-8" : why));
    return object;
  }
  const auto source = Loader(*this).file_source(path);
  object.place = {source, 1, 1, ""};
  std::size_t number = 0;
  for (const std::string& line : lines_of(*text)) {
    ++number;
    if (!line.empty() && line.front() != '#' && line.front() != '!') {
      add_property(object, line, number);
    }
  }
  return object;
}

std::vector<std::string> Document::reference_names(const std::string& folder) const {
  std::set<std::string> names;
  for (const std::string& dir : search_dirs_) {
    std::error_code error;
    for (fs::directory_iterator entry(fs::path(dir) / folder, error), end; !error && entry != end;
         entry.increment(error)) {
      if (entry->path().extension() == ".json") {
        names.insert(entry->path().stem().string());
      }
    }
  }
  return {names.begin(), names.end()};
}

void Document::start(std::optional<Node> root, const std::vector<std::string>& overrides) {
  if (!root) {
    throw_if_problems();
    return;
  }
  root_ = std::move(*root);
  for (const std::string& assignment : overrides) {
    set(assignment);
  }
}

Document load(const std::string& path, const std::vector<std::string>& overrides,
              std::vector<std::string> search_dirs) {
  Document document;
  document.search_dirs_ = std::move(search_dirs);
  document.start(Document::Loader(document).load_file(path, nullptr), overrides);
  return document;
}

Document parse(std::string_view text, const std::string& name,
               const std::vector<std::string>& overrides, std::vector<std::string> search_dirs) {
  Document document;
  document.search_dirs_ = std::move(search_dirs);
  Document::Loader loader(document);
  document.start(loader.load_text(text, loader.file_source(name)), overrides);
  return document;
}

}  // namespace dsmsim::config
