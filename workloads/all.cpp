#include "workloads/all.hpp"

#include "workloads/crowd/crowd.hpp"
#include "workloads/dataframe/dataframe.hpp"
#include "workloads/dht/dht.hpp"
#include "workloads/files/files.hpp"
#include "workloads/gam_micro/gam_micro.hpp"
#include "workloads/gemm/gemm.hpp"
#include "workloads/gups/gups.hpp"
#include "workloads/kvstore/kvstore.hpp"
#include "workloads/pagerank/pagerank.hpp"
#include "workloads/pages/pages.hpp"
#include "workloads/pipeline/pipeline.hpp"
#include "workloads/socialnet/socialnet.hpp"
#include "workloads/table/table.hpp"
#include "workloads/tpcc/tpcc.hpp"
#include "workloads/trace/replay.hpp"
#include "workloads/ycsb/ycsb.hpp"

namespace dsmsim {

std::vector<ProgramRow> all_programs() {
  return {
      program_row_of<Crowd, CrowdOptions>("crowd",
                                          "too many threads, or too much memory, for one server",
                                          "after Ma et al., DRust, OSDI'24, section 4.2.2"),
      program_row_of<Dataframe, DataframeOptions>(
          "dataframe", "group-by queries over a table by columns, at its published size",
          "Ma et al., DRust, OSDI'24, section 7; h2oai db-benchmark G1_1e8_1e2_0_0"),
      program_row_of<Dht, DhtOptions>("dht", "GAM's distributed hash table, GET and PUT",
                                      "Cai et al., GAM, PVLDB 11(11), 2018, section 7"),
      program_row_of<Files, FilesOptions>("files",
                                          "reads and writes of files, in order or at random",
                                          "parameters as fio's: rw, bs, size, fsync"),
      program_row_of<GamMicro, GamMicroOptions>(
          "gam_micro", "random accesses to small items in private and shared blocks",
          "Cai et al., GAM, PVLDB 11(11), 2018, section 7.1"),
      program_row_of<Gemm, GemmOptions>(
          "gemm", "Strassen's matrix multiplication with leaves on all servers",
          "Ma et al., DRust, OSDI'24, section 7"),
      program_row_of<Gups, GupsOptions>(
          "gups", "random updates of a table that is spread over the cluster",
          "HPC Challenge RandomAccess; Nelson et al., USENIX ATC'15, section 4"),
      program_row_of<Kvstore, KvstoreOptions>("kvstore",
                                              "array of mutex-guarded entries, GET and PUT",
                                              "Ma et al., DRust, OSDI'24, section 7"),
      program_row_of<Pagerank, PagerankOptions>(
          "pagerank", "PageRank over a generated power-law graph",
          "after Nelson et al., USENIX ATC'15, section 4; R-MAT, SDM 2004"),
      program_row_of<Pages, PagesOptions>(
          "pages", "accesses to a working set of pages, in one of five patterns",
          "after Calciu et al., Kona, ASPLOS 2021"),
      program_row_of<Pipeline, PipelineOptions>(
          "pipeline", "Boxes through channels to workers that share a table",
          "after Ma et al., DRust, OSDI'24, section 4.1.2"),
      program_row_of<Socialnet, SocialnetOptions>(
          "socialnet", "posts are composed by services that call each other",
          "Ma et al., DRust, OSDI'24, section 7"),
      program_row_of<Table, TableOptions>(
          "table", "group-by queries over a table by columns, in chunks",
          "after DataFrame in Ma et al., DRust, OSDI'24, section 7"),
      program_row_of<Tpcc, TpccOptions>(
          "tpcc", "TPC-C's new-order and payment, locked by try-locks",
          "Cai et al., GAM, PVLDB 11(11), 2018, section 7; TPC-C 5.11"),
      program_row_of<TraceReplay, TraceOptions>(
          "trace", "replay of a recorded memory trace of real threads",
          "Valgrind 3.19, lackey --trace-mem=yes --trace-sched=yes"),
      program_row_of<Ycsb, YcsbOptions>("ycsb",
                                        "YCSB's core workloads A to F on records of 1000 bytes",
                                        "Cooper et al., SoCC'10", true),
  };
}

}  // namespace dsmsim
