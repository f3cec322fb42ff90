#include "sim/fabric/rpc_profile.hpp"

#include <cmath>

namespace dsmsim {

using namespace literals;

Verb RpcProfile::verb() const {
  switch (transport) {
    case RpcTransport::ring:
      return Verb::write;
    case RpcTransport::write_imm:
      return Verb::write_imm;
    case RpcTransport::send:
    case RpcTransport::tcp:
      break;
  }
  return Verb::send;
}

Bytes RpcProfile::expanded(Bytes payload) const {
  const double bytes = static_cast<double>(payload.count()) * expansion;
  return Bytes(static_cast<std::uint64_t>(std::llround(bytes)));
}

void describe(config::Fields& f, RpcProfile& p) {
  f.optional("transport", p.transport, "how requests and replies reach another server");
  f.optional("request_header", p.request_header, "bytes of every request, beside its payload",
             config::at_most(64_KiB));
  f.optional("reply_header", p.reply_header, "bytes of every reply, beside its payload",
             config::at_most(64_KiB));
  f.optional("expansion", p.expansion, "bytes that are sent for each byte of payload",
             config::range(0.01, 100.0));
  f.optional("caller", p.caller, "CPU time of a call at its sender, beside posting",
             config::at_most(1000_ms));
  f.optional("callee", p.callee, "CPU time at who answers it, beside posting and the handler",
             config::at_most(1000_ms));
  f.optional("encode", p.encode, "CPU time of whoever sends, for each byte of payload");
  f.optional("decode", p.decode, "CPU time of whoever gets it, for each byte of payload");
  f.optional("threads", p.threads,
             "threads of a server that handle calls, one at a time each; 0: one for each call",
             config::range(0, 65536));
  f.optional("timeout", p.timeout,
             "a call that is not answered for so long is sent again; 0: never");
  f.optional("retries", p.retries, "times that it is; another time-out ends the run",
             config::range(0, 1000));
  f.sources(p.sources);
}

}  // namespace dsmsim
