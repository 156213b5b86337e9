#include "endpoint/journal.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>

#include "base/error.h"
#include "base/file.h"
#include "base/json_lines.h"
#include "base/json_text.h"
#include "base/sha256.h"

namespace pbb {
namespace {

using nlohmann::json;

std::string key_of(const AskedPrompt& prompt) {
  return sha256(fmt::format("{}\n{}\n{}", answer_form_name(prompt.asked.form), prompt.asked.source_given,
                            prompt.question.text));
}

void require_same(const json& kept, const json& asked) {
  for (const auto& [key, value] : asked.items()) {
    const json before = kept.is_object() ? kept.value(key, json()) : json();
    if (before == value) continue;
    throw InputError(fmt::format("the answers in it were given for {} = {}, now it is {}", key,
                                 json_text(before), json_text(value)),
                     "keep both: give these another name with --as");
  }
}

}  // namespace

AnswerJournal::AnswerJournal(const std::filesystem::path& file, const json& asked) : file_(file) {
  make_folder(file.parent_path());
  const bool goes_on = std::filesystem::exists(file);
  descriptor_ = FileDescriptor(::open(file.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
  if (!descriptor_) throw_unwritable(file, errno);
  if (goes_on) read(asked);
  if (!goes_on || std::filesystem::file_size(file) == 0) write({{"asked", asked}});
}

void AnswerJournal::read(const json& asked) {
  std::string text = read_file(file_);
  const std::size_t whole = text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1;
  if (whole < text.size() && ::ftruncate(descriptor_.get(), static_cast<off_t>(whole)) != 0)
    throw_unwritable(file_, errno);
  read_json_lines(file_, [&](const json& line, int number) {
    if (number == 1) return require_same(line.at("asked"), asked);
    PromptAnswer& answer = answers_[line.at("question").get<std::string>()];
    line.at("text").get_to(answer.text);
    line.at("cut").get_to(answer.cut);
  });
}

std::optional<PromptAnswer> AnswerJournal::find(const AskedPrompt& prompt) const {
  const std::lock_guard lock(mutex_);
  const auto found = answers_.find(key_of(prompt));
  return found == answers_.end() ? std::nullopt : std::optional(found->second);
}

void AnswerJournal::add(const AskedPrompt& prompt, const PromptAnswer& answer) {
  const std::string key = key_of(prompt);
  const std::lock_guard lock(mutex_);
  write({{"question", key}, {"text", answer.text}, {"cut", answer.cut}});
  answers_[key] = answer;
}

void AnswerJournal::write(const json& line) {
  const std::string text = json_text(line) + '\n';
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t count = ::write(descriptor_.get(), text.data() + done, text.size() - done);
    if (count < 0 && errno != EINTR) throw_unwritable(file_, errno);
    if (count > 0) done += static_cast<std::size_t>(count);
  }
}

}  // namespace pbb
