// Remote procedure calls: what each sends and takes, nested calls, and time-outs.

#include "sim/base/error.hpp"
#include "sim/dsm/library/rpc.hpp"
#include "tests/protocols/library_fixture.hpp"

namespace dsmsim::testing {
namespace {

using library::Rpc;

RpcProfile test_profile(RpcTransport transport) {
  RpcProfile profile;
  profile.transport = transport;
  profile.request_header = 100_B;
  profile.reply_header = 50_B;
  profile.expansion = 2;
  profile.caller = 1_us;
  profile.callee = 2_us;
  return profile;
}

/// Server 1 doubles; server 2 asks server 1 and adds one.
struct RpcStage {
  explicit RpcStage(const RpcProfile& profile)
      : bed(drust_engine()), rpc(bed.dut.world(), profile) {
    rpc.offer("double", NodeId(1), [this](Thread& t, Rpc::Message m) { return twice(t, m); });
    rpc.offer("more", NodeId(2), [this](Thread& t, Rpc::Message m) { return more(t, m); });
  }
  Task<Rpc::Message> twice(Thread& t, Rpc::Message m) {
    ++handled;
    co_await t.compute(slowness);
    co_return Rpc::Message{8_B, 2 * m.content, {}};
  }
  Task<Rpc::Message> more(Thread& t, Rpc::Message m) {
    Rpc::Message answer = co_await rpc.call(t, rpc.find("double", NodeId(1)), std::move(m));
    ++answer.content;
    co_return answer;
  }
  Task<> ask(Thread& t, const char* service, std::uint32_t server) {
    const Time begin = t.now();
    Rpc::Message question{10_B, 21, {}};
    const Rpc::Message answer =
        co_await rpc.call(t, rpc.find(service, NodeId(server)), std::move(question));
    answers.push_back(answer.content);
    took = t.now() - begin;
    rpc.close();
  }
  void run(const char* service, std::uint32_t server) {
    bed.run(0, [=, this](Thread& t) { return ask(t, service, server); });
  }

  LibraryBed bed;
  Rpc rpc;
  Duration slowness;
  std::vector<std::uint64_t> answers;
  int handled = 0;
  Duration took;
};

TEST_CASE("A call is one message there and one back, by the verb of its transport") {
  const std::vector<std::pair<RpcTransport, Verb>> verbs = {
      {RpcTransport::ring, Verb::write},
      {RpcTransport::send, Verb::send},
      {RpcTransport::write_imm, Verb::write_imm},
      {RpcTransport::tcp, Verb::send}};
  for (const auto& [transport, verb] : verbs) {
    RpcStage stage(test_profile(transport));
    stage.run("double", 1);
    CHECK(stage.answers == std::vector<std::uint64_t>{42});
    CHECK(stage.bed.dut.sent() ==
          Messages{{"rpc_request", verb, 0, 1, 120_B}, {"rpc_reply", verb, 1, 0, 66_B}});
    CHECK(stage.took > 3_us);
    CHECK(stage.took < 12_us);
  }
}

TEST_CASE("A service calls another one, and a call within a server sends nothing") {
  RpcStage stage(test_profile(RpcTransport::send));
  stage.run("more", 2);
  CHECK(stage.answers == std::vector<std::uint64_t>{43});
  CHECK(stage.bed.sent() == "rpc_reply 2, rpc_request 2");
  CHECK(stage.rpc.calls() == 2);
  CHECK_THROWS_AS(stage.rpc.find("more", NodeId(0)), Error);
}

TEST_CASE("A call that is not answered in time is sent again, and handled once") {
  RpcProfile profile = test_profile(RpcTransport::send);
  profile.timeout = 100_us;
  profile.retries = 3;
  RpcStage stage(profile);
  stage.slowness = 250_us;
  stage.run("double", 1);
  CHECK(stage.answers == std::vector<std::uint64_t>{42});
  CHECK(stage.rpc.sent_again() == 2);
  CHECK(stage.handled == 1);
}

TEST_CASE("A call that is never answered ends the run") {
  RpcProfile profile = test_profile(RpcTransport::send);
  profile.timeout = 100_us;
  profile.retries = 1;
  RpcStage stage(profile);
  stage.slowness = 10_ms;
  CHECK_THROWS_WITH(stage.run("double", 1),
                    Catch::Contains("double on server 1") && Catch::Contains("asked 2 times"));
}

}  // namespace
}  // namespace dsmsim::testing
