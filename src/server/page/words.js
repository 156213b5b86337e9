// The page's words in the person's language: elements remember what they say, so that a change of language reaches
// all of them and leaves everything else as it is.
import { en } from "./words_en.js";
import { ja } from "./words_ja.js";
import { el } from "./dom.js";

const languages = { en, ja };
const remembered = "pbb-language";
const values_of = new WeakMap();
let current = "en";

export const language = () => current;

// {NAME} in a phrase is the value of that name; a value that is {word: KEY} is that word.
export function phrase(key, values = {}) {
  return (languages[current][key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    if (value === undefined) return whole;
    return value !== null && typeof value === "object" ? phrase(value.word, value.values) : String(value);
  });
}

// Whether there is a phrase of that name.
export const has_phrase = (key) => key in en;

// Says it as the element's text.
export function tell(element, key, values = {}) {
  element.dataset.word = key;
  values_of.set(element, values);
  element.textContent = phrase(key, values);
  return element;
}
export function tell_nothing(element) {
  delete element.dataset.word;
  element.textContent = "";
}
// An element that says it.
export const said = (key, values = {}, tag = "span", attributes = {}) => tell(el(tag, attributes), key, values);

export function speak(wanted) {
  current = wanted in languages ? wanted : "en";
  document.documentElement.lang = current;
  for (const element of document.querySelectorAll("[data-word]"))
    element.textContent = phrase(element.dataset.word, values_of.get(element));
}

export function remember(wanted) {
  try { localStorage.setItem(remembered, wanted); } catch { /* the browser keeps nothing: the choice holds for now */ }
}

// What was chosen here before, else the first language of the browser's that there is.
export function preferred() {
  let chosen = null;
  try { chosen = localStorage.getItem(remembered); } catch { /* as above */ }
  if (chosen in languages) return chosen;
  const known = (navigator.languages ?? [navigator.language]).map((tag) => tag.toLowerCase().split("-")[0]);
  return known.find((tag) => tag in languages) ?? "en";
}

export const date = (text) => {
  const parsed = new Date(text);
  return Number.isNaN(parsed.getTime()) ? text : parsed.toLocaleDateString(current, { dateStyle: "medium" });
};
export const percent = (share) => `${Math.round(100 * share)} %`;
