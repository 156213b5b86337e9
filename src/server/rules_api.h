// /v1/rules: the rules that a model has learnt, and decisions about them under a guard.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "decisions/decision_log.h"
#include "decisions/record.h"
#include "server/gate.h"
#include "server/model_thread.h"

namespace pbb {

struct DecidingOptions {
  Guard guard = Guard::checked;
  Asking asking;
  Decider decider;
};

class RulesApi {
 public:
  // `run` may be called by several threads. `log`: null: decisions are not logged. What is handed in must outlive it.
  RulesApi(std::vector<RegisteredRule> rules, DecidingOptions options, Runner run, ModelThread& model,
           DecisionLog* log, Metrics& metrics);

  void list(httplib::Response& response) const;
  void show(const std::string& name, httplib::Response& response) const;
  void ask(const std::string& name, const Asked& asked, httplib::Response& response);

 private:
  const RegisteredRule& find(const std::string& name) const;
  // What a request comes to, by the time that `asked` leaves; answer.failure says why it came to nothing.
  Completion completed(Request request, const Asked& asked, ModelAnswer& answer,
                       Executor by = Executor::itself);
  Completing completing(const Asked& asked);
  void keep(const nlohmann::ordered_json& record);

  std::vector<RegisteredRule> rules_;
  DecidingOptions options_;
  Runner run_;
  ModelThread& model_;
  AnswerEnd end_;
  DecisionLog* log_;
  Metrics& metrics_;
};

}  // namespace pbb
