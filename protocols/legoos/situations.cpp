#include "protocols/legoos/situations.hpp"

#include <iterator>

#include "protocols/paging/situation_rows.hpp"

namespace dsmsim::legoos {
namespace {

using K = MessageKind;

constexpr paging::SituationRow<K, AtMemory> kAtMemory[] = {
    {K::miss, {.page = true}, "of a page in memory"},
    {K::miss, {.page = false}, "of a page without memory"},
    {K::flush, {.page = true}, "of a page in memory"},
    {K::flush, {.page = false}, "of a page without memory"},
    {K::miss_flush, {true, true}, "of a page in memory, victim in memory"},
    {K::miss_flush, {true, false}, "of a page in memory, victim without memory"},
    {K::miss_flush, {false, true}, "of a page without memory, victim in memory"},
    {K::miss_flush, {false, false}, "of a page without memory, victim without memory"},
};
constexpr paging::SituationRow<K, AtCore> kAtCore[] = {
    {K::miss_reply, AtCore::nobody, "nobody waits"},
    {K::miss_reply, AtCore::line, "a core waits for a line"},
    {K::miss_reply, AtCore::lock, "a core waits for the page table"},
    {K::miss_reply, AtCore::eviction, "a core waits for the evicted page"},
    {K::flush_reply, AtCore::nobody, "nobody waits"},
    {K::flush_reply, AtCore::line, "a core waits for a line"},
    {K::flush_reply, AtCore::lock, "a core waits for the page table"},
    {K::flush_reply, AtCore::eviction, "a core waits for the evicted page"},
};
static_assert(std::size(kAtCore) == 2 * kEnumerators<AtCore>, "a reply meets each of AtCore");

}  // namespace

const std::vector<std::string>& situations() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all = paging::situation_names(kAtMemory);
    const std::vector<std::string> more = paging::situation_names(kAtCore);
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }();
  return names;
}

int situation(MessageKind request, AtMemory found) {
  return paging::situation_of(kAtMemory, request, found);
}

int situation(MessageKind reply, AtCore waits) {
  const int index = paging::situation_of(kAtCore, reply, waits);
  return index < 0 ? -1 : static_cast<int>(std::size(kAtMemory)) + index;
}

}  // namespace dsmsim::legoos
