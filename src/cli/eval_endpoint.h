// pbb eval … --endpoint URL --model NAME: arms asked of a server with an API like OpenAI's, in place of our engine.
#pragma once

#include <string>
#include <vector>

#include "base/options.h"
#include "cli/command.h"
#include "run/pipeline.h"

namespace pbb {

struct EndpointFlags {
  std::string url;  // empty: our engine is asked
  std::string model, executor_model, api, as, api_key_env, api_key_file;
  std::vector<std::string> arms;
  int concurrency = 8, retries = 6, max_new_tokens = 0;
  double timeout = 300, requests_per_minute = 0;
};

void add_endpoint_flags(Command command, EndpointFlags& flags);
// They, as they were given, for records.
std::vector<std::string> endpoint_words(const EndpointFlags& flags);

// The arms that are asked, as they are kept. InputError where the flags do not agree with each other or with the recipe;
// what EndpointClient::check throws where the server is not as they say.
std::vector<ArmPlan> plan_endpoint_arms(const Recipe& recipe, const EndpointFlags& flags);
// Asks them, of the run in `folder`, whose corpus is there, and writes its report.
void ask_at_endpoint(Pipeline& pipeline, const std::filesystem::path& folder, const EndpointFlags& flags,
                     const std::vector<ArmPlan>& plans, bool quiet);

}  // namespace pbb
