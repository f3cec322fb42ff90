#include "sim/fabric/platform_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "sim/base/config/tree.hpp"

namespace dsmsim {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

struct Attribute {
  std::string name;
  std::string value;  ///< as written, with its entities
  std::size_t begin;  ///< of its text, with the name
  std::size_t end;
};

/// <name attributes>, <name attributes/> or </name>.
struct Tag {
  std::string name;
  std::vector<Attribute> attributes;
  bool closes = false;       ///< </name>
  bool is_complete = false;  ///< <name/>
  std::size_t begin = 0;
  std::size_t end = 0;  ///< behind its ">"

  /// "" if it has none.
  std::string value_of(std::string_view wanted) const {
    for (const Attribute& attribute : attributes) {
      if (attribute.name == wanted) {
        return attribute.value;
      }
    }
    return "";
  }
};

/// The text with its five entities resolved; nothing if it has others.
std::optional<std::string> without_entities(std::string text) {
  constexpr std::array<std::pair<std::string_view, char>, 5> known = {
      {{"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&amp;", '&'}}};
  for (std::size_t at = text.find('&'); at != std::string::npos; at = text.find('&', at + 1)) {
    const auto entity = std::find_if(known.begin(), known.end(), [&](const auto& each) {
      return std::string_view(text).substr(at).starts_with(each.first);
    });
    if (entity == known.end()) {
      return std::nullopt;
    }
    text.replace(at, entity->first.size(), 1, entity->second);
  }
  return text;
}

/// How many numbers "0-99,105,200-299" has, which the hosts of a cluster are made from. What cannot
/// be read counts as one: SimGrid will refuse it.
std::uint64_t size_of_radical(std::string_view radical) {
  std::uint64_t sum = 0;
  while (!radical.empty()) {
    const std::string_view part = radical.substr(0, radical.find(','));
    radical.remove_prefix(std::min(part.size() + 1, radical.size()));
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    const std::size_t dash = std::min(part.find('-'), part.size());
    std::from_chars(part.data(), part.data() + dash, first);
    const bool is_range =
        dash < part.size() &&
        std::from_chars(part.data() + dash + 1, part.data() + part.size(), last).ec == std::errc();
    sum += is_range && last > first ? std::min(last - first, kMostPlatformHosts) + 1 : 1;
  }
  return sum;
}

/// Whether a <config> sets what only concerns SimGrid's models, which are not used: their factors,
/// their precision, how SimGrid runs its actors. All else may open files or load code.
bool is_of_a_model(const std::string& key) {
  constexpr std::array<std::string_view, 12> families = {
      "network/", "cpu/",  "host/",      "workstation/", "disk/",     "storage/",
      "maxmin/",  "surf/", "precision/", "bmf/",         "contexts/", "smpi/"};
  const bool known = std::any_of(families.begin(), families.end(),
                                 [&](std::string_view family) { return key.starts_with(family); });
  return known && key.find("file") == std::string::npos && key.find("path") == std::string::npos;
}

class PlatformScanner {
 public:
  explicit PlatformScanner(const std::string& text) : text_(text) { result_.network = text; }

  PlatformText scan() {
    while ((position_ = text_.find('<', position_)) != std::string::npos) {
      take_markup();
    }
    if (!broken_ && !blanked_.empty()) {
      position_ = blanked_begin_;
      counted_ = 0;
      line_ = 1;
      broken("<" + blanked_ + "> has no end");
    }
    if (!has_zone_ && result_.mistakes.empty()) {
      result_.mistakes.emplace_back(":1  holds no <zone>");  // SimGrid would end by a signal
    }
    if (hosts_ > kMostPlatformHosts) {
      result_.mistakes.push_back("  holds more than " + std::to_string(kMostPlatformHosts) +
                                 " hosts");
    }
    return std::move(result_);
  }

 private:
  bool at(std::string_view markup) const {
    return std::string_view(text_).substr(position_).starts_with(markup);
  }

  std::size_t line_of(std::size_t position) {
    line_ += static_cast<std::size_t>(
        std::count(text_.begin() + static_cast<std::ptrdiff_t>(counted_),
                   text_.begin() + static_cast<std::ptrdiff_t>(position), '\n'));
    counted_ = position;
    return line_;
  }

  void mistake(std::size_t position, const std::string& what) {
    const std::string text = ":" + std::to_string(line_of(position)) + "  " + what;
    if (std::find(result_.mistakes.begin(), result_.mistakes.end(), text) ==
        result_.mistakes.end()) {
      result_.mistakes.push_back(text);
    }
  }

  /// What follows cannot be understood.
  void broken(const std::string& what) {
    mistake(position_, what);
    broken_ = true;
    position_ = text_.size();
  }

  /// Spaces in the place of what SimGrid is not to see.
  void blank(std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      char& c = result_.network[i];
      c = c == '\n' ? c : ' ';
    }
  }

  void take_markup() {
    if (at("<!--")) {
      take_comment();
    } else if (at("<?")) {
      take_until("?>", "<? has no end");
    } else if (at("<![")) {
      broken("<![ is not understood in a platform");
    } else if (at("<!")) {
      take_declaration();
    } else if (const std::optional<Tag> tag = take_tag()) {
      take(*tag);
    }
  }

  void take_comment() {
    const std::size_t begin = position_;
    take_until("-->", "a comment has no end");
    blank(begin, position_);
  }

  void take_until(std::string_view end, const std::string& complaint) {
    const std::size_t found = text_.find(end, position_ + 2);
    if (found == std::string::npos) {
      return broken(complaint);
    }
    position_ = found + end.size();
  }

  /// <!DOCTYPE platform SYSTEM "...">
  void take_declaration() {
    const std::size_t end = text_.find_first_of("[>", position_);
    if (end == std::string::npos || text_[end] == '[' || !at("<!DOCTYPE")) {
      return broken("only <!DOCTYPE platform SYSTEM \"...\"> may be declared: no entities");
    }
    position_ = end + 1;
  }

  std::optional<Tag> take_tag() {
    Tag tag;
    tag.begin = position_;
    std::size_t here = position_ + 1;
    tag.closes = here < text_.size() && text_[here] == '/';
    here += tag.closes ? 1 : 0;
    const std::size_t name_end = std::min(text_.find_first_of(" \t\r\n/><", here), text_.size());
    tag.name = text_.substr(here, name_end - here);
    here = name_end;
    if (tag.name.empty() || !take_attributes(tag, here)) {
      broken("is no XML that SimGrid would read: \"" +
             text_.substr(position_,
                          std::min<std::size_t>(text_.find('\n', position_) - position_, 20)) +
             "...\"");
      return std::nullopt;
    }
    position_ = tag.end;
    return tag;
  }

  /// From behind the name to behind the ">"; false if that is not well-formed.
  bool take_attributes(Tag& tag, std::size_t here) {
    while (true) {
      here = text_.find_first_not_of(kSpace, here);
      if (here == std::string::npos) {
        return false;
      }
      tag.is_complete = text_[here] == '/';
      here += tag.is_complete ? 1 : 0;
      if (here < text_.size() && text_[here] == '>') {
        tag.end = here + 1;
        return true;
      }
      if (tag.is_complete || tag.closes || !take_attribute(tag, here)) {
        return false;
      }
    }
  }

  bool take_attribute(Tag& tag, std::size_t& here) {
    const std::size_t begin = here;
    const std::size_t name_end = text_.find_first_of(" \t\r\n=/><\"'", here);
    const std::size_t equals = text_.find_first_not_of(kSpace, name_end);
    if (equals == std::string::npos || text_[equals] != '=' || name_end == begin) {
      return false;
    }
    const std::size_t quote = text_.find_first_not_of(kSpace, equals + 1);
    if (quote == std::string::npos || (text_[quote] != '"' && text_[quote] != '\'')) {
      return false;
    }
    const std::size_t end = text_.find(text_[quote], quote + 1);
    if (end == std::string::npos) {
      return false;
    }
    here = end + 1;
    tag.attributes.push_back({text_.substr(begin, name_end - begin),
                              text_.substr(quote + 1, end - quote - 1), begin, here});
    return true;
  }

  void take(const Tag& tag) {
    if (!blanked_.empty()) {
      return take_in_blanked(tag);
    }
    if (tag.name == "config" || tag.name == "trace" || tag.name == "trace_connect") {
      begin_blanked(tag);
    } else if (tag.name == "include" || tag.name == "actor" || tag.name == "process") {
      mistake(tag.begin, "<" + tag.name + "> is not taken: a platform holds a network");
    } else if (!tag.closes) {
      take_element(tag);
    }
  }

  void begin_blanked(const Tag& tag) {
    if (tag.name == "trace_connect") {
      const std::string element = tag.value_of("element");
      result_.profiles.push_back(
          {.line = line_of(tag.begin),
           .element = without_entities(element).value_or(""),
           .what = "the trace \"" + tag.value_of("trace") + "\" of \"" + element + "\"",
           .of_speed = tag.value_of("kind") == "SPEED"});
    }
    if (tag.is_complete || tag.closes) {
      blank(tag.begin, tag.end);
    } else {
      blanked_ = tag.name;
      blanked_begin_ = tag.begin;
    }
  }

  void take_in_blanked(const Tag& tag) {
    if (tag.closes && tag.name == blanked_) {
      blank(blanked_begin_, tag.end);
      blanked_.clear();
    } else if (blanked_ == "config" && tag.name == "prop" && !tag.closes) {
      if (const std::string key = tag.value_of("id"); !is_of_a_model(key)) {
        mistake(tag.begin, "<config> sets \"" + config::beginning(key, 60) +
                               "\", which is not taken: only settings of SimGrid's models are, "
                               "and they have no effect");
      }
    }
  }

  void take_element(const Tag& tag) {
    has_zone_ = has_zone_ || tag.name == "zone" || tag.name == "AS" || tag.name == "cluster";
    const std::string radical = tag.value_of("radical");
    hosts_ += tag.name == "host" || tag.name == "peer" ? 1 : size_of_radical(radical);
    hosts_ = std::min(hosts_, kMostPlatformHosts + 1);
    const bool is_one = tag.name == "host" || tag.name == "link";
    const std::string id = tag.value_of("id");
    for (const Attribute& attribute : tag.attributes) {
      if (attribute.name.ends_with("_file") || attribute.name.ends_with("_trace")) {
        result_.profiles.push_back(
            {.line = line_of(tag.begin),
             .element = is_one ? without_entities(id).value_or("") : "",
             .what = "the " + attribute.name + " of " + tag.name + " \"" + id + "\"",
             .of_speed = attribute.name == "speed_file"});
        blank(attribute.begin, attribute.end);
      }
    }
  }

  const std::string& text_;
  PlatformText result_;
  std::size_t position_ = 0;
  std::size_t counted_ = 0;  ///< up to here lines are counted
  std::size_t line_ = 1;
  std::uint64_t hosts_ = 0;
  std::string blanked_;  ///< the element that SimGrid will not see and that has not ended
  std::size_t blanked_begin_ = 0;
  bool broken_ = false;
  bool has_zone_ = false;
};

}  // namespace

PlatformText read_platform_text(const std::string& text) { return PlatformScanner(text).scan(); }

}  // namespace dsmsim
