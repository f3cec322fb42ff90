#include "workloads/ycsb/key_chooser.hpp"

namespace dsmsim {

namespace {

// YCSB's zipfian is drawn over the records there will be at the end, or some more, so that the hash
// scatters the same popular ranks over the same keys all the time.
std::uint64_t items_at_end(const YcsbOptions& o) {
  const double inserts = static_cast<double>(o.operationcount) * o.proportions().insert;
  return o.recordcount + static_cast<std::uint64_t>(2 * inserts) + 1;
}

std::unique_ptr<ItemGenerator> generator_for(const YcsbOptions& o,
                                             const AcknowledgedCounter& records) {
  Popularity popularity{.distribution = Distribution::uniform,
                        .theta = o.zipfianconstant,
                        .hot_items = o.hotspotdatafraction,
                        .hot_operations = o.hotspotopnfraction,
                        .exponential_percentile = o.exponential_percentile,
                        .exponential_items = o.exponential_frac};
  switch (o.distribution()) {
    case RequestDistribution::latest:
      return make_latest_generator(records, o.zipfianconstant);
    case RequestDistribution::zipfian:
      popularity.distribution = Distribution::ycsb_zipfian;
      return make_generator(popularity, items_at_end(o));
    case RequestDistribution::hotspot:
      popularity.distribution = Distribution::hotspot;
      break;
    case RequestDistribution::exponential:
      popularity.distribution = Distribution::exponential;
      break;
    case RequestDistribution::uniform:
      break;
  }
  return make_generator(popularity, o.recordcount, items_at_end(o));
}

}  // namespace

KeyChooser::KeyChooser(const YcsbOptions& options, const AcknowledgedCounter& records)
    : records_(records),
      items_(generator_for(options, records)),
      newest_first_(options.distribution() == RequestDistribution::exponential) {}

std::uint64_t KeyChooser::next(RandomStream& random) {
  while (true) {
    const std::uint64_t item = items_->next(random);
    if (item < records_.acknowledged()) {
      return newest_first_ ? records_.acknowledged() - 1 - item : item;
    }
  }
}

}  // namespace dsmsim
