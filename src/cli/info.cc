// pbb info: what this machine offers, and what a model is.
#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "base/file.h"
#include "base/machine.h"
#include "base/printable.h"
#include "cli/commands.h"
#include "run/build_info.h"
#include "run/models.h"
#include "sandbox/sandbox.h"

namespace pbb {
namespace {

std::string isolation() {
  try {
    Sandbox sandbox;
    const ProgramCall call{"def probe(x):\n    return x + 1\n", "probe", {Value{std::int64_t{1}}}, false};
    const auto result = sandbox.run({&call, 1}).front();
    return result.status == CallStatus::returned ? "bubblewrap, working"
                                                 : "bubblewrap, but a call failed: " + result.detail;
  } catch (const Error& error) {  // a boundary: `info` reports what is missing instead of failing
    return fmt::format("none: {} ({})", error.what(), error.hint());
  }
}

void describe_machine() {
  const Machine machine = this_machine();
  fmt::print("pbb           {} ({})\n", pbb_version(), pbb_commit());
  fmt::print("processor     {}, {} cores\n", machine.processor, machine.cores);
  fmt::print("memory        {:.1f} GiB\n", static_cast<double>(machine.memory_bytes) / (1 << 30));
  fmt::print("compute       {}\n", data_type_name(fastest_compute_type()));
  fmt::print("isolation     {}\n", isolation());
  fmt::print("cache         {}\n", cache_folder().string());
}

// "0 <|endoftext|>, 2 <|im_end|>"
std::string names_of(const Tokenizer& tokenizer, const std::vector<std::int32_t>& ids) {
  std::string names;
  for (const std::int32_t id : ids) {
    names += fmt::format("{}{} {}", names.empty() ? "" : ", ", id, printable_line(tokenizer.token(id)));
  }
  return names.empty() ? "no token" : names;
}

void describe_model(const std::string& name) {
  const LoadedModel model = load_any_model(name, DataType::f32);
  const DecoderConfig& config = model.decoder.config();
  std::int64_t parameters = 0;
  for (const Parameter& parameter : model.decoder.parameters()) parameters += parameter.value.size();
  fmt::print("model         {}\n", model.source);
  fmt::print("family        {}\n", config.family);
  fmt::print("parameters    {:.1f} million\n", static_cast<double>(parameters) / 1e6);
  fmt::print("layers        {}, width {}, feed-forward {}\n", config.layers, config.width,
             config.feed_forward);
  fmt::print("heads         {} ({} key/value), {} each\n", config.heads, config.kv_heads, config.head_size);
  fmt::print("rope          base {}\n", config.rope_base);
  fmt::print("norm          epsilon {}\n", config.norm_epsilon);
  fmt::print("embeddings    {}\n",
             config.tied_embeddings ? "tied: they are the head too" : "beside a head of its own");
  fmt::print("vocabulary    {}, context {}\n", config.vocabulary, config.context);
  fmt::print("texts begin   {}\n", names_of(model.tokenizer, model.tokenizer.prefix()));
  fmt::print("texts end     {}\n", names_of(model.tokenizer, model.tokenizer.end_tokens()));
}

}  // namespace

void add_info_command(Command app) {
  auto model = std::make_shared<std::string>();
  Command command = app.add_subcommand("info", "Describe this machine, or a model");
  command.add_option("MODEL", *model, "smollm2-135m, a GGUF file, a Hugging Face folder or a run");
  command.callback([model] {
    if (model->empty()) {
      describe_machine();
    } else {
      describe_model(*model);
    }
  });
}

}  // namespace pbb
