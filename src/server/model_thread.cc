#include "server/model_thread.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "evaluation/handover.h"

namespace pbb {

// Of the model itself, and of its base: from the start where that is said, or once it is asked.
class ModelThread::Engines {
 public:
  Engines(Decoder& decoder, const EngineOptions& options, bool asks_base,
          std::function<void(const CallSize&)> on_call)
      : decoder_(decoder), options_(options), on_call_(std::move(on_call)), itself_(decoder, options) {
    itself_.set_on_call(on_call_);
    if (asks_base) of(Executor::base);
  }
  Engine& of(Executor by) {
    if (by == Executor::itself) return itself_;
    if (!base_) base_.emplace(decoder_, options_).set_on_call(on_call_);
    return *base_;
  }
  std::size_t unfinished() const { return itself_.unfinished() + (base_ ? base_->unfinished() : 0); }
  void step() {
    if (itself_.unfinished() > 0) itself_.step();
    if (!base_ || base_->unfinished() == 0) return;
    const WithoutAdapter without(decoder_);
    base_->step();
  }

 private:
  Decoder& decoder_;
  EngineOptions options_;
  std::function<void(const CallSize&)> on_call_;
  Engine itself_;
  std::optional<Engine> base_;
};

Generation::News Generation::wait(std::chrono::steady_clock::time_point until) {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, until, [this] { return news_.finished || !news_.tokens.empty(); });
  News news = news_;
  news_.tokens.clear();
  news_.choices.clear();
  return news;
}

void Generation::cancel() {
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
}

void Generation::add(const TokenChoice& choice) {
  const std::lock_guard lock(mutex_);
  news_.tokens.push_back(choice.token);
  news_.choices.push_back(choice);
  changed_.notify_all();
}

void Generation::finish(bool stopped, std::string failure) {
  const std::lock_guard lock(mutex_);
  news_.finished = true;
  news_.stopped = stopped;
  news_.failure = std::move(failure);
  changed_.notify_all();
}

ModelThread::ModelThread(std::function<LoadedModel()> load, const EngineOptions& options, bool asks_base) {
  thread_ =
      std::thread([this, load = std::move(load), options, asks_base] { run(load, options, asks_base); });
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return loaded_ || failure_; });
  if (!failure_) return;
  lock.unlock();
  thread_.join();
  std::rethrow_exception(failure_);
}

ModelThread::~ModelThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

std::shared_ptr<Generation> ModelThread::start(Request request, Executor by) {
  if (request.prompt.empty() || request.prompt.size() > context_) {
    throw InputError(
        fmt::format("a prompt of {} tokens in a context of {}", request.prompt.size(), context_));
  }
  auto job = std::make_shared<Job>();
  job->request = std::move(request);
  job->by = by;
  job->generation = std::make_shared<Generation>();
  const std::lock_guard lock(mutex_);
  if (stopping_) throw Error("the server is stopping");
  submitted_.push_back(job);
  ++load_.waiting;
  changed_.notify_all();
  return job->generation;
}

ModelThread::Load ModelThread::load() const {
  const std::lock_guard lock(mutex_);
  return load_;
}

void ModelThread::run(const std::function<LoadedModel()>& load, const EngineOptions& options,
                      bool asks_base) {
  try {
    model_ = load();
    const auto context = static_cast<std::size_t>(model_->decoder.config().context);
    context_ = options.cached_tokens == 0 ? context : std::min(context, options.cached_tokens);
  } catch (...) {
    const std::lock_guard lock(mutex_);
    failure_ = std::current_exception();
    changed_.notify_all();
    return;
  }
  while (true) {
    try {
      decode(options, asks_base);
      fail_all("the server is stopping");
      return;
    } catch (const std::exception& error) {  // the engine's sequences are lost; the next ones get a new one
      const std::lock_guard lock(mutex_);
      if (!loaded_) {
        failure_ = std::current_exception();
        changed_.notify_all();
        return;
      }
    }
    fail_all("the model's computation failed");
  }
}

// Until the server stops.
void ModelThread::decode(const EngineOptions& options, bool asks_base) {
  Engines engines(model_->decoder, options, asks_base, [this](const CallSize& size) {
    const std::lock_guard lock(mutex_);
    ++load_.steps;
    load_.generated_tokens += size.logits;
  });
  {
    const std::lock_guard lock(mutex_);
    loaded_ = true;
  }
  changed_.notify_all();
  while (take_jobs(engines)) engines.step();
}

// Hands what came in to the engine, and takes from it what nobody waits for; false when it is time to stop.
bool ModelThread::take_jobs(Engines& engines) {
  forget_finished(engines);
  std::vector<std::shared_ptr<Job>> fresh;
  {
    std::unique_lock lock(mutex_);
    load_.running = running_.size();
    changed_.wait(lock, [&] { return stopping_ || !submitted_.empty() || engines.unfinished() > 0; });
    if (stopping_) return false;
    fresh.swap(submitted_);
    load_.waiting -= fresh.size();
    load_.running += fresh.size();
  }
  for (const auto& job : fresh) submit(engines, job);
  return true;
}

void ModelThread::forget_finished(Engines& engines) {
  std::erase_if(running_, [&](const std::shared_ptr<Job>& job) {
    const std::lock_guard lock(job->generation->mutex_);
    if (job->generation->cancelled_ && !job->generation->news_.finished) engines.of(job->by).cancel(job->id);
    return job->generation->cancelled_ || job->generation->news_.finished;
  });
}

void ModelThread::submit(Engines& engines, const std::shared_ptr<Job>& job) {
  const auto generation = job->generation;
  job->request.on_token = [generation](const TokenChoice& choice) { generation->add(choice); };
  job->request.on_finished = [generation](const Completion& completion) {
    generation->finish(completion.stopped, "");
  };
  {
    const std::lock_guard lock(mutex_);
    load_.prompt_tokens += job->request.prompt.size();
  }
  try {
    job->id = engines.of(job->by).submit(std::move(job->request));
    running_.push_back(job);
  } catch (const Error& error) {
    generation->finish(false, error.what());
  }
}

void ModelThread::fail_all(const std::string& why) {
  std::vector<std::shared_ptr<Job>> lost;
  {
    const std::lock_guard lock(mutex_);
    lost.swap(submitted_);
    load_.waiting = load_.running = 0;
  }
  lost.insert(lost.end(), running_.begin(), running_.end());
  running_.clear();
  for (const auto& job : lost) {
    std::unique_lock lock(job->generation->mutex_);
    if (job->generation->news_.finished) continue;
    lock.unlock();
    job->generation->finish(false, why);
  }
}

}  // namespace pbb
