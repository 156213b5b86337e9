#include "endpoint/client.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ctime>

#include "base/error.h"
#include "base/printable.h"

namespace pbb {
namespace {

constexpr int retries_after_time_out = 2;  // each attempt takes as long as the first

using Answer = std::variant<HttpReply, HttpFailure>;

bool may_pass(int status) {
  constexpr int later[] = {408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529};
  return std::ranges::find(later, status) != std::end(later);
}

bool is_html(const HttpReply& reply) {
  return reply.content_type.starts_with("text/html") || reply.body.starts_with("<");
}

}  // namespace

struct EndpointClient::Judged {
  enum class Kind { answered, again, never, fatal } kind = Kind::never;
  WireReply reply;
  std::string why;
  std::string hint;  // fatal
  std::optional<double> retry_after;
  int most_retries = 1'000'000;
};

EndpointClient::EndpointClient(EndpointOptions options, Waiting& waiting)
    : options_(std::move(options)), waiting_(waiting), pacing_(options_.pacing, waiting, 1) {}

// What the server said, shortened, without the key.
std::string EndpointClient::said(const HttpReply& reply) const {
  constexpr std::size_t most = 300;
  const WireError error = read_error(reply.body);
  std::string text = options_.key.without_key(error.message.empty() ? reply.body : error.message);
  text = printable_line(text);
  if (text.size() > most) {
    std::size_t end = most;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // within a character
    text = text.substr(0, end) + " …";
  }
  return fmt::format("{} answers {}{}{}", options_.address.url(), reply.status, text.empty() ? "" : ": ",
                     text);
}

// What no other request will mend.
void EndpointClient::refuse(const HttpReply& reply) const {
  const std::string url = options_.address.url();
  if (reply.status == 401 || reply.status == 403) {
    throw InputError(fmt::format("{} answers {}: it {}", url, reply.status,
                                 options_.key.is_given() ? "does not take this API key" : "wants an API key"),
                     "name a file that holds its key (--api-key-file), or the environment variable that does "
                     "(--api-key-env)");
  }
  if (reply.status >= 300 && reply.status < 400) {
    throw InputError(
        fmt::format("{} sends on to {}", url, printable_line(options_.key.without_key(reply.location))),
        "give that URL, if you trust it");
  }
  if (is_html(reply) || reply.status == 404) {
    throw InputError(
        is_html(reply) ? fmt::format("{} answers {} with a web page, not with JSON", url, reply.status)
                       : said(reply),
        "the URL of most servers ends in /v1; see that the model is of --model's name, and that the server "
        "has the API that --api says");
  }
  throw InputError(said(reply), "see what the server says of it");
}

void EndpointClient::check(const std::string& model) const {
  HttpConnection connection(options_.address, options_.key, options_.times);
  const Answer answer = connection.get("/models");
  if (const auto* failure = std::get_if<HttpFailure>(&answer)) {
    const Judged judged = judge(*failure);
    throw Error(judged.why,
                judged.hint.empty() ? "see that the server runs, and listens at that address" : judged.hint);
  }
  const HttpReply& reply = std::get<HttpReply>(answer);
  const bool has_no_list = reply.status == 404 || reply.status == 405 || reply.status == 501;
  if (has_no_list && !is_html(reply)) return;
  if (may_pass(reply.status)) return;  // the questions have the patience
  if (reply.status != 200) refuse(reply);
  const auto names = read_model_names(reply.body);
  if (!names) {
    throw Error(fmt::format("{}/models answers {}, not a list of models", options_.address.url(),
                            is_html(reply) ? "a web page" : "something else"),
                "the URL of most servers ends in /v1");
  }
  if (names->empty() || std::ranges::find(*names, model) != names->end()) return;
  constexpr std::size_t most = 12;
  const std::vector<std::string> shown(names->begin(), names->begin() + std::min(most, names->size()));
  throw InputError(fmt::format("--model {}: the server has no model of that name", printable_line(model)),
                   printable_line(options_.key.without_key(fmt::format("it has {}{}", fmt::join(shown, ", "),
                                                                       names->size() > most ? ", …" : ""))));
}

EndpointClient::Judged EndpointClient::judge(const HttpFailure& failure) const {
  using Kind = HttpFailure::Kind;
  Judged judged{.kind = Judged::Kind::again, .reply = {}, .why = failure.text, .hint = {}, .retry_after = {}};
  switch (failure.kind) {
    case Kind::not_trusted:
      judged.kind = Judged::Kind::fatal;
      judged.hint =
          "SSL_CERT_FILE=FILE names the certificate of who issued it; apt-get install ca-certificates has "
          "the usual ones";
      break;
    case Kind::no_encryption:
      judged.kind = Judged::Kind::fatal;
      judged.hint = "a server on this machine is mostly asked by http://";
      break;
    case Kind::timed_out:
      judged.most_retries = retries_after_time_out;
      break;
    case Kind::stopped:
      judged.kind = Judged::Kind::never;
      break;
    case Kind::too_large:
      judged.kind = Judged::Kind::never;
      break;
    case Kind::unreachable:
    case Kind::broken_off:
      break;
  }
  return judged;
}

EndpointClient::Judged EndpointClient::judge(const HttpReply& reply) const {
  Judged judged;
  if (reply.status == 200) {
    if (auto read = read_reply(options_.api, reply.body)) {
      judged.kind = Judged::Kind::answered;
      judged.reply = std::move(*read);
      return judged;
    }
    judged.kind = Judged::Kind::again;
    judged.why = said(reply) + (reply.body.empty() ? " with nothing" : "") + ", which is no completion";
    return judged;
  }
  judged.why = said(reply);
  if (read_error(reply.body).code == "insufficient_quota") {
    judged.kind = Judged::Kind::fatal;
    judged.hint = "the account's quota is used up: what was answered is kept, and the same command goes on";
  } else if (may_pass(reply.status)) {
    judged.kind = Judged::Kind::again;
    judged.retry_after = retry_after_seconds(reply.retry_after, std::time(nullptr));
  } else if (reply.status == 401 || reply.status == 403 || reply.status == 404 || reply.status == 405 ||
             reply.status == 501 || reply.status < 400) {
    refuse(reply);
  }
  return judged;  // a refusal of this request alone
}

std::variant<WireReply, Unanswered> EndpointClient::ask(HttpConnection& connection, const std::string& model,
                                                        const std::string& prompt, int max_tokens) {
  for (int attempt = 0;; ++attempt) {
    if (!pacing_.take_turn()) throw Interrupted("stopped while the server was asked");
    const bool names_it_so = says_completion_tokens_;
    const Answer answer = connection.post(
        api_path(options_.api), request_body(options_.api, {.model = model,
                                                            .prompt = prompt,
                                                            .max_tokens = max_tokens,
                                                            .says_completion_tokens = names_it_so}));
    const auto* reply = std::get_if<HttpReply>(&answer);
    if (reply != nullptr && reply->status == 400 && !names_it_so &&
        read_error(reply->body).message.find("max_completion_tokens") != std::string::npos) {
      says_completion_tokens_ = true;  // as this server wants it, from now on
      continue;
    }
    const Judged judged = reply != nullptr ? judge(*reply) : judge(std::get<HttpFailure>(answer));
    switch (judged.kind) {
      case Judged::Kind::answered:
        return judged.reply;
      case Judged::Kind::never:
        return Unanswered{judged.why};
      case Judged::Kind::fatal:
        throw Error(judged.why, judged.hint);
      case Judged::Kind::again:
        break;
    }
    if (attempt >= std::min(options_.pacing.retries, judged.most_retries)) {
      const auto* failure = std::get_if<HttpFailure>(&answer);
      if (failure != nullptr && failure->kind == HttpFailure::Kind::unreachable) {
        throw Error(fmt::format("{}, tried {} times", judged.why, attempt + 1),
                    "start the server again; what was answered is kept, and the same command goes on");
      }
      return Unanswered{fmt::format("{} (tried {} times)", judged.why, attempt + 1)};
    }
    if (!pacing_.back_off(attempt, judged.retry_after))
      throw Interrupted("stopped while the server was asked");
  }
}

}  // namespace pbb
