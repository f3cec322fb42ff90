#pragma once
// The question "is there a reason to stop?" of whatever may take seconds: reading a trace, planning
// ten thousand runs. Whoever starts such work hands in who answers: the command line an interrupt
// or a limit of real time, the Python module its host's signals.

#include <functional>

namespace dsmsim {

/// Asked at least every tenth of a second; what it throws ends the work. Empty: nobody asks.
using Poll = std::function<void()>;

}  // namespace dsmsim
