// What went wrong between page and server, in the person's words, with the server's own beside them.
import { el, fill } from "./dom.js";
import { phrase, said } from "./words.js";

// As a value of another phrase.
export const failure_words = (failure) =>
  ({ word: `failed_${failure.kind}`, values: { status: failure.status, seconds: failure.seconds || 1 } });

export function failure_text(failure) {
  const { word, values } = failure_words(failure);
  const text = phrase(word, values);
  return failure.message ? `${text} (${failure.message})` : text;
}

// The same as an element.
export function told_failure(failure) {
  const { word, values } = failure_words(failure);
  return el("span", {}, said(word, values), failure.message ? ` (${failure.message})` : null);
}

// Into `place`, which is an alert.
export function show_failure(place, failure) {
  const { word, values } = failure_words(failure);
  fill(place, el("div", { class: "notice bad" },
    said(word, values, "p"),
    failure.message ? el("p", { class: "soft" }, said("server_says"), " ", el("span", { lang: "en" }, failure.message))
                    : null));
}
export const clear_failure = (place) => fill(place);
