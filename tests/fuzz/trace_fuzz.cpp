// Any file as a trace: read as lackey's text, plain and compressed, imported with different
// options. An imported trace must be consistent in itself, whatever the file holds.

#include <zstd.h>

#include "tests/fuzz/fuzz.hpp"
#include "workloads/trace/import.hpp"
#include "workloads/trace/lackey_reader.hpp"

namespace dsmsim {
namespace {

struct Choice {
  Malformed malformed;
  ImportOptions import;
};

const Choice kChoices[] = {
    {Malformed::reject, {}},
    {Malformed::drop, {.granularity = Bytes(8), .records = 1000}},
    {Malformed::drop, {.granularity = Bytes(4096), .coalesce = true, .drop_stack = true}},
};

std::string compressed(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 1));
  return out;
}

void check_step(const TraceStep& step, const ImportedTrace& trace, Bytes granularity) {
  if (step.kind == TraceStepKind::start || step.kind == TraceStepKind::join) {
    fuzz::expect(step.object > 0 && step.object < trace.threads.size(), "no such thread");
  } else {
    fuzz::expect(step.object < trace.first_touch.size(), "no such object");
    fuzz::expect(step.length > 0 && step.length <= granularity.count() &&
                     step.offset <= granularity.count() - step.length,
                 "an access reaches beyond its object");
  }
}

void check(const ImportedTrace& trace, Bytes granularity) {
  std::uint64_t records = 0;
  for (const ThreadTrace& thread : trace.threads) {
    ThreadTrace::Cursor cursor(thread);
    for (TraceStep step; cursor.next(step);) {
      check_step(step, trace, granularity);
      records += step.records;
    }
  }
  const ImportCounts& counts = trace.counts;
  fuzz::expect(records == counts.kept, "records were lost");
  fuzz::expect(counts.records == counts.kept + counts.malformed + counts.stack +
                                     counts.beyond_limit + counts.other_processes,
               "the counts do not add up");
}

/// The number of steps' bytes in all threads, or -1 if the file is refused.
std::int64_t read(const std::string& path, const Choice& choice) {
  std::int64_t bytes = 0;
  const bool refused = fuzz::is_refused([&] {
    LackeyReader reader(path, {.malformed = choice.malformed});
    const ImportedTrace trace = import_trace(reader, choice.import);
    check(trace, choice.import.granularity);
    for (const ThreadTrace& thread : trace.threads) {
      bytes += static_cast<std::int64_t>(thread.bytes());
    }
  });
  return refused ? -1 : bytes;
}

}  // namespace
}  // namespace dsmsim

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dsmsim;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string plain = fuzz::input_file("trace", input);
  const std::string packed = fuzz::input_file("trace.zst", compressed(input));
  const bool is_text = !input.starts_with("\x28\xb5\x2f\xfd");  // the magic number of zstd
  std::int64_t bytes = 0;
  for (const Choice& choice : kChoices) {
    bytes = read(plain, choice);
  }
  fuzz::expect(!is_text || bytes == read(packed, kChoices[2]), "compressed, it is another trace");
  return 0;
}
