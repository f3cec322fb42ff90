#pragma once
// What a file asks for: one run, or the runs of a comparison. Every mistake of the file, of the
// files that it names and of the command line is found here, before anything runs or is written.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/dsm/contract/program.hpp"
#include "sim/experiment/axes.hpp"
#include "sim/experiment/experiment.hpp"

namespace dsmsim {

/// The runs that are all combinations of some axes.
struct Grid {
  std::vector<Axis> axes;
  /// The axis values of the run that others are compared with; axes that are not named keep the
  /// value of the run that is compared. Empty: there is none.
  std::vector<std::optional<std::size_t>> baseline;
};

struct PlannedRun {
  std::size_t grid = 0;
  Combination combination;  ///< empty for a single run
  std::string name;         ///< of its folder
  Experiment experiment;
  std::shared_ptr<Program> program =
      nullptr;  ///< for run_experiment; runs of equal programs share it
  /// The engine keeps all memory on one server and this run has more: it is left out.
  bool skipped = false;
};

struct Plan {
  std::string name;
  std::vector<Grid> grids;       ///< none: a single run
  std::vector<PlannedRun> runs;  ///< grid by grid, in the order of combinations
  /// What others have measured of the same (reference.hpp).
  std::optional<Reference> reference;

  bool is_comparison() const { return !grids.empty(); }
  bool has_baseline() const;
  const std::vector<Axis>& axes_of(const PlannedRun& run) const { return grids[run.grid].axes; }
  /// The labels of its axis values.
  std::vector<std::string> labels_of(const PlannedRun& run) const;
  /// The runs that a curve of the figure, or an end of its band, is about: which of them.
  std::vector<std::size_t> runs_of(const ReferenceFigure& figure, const RunLabels& where) const;
  /// The run that `run` is compared with, if there is one.
  const PlannedRun* baseline_of(const PlannedRun& run) const;
};

/// `overrides` are the --set arguments. One that names the path of an axis leaves that axis this
/// one value; when all axes have one, it is a single run. Throws InputErrors, Error(limit) if
/// a run takes longer to set up than it may take, and what stop_if_asked() does.
Plan read_plan(const std::string& file, const std::vector<std::string>& overrides,
               const std::vector<std::string>& search_path);

/// The same of the text of a file that is called `name`.
Plan read_plan_text(const std::string& text, const std::string& name,
                    const std::vector<std::string>& overrides,
                    const std::vector<std::string>& search_path);

}  // namespace dsmsim
