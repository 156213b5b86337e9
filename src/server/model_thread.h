// A model that many threads ask: one thread of its own decodes for all of them, what runs together side by
// side (generation/engine.h), so that a request's answer is the same whatever else is asked meanwhile. What is handed
// over (evaluation/handover.h) is decoded by an engine of its own, without the model's adapter.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "evaluation/arm_plan.h"
#include "generation/engine.h"
#include "model/load.h"

namespace pbb {

// One request under way, as the thread that waits for it sees it.
class Generation {
 public:
  struct News {
    std::vector<std::int32_t> tokens;  // that came since
    std::vector<TokenChoice> choices;  // the same tokens, with how likely they were
    bool finished = false;
    bool stopped = false;  // by a token that ends it; false: by its length
    std::string failure;   // of a finished one: why it has no end; empty: it has
  };
  // What there is, as soon as there is anything; nothing at `until`.
  News wait(std::chrono::steady_clock::time_point until);
  // Nobody waits for it any more.
  void cancel();

 private:
  friend class ModelThread;
  void add(const TokenChoice& choice);
  void finish(bool stopped, std::string failure);

  std::mutex mutex_;
  std::condition_variable changed_;
  News news_;
  bool cancelled_ = false;
};

class ModelThread {
 public:
  struct Load {
    std::size_t running = 0, waiting = 0;
    std::uint64_t generated_tokens = 0, prompt_tokens = 0, steps = 0;
  };

  // Loads the model on its thread, and returns when it is there; what goes wrong in that is thrown here.
  // asks_base: there will be questions for its base, whose engine is then made at once; else with the first one.
  ModelThread(std::function<LoadedModel()> load, const EngineOptions& options, bool asks_base = false);
  ~ModelThread();  // what is still under way is cancelled, and told so

  const Tokenizer& tokenizer() const { return model_->tokenizer; }
  std::size_t context() const { return context_; }  // tokens that a sequence can hold

  // InputError as Engine::submit.
  std::shared_ptr<Generation> start(Request request, Executor by = Executor::itself);
  Load load() const;

 private:
  struct Job {
    Request request;
    std::shared_ptr<Generation> generation;
    Executor by = Executor::itself;
    RequestId id = 0;
  };
  class Engines;
  void run(const std::function<LoadedModel()>& load, const EngineOptions& options, bool asks_base);
  void decode(const EngineOptions& options, bool asks_base);
  bool take_jobs(Engines& engines);
  void forget_finished(Engines& engines);
  void submit(Engines& engines, const std::shared_ptr<Job>& job);
  void fail_all(const std::string& why);

  std::optional<LoadedModel> model_;
  std::size_t context_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<Job>> submitted_;
  std::vector<std::shared_ptr<Job>> running_;  // of the thread itself
  Load load_;
  bool loaded_ = false, stopping_ = false;
  std::exception_ptr failure_;
  std::thread thread_;
};

}  // namespace pbb
