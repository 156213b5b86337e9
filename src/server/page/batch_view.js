// The part of the page that asks about a whole table: choosing the file, progress, the rows, the result to save.
import { byId, el, fill, moment, save, show } from "./dom.js";
import { Batch, match_columns } from "./batch.js";
import { decode, read_table, write_table } from "./csv.js";
import { badge_words } from "./answer.js";
import { language, phrase, said, tell, tell_nothing } from "./words.js";
import { failure_text, failure_words, told_failure } from "./trouble.js";

const most_bytes = 20_000_000;
const most_shown = 200;  // rows on the page; the file has all

let batch = null;
let parameters = [];
let rule = null;
let hooks = {};

// In words: why a row has no answer.
export function explain(row) {
  if (row.mistake) {
    const text = phrase(row.mistake.word, row.mistake.values);
    return row.mistake.column ? `${row.mistake.column}: ${text}` : text;
  }
  return failure_text(row.failure);
}

// As an element, which goes by the language.
function told(row) {
  if (!row.mistake) return told_failure(row.failure);
  const words = said(row.mistake.word, row.mistake.values);
  return row.mistake.column ? el("span", {}, el("code", {}, row.mistake.column), ": ", words) : words;
}

function row_line(row) {
  const result = row.decision
    ? [el("td", {}, el("code", {}, row.decision.answer?.text ?? "–")),
       el("td", {}, said(badge_words(row.decision).who.word))]
    : [el("td", { class: "wrong", colspan: "2" }, told(row))];
  const call = row.decision ? row.decision.call : row.cells.join(" | ");
  return el("tr", { "data-line": row.line }, el("td", { class: "soft" }, String(row.line)), el("th", { scope: "row" }, el("code", {}, call)), result);
}

function add_row(row) {
  const body = byId("batch-rows").querySelector("tbody");
  const next = [...body.children].find((one) => Number(one.dataset.line) > row.line) ?? null;
  if (body.childElementCount < most_shown) body.insertBefore(row_line(row), next);
  show(byId("batch-rows"), true);
  if (row.decision) hooks.on_decision(rule, row);
}

function left() {
  const done = batch.done.length - batch.before;
  if (!batch.is_running || done < 2) return "";
  const seconds = Math.ceil((batch.seconds / done) * (batch.rows.length - batch.done.length));
  return seconds < 90 ? phrase("left_seconds", { seconds }) : phrase("left_minutes", { minutes: Math.ceil(seconds / 60) });
}

function refresh() {
  const done = batch.done.length, all = batch.rows.length;
  const by = (who) => batch.count((row) => row.decision?.answered_by === who);
  const failed = batch.count((row) => row.failure || row.mistake);
  byId("batch-progress").max = all;
  byId("batch-progress").value = done;
  show(byId("batch-progress"), batch.is_running || done > 0);
  show(byId("batch-stop"), batch.is_running);
  show(byId("batch-start"), !batch.is_running && done < all);
  tell(byId("batch-start"), done > 0 ? "batch_go_on" : "batch_start");
  show(byId("batch-save"), done > 0 && !batch.is_running);
  byId("batch-file").disabled = batch.is_running;
  if (done > 0 || batch.is_running)
    tell(byId("batch-count"), "batch_count", { done, all, model: by("model"), rule: by("program"), failed, left: left() });
  if (batch.is_running) tell(byId("batch-status"), "batch_running");
  else if (batch.ended_by) tell(byId("batch-status"), "batch_ended", { why: failure_words(batch.ended_by) });
  else if (done === all) tell(byId("batch-status"), failed > 0 ? "batch_done_failed" : "batch_done", { all, failed });
  else if (done > 0) tell(byId("batch-status"), "batch_stopped", { done, all });
  else tell_nothing(byId("batch-status"));
}

function refuse(word, values = {}) {
  fill(byId("batch-trouble"), said(word, values, "p", { class: "notice bad" }));
}

async function read(file) {
  clear();
  if (!file) return;
  if (file.size > most_bytes) return refuse("batch_too_large", { megabytes: most_bytes / 1e6 });
  const { text, encoding } = decode(new Uint8Array(await file.arrayBuffer()), language());
  let table;
  try {
    table = read_table(text);
  } catch (error) {
    return refuse("batch_quote", { line: error.message });
  }
  if (table.rows.length < 2) return refuse("batch_empty");
  const matched = match_columns(table.rows[0], parameters);
  if (matched.twice.length > 0) return refuse("batch_twice", { names: matched.twice.join(", ") });
  if (matched.missing.length > 0)
    return refuse("batch_missing", { names: matched.missing.join(", "), head: table.rows[0].join(", ") });
  // What an earlier batch still says when it has been left is no longer of interest.
  const mine = (action) => (what) => { if (batch === begun) action(what); };
  const begun = new Batch(rule, table, matched.columns,
                          { on_row: mine(add_row), on_change: mine(refresh), on_ended: mine(hooks.on_ended) });
  batch = begun;
  batch.before = 0;
  fill(byId("batch-read"),
    said("batch_read", { rows: batch.rows.length, encoding }, "p"),
    matched.others.length > 0 ? said("batch_others", { names: matched.others.join(", ") }, "p", { class: "notice near" }) : null);
  fill(byId("batch-rows"), el("table", {},
    el("thead", {}, el("tr", {}, ["column_line", "column_call", "column_answer", "column_by"]
      .map((word) => said(word, {}, "th", { scope: "col" })))),
    el("tbody")));
  show(byId("batch-run"), true);
  refresh();
}

function clear() {
  batch?.stop();
  batch = null;
  for (const id of ["batch-trouble", "batch-read", "batch-rows"]) fill(byId(id));
  for (const id of ["batch-count", "batch-status"]) tell_nothing(byId(id));
  show(byId("batch-run"), false);
  show(byId("batch-rows"), false);
}

// For another rule.
export function use_rule(chosen, its_parameters) {
  clear();
  rule = chosen;
  parameters = its_parameters;
  byId("batch-file").value = "";
  byId("batch-file").disabled = false;
  tell(byId("batch-columns"), "batch_columns", { names: parameters.map((parameter) => parameter.name).join(", ") });
}

export const is_busy = () => batch?.is_running ?? false;

// `on_decision(rule, row)` is told of each answer, `on_ended(failure)` of what ended a batch.
export function start_batches(its_hooks) {
  hooks = its_hooks;
  // Emptied first: a file that was mended meanwhile is no change otherwise.
  byId("batch-file").addEventListener("click", ({ target }) => { target.value = ""; });
  byId("batch-file").addEventListener("change", ({ target }) => read(target.files[0]));
  byId("batch-start").addEventListener("click", () => {
    batch.before = batch.done.length;
    batch.run();
    byId("batch-stop").focus();
  });
  byId("batch-stop").addEventListener("click", () => { batch.stop(); });
  byId("batch-save").addEventListener("click", () =>
    save(`${rule.name}-${moment()}.csv`, "text/csv;charset=utf-8", write_table(batch.table(explain), batch.separator)));
}
