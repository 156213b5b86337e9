// What went wrong between page and server, in the person's words, with the server's own beside them.
import { el, fill } from "./dom.js";
import { phrase, said } from "./words.js";

const words_of = (failure) => [`failed_${failure.kind}`, { status: failure.status, seconds: failure.seconds || 1 }];

export function failure_text(failure) {
  const text = phrase(...words_of(failure));
  return failure.message ? `${text} (${failure.message})` : text;
}

// Into `place`, which is an alert.
export function show_failure(place, failure) {
  fill(place, el("div", { class: "notice bad" },
    said(...words_of(failure), "p"),
    failure.message ? el("p", { class: "soft" }, said("server_says"), " ", el("span", { lang: "en" }, failure.message))
                    : null));
}
export const clear_failure = (place) => fill(place);
