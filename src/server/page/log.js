// What was asked since the page was opened: looked through, and saved. It is in this page's memory alone.
import { badge_words } from "./answer.js";
import { byId, el, fill, moment, save, show } from "./dom.js";
import { language, said, tell } from "./words.js";
import { told_failure } from "./trouble.js";

const most_kept = 1000;
const shown_at_once = 20;

let entries = [];
let shown = shown_at_once;
let dropped = 0;
let open = () => {};

function line(entry) {
  const time = el("time", { datetime: entry.at.toISOString(), class: "soft" }, entry.at.toLocaleTimeString(language()));
  if (entry.failure) {
    return el("li", {}, time, " ", el("code", {}, entry.call), " ",
              el("span", { class: "wrong" }, told_failure(entry.failure)));
  }
  return el("li", {}, time, " ",
    el("button", { type: "button", class: "link", onclick: () => open(entry) },
       el("code", {}, `${entry.decision.call} = ${entry.decision.answer?.text ?? "–"}`)), " ",
    said(badge_words(entry.decision).who.word, {}, "span", { class: `badge ${entry.decision.answered_by}` }));
}

export function draw_log() {
  show(byId("log"), entries.length > 0);
  byId("log-count").textContent = `(${entries.length})`;
  byId("log-list").setAttribute("start", String(entries.length));
  fill(byId("log-list"), entries.slice(-shown).reverse().map(line));
  show(byId("log-more"), entries.length > shown);
  tell(byId("log-more"), "log_more", { count: entries.length - shown });
}

// {rule, question: the body's text, and decision with raw: the answer's text, or failure with call}.
export function keep(entry) {
  entries.push({ at: new Date(), ...entry });
  if (entries.length > most_kept) {
    entries.shift();
    ++dropped;
  }
  draw_log();
}

// Made of the texts that went over the wire, in which 108.0 is still a float.
function as_json() {
  const lines = entries.map((entry) => `    {"at": ${JSON.stringify(entry.at.toISOString())}, ` +
    `"rule": ${JSON.stringify(entry.rule)}, "request": ${entry.question}, ` +
    (entry.failure ? `"status": ${entry.failure.status}, "failed": ${JSON.stringify(entry.failure.kind)}, ` +
                     `"message": ${JSON.stringify(entry.failure.message)}}`
                   : `"response": ${entry.raw}}`));
  return `{\n  "server": ${JSON.stringify(location.origin)},\n  "earlier_ones_left_out": ${dropped},\n` +
         `  "asked": [\n${lines.join(",\n")}\n  ]\n}\n`;
}

// `on_open(entry)` shows one of them again.
export function start_log(on_open) {
  open = on_open;
  byId("log-save").addEventListener("click", () => save(`pbb-${moment()}.json`, "application/json", as_json()));
  byId("log-clear").addEventListener("click", () => {
    entries = [];
    dropped = 0;
    shown = shown_at_once;
    draw_log();
    byId("main").focus();
  });
  byId("log-more").addEventListener("click", () => {
    shown = entries.length;
    draw_log();
  });
}
