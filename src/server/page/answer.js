// A decision, shown: the answer and who gave it, why, the source with the lines that were executed, each step with its
// verdict.
import { el, fill } from "./dom.js";
import { has_phrase, percent, said } from "./words.js";

const marks = { right: "✓", wrong: "✗", not_of_this_rule: "✗", unchecked: "·", of_rule: "" };

const outcome = (answer) => (answer === null || answer === undefined ? said("no_answer", {}, "span", { class: "soft" })
                                                                     : el("code", {}, answer.text));

// In the person's language where the reason is one that the page knows, else in the server's words.
export function reason_of(decision) {
  const key = `reason_${decision.reason}`;
  return has_phrase(key) ? said(key) : el("span", { lang: "en" }, decision.explanation ?? decision.reason);
}

// Who answered, and whether it was checked.
export const badge_words = (decision) => ({
  who: { word: { model: "badge_model", program: "badge_rule" }[decision.answered_by] ?? "badge_nobody" },
  checked: { word: decision.checked ? "badge_checked" : "badge_unchecked" },
});

function verdict_words(decision) {
  const agrees = decision.reason === "agrees";
  if (decision.answered_by === "nobody") return "by_nobody";
  if (decision.answered_by === "model") return decision.checked ? "by_model_checked" : "by_model_unchecked";
  return decision.guard === "shadow" ? (agrees ? "by_rule_shadow_agrees" : "by_rule_shadow") : "by_rule";
}

function badges(decision) {
  const { who, checked } = badge_words(decision);
  return el("p", { class: "badges" },
    said(who.word, {}, "span", { class: `badge ${decision.answered_by}` }),
    said(checked.word, {}, "span", { class: `badge ${decision.checked ? "good" : "near"}` }));
}

function comparison(decision) {
  const rows = [["model_answer", decision.model_answer]];
  if (decision.program_answer !== null) rows.push(["rule_answer", decision.program_answer]);
  const both = decision.model_answer && decision.program_answer;
  const same = both && decision.model_answer.text === decision.program_answer.text;
  return el("dl", { class: "compare" }, rows.map(([word, answer]) => [said(word, {}, "dt"), el("dd", {}, outcome(answer))]),
    both ? [said("same_question", {}, "dt", { class: "soft" }),
            el("dd", {}, said(same ? "same" : "differs", {}, "span", { class: `badge ${same ? "good" : "bad"}` }))] : null);
}

// The source with its lines numbered; those in `ran` (how often, by number) are marked.
function source_lines(source, ran) {
  return source.replace(/\n+$/, "").split("\n").map((line, index) => {
    const count = ran.get(index + 1) ?? 0;
    return el("div", { class: count ? "line ran" : "line", "data-line": index + 1 },
      el("span", { class: "number" }, String(index + 1)),
      el("code", {}, line === "" ? " " : line),
      count ? said("executed", {}, "span", { class: "hidden" }) : null,
      count > 1 ? el("span", { class: "times soft" }, `×${count}`) : null);
  });
}

function step_item(text, verdict, line, truth) {
  return el("li", { class: verdict, "data-line": line ?? null },
    el("span", { class: "mark", "aria-hidden": "true" }, marks[verdict] ?? "·"),
    el("div", {},
      el("code", {}, text),
      el("p", { class: "soft" }, said(`verdict_${verdict}`), line ? [" · ", said("line", { line })] : null),
      truth === null ? null : el("p", { class: "truth" }, said("rule_step"), " ", el("code", {}, truth))));
}

// What the model wrote, beside what the rule does where that is another; the rule's own steps where it wrote none.
function step_items(decision) {
  const program = decision.program_steps ?? [];
  if (decision.steps.length === 0) return program.map((step) => step_item(step.text, "of_rule", step.line, null));
  const items = decision.steps.map((step, at) =>
    step_item(step.text, step.verdict, step.line,
              step.verdict !== "right" && step.verdict !== "unchecked" && program[at] ? program[at].text : null));
  return [...items, ...program.slice(decision.steps.length).map((step) =>
    step_item(step.text, "of_rule", step.line, null))];
}

// A step and its line of the source light up together.
function link_lines(area) {
  area.addEventListener("pointerover", ({ target }) => {
    const line = target.closest("[data-line]")?.dataset.line;
    for (const one of area.querySelectorAll("[data-line]")) one.classList.toggle("lit", one.dataset.line === line);
  });
  area.addEventListener("pointerleave", () => {
    for (const one of area.querySelectorAll(".lit")) one.classList.remove("lit");
  });
}

function steps_beside_source(decision, source) {
  const ran = new Map();
  for (const { line } of decision.program_steps ?? []) ran.set(line, (ran.get(line) ?? 0) + 1);
  const items = step_items(decision);
  const title = decision.steps.length > 0 || items.length === 0 ? "steps_of_model" : "steps_of_rule";
  const area = el("div", { class: "side" },
    el("section", { "aria-labelledby": "source-title" },
      said("source", {}, "h3", { id: "source-title" }),
      el("div", { class: "source" }, source_lines(source, ran)),
      said(ran.size > 0 ? "source_marked" : "source_unmarked", {}, "p", { class: "soft" })),
    el("section", { "aria-labelledby": "steps-title" },
      said(title, {}, "h3", { id: "steps-title" }),
      items.length > 0 ? el("ol", { class: "steps" }, items)
                       : said("no_steps", {}, "p", { class: "soft" })));
  link_lines(area);
  return area;
}

function fact(word, ...value) {
  return [said(word, {}, "dt"), el("dd", {}, value)];
}

function facts(decision) {
  const recalled = decision.recalled_source;
  const seconds = (ms) => (ms / 1000).toFixed(ms < 10_000 ? 2 : 0);
  return el("dl", { class: "facts" },
    recalled ? fact("recited", said(recalled.verbatim ? "recited_verbatim" : "recited_lines",
                                    { right: recalled.lines_right, lines: recalled.lines })) : null,
    decision.failure ? fact("failure", el("span", { lang: "en" }, decision.failure)) : null,
    fact("guard", said(has_phrase(`guard_${decision.guard}`) ? `guard_${decision.guard}` : decision.guard)),
    fact("version", String(decision.rule.version)),
    fact("took", said("took_value", { seconds: seconds(decision.milliseconds?.model ?? 0), tokens: decision.tokens })),
    fact("decision_id", el("code", {}, decision.decision_id)),
    fact("sha256", el("code", {}, decision.rule.source_sha256)));
}

// Into `place`. `source` is that of the rule.
export function show_decision(place, decision, source, isFromLog = false) {
  fill(place,
    isFromLog ? said("from_log", {}, "p", { class: "soft" }) : null,
    el("h2", { id: "answer-title" }, el("code", {}, decision.call)),
    decision.answer ? el("p", { class: "value" }, el("span", { class: "soft", "aria-hidden": "true" }, "= "),
                         outcome(decision.answer)) : null,
    badges(decision),
    el("p", { class: "why" }, said(verdict_words(decision)), " ", reason_of(decision)),
    comparison(decision),
    steps_beside_source(decision, source),
    el("details", {}, said("more", {}, "summary"), facts(decision)));
  place.hidden = false;
}

// "3 of 4 (29–96 %)"
export function share(count) {
  if (!count || count.of === 0) return null;
  const [low, high] = count.interval ?? [];
  return said(low === undefined ? "share" : "share_interval",
              { right: count.right, of: count.of, low: percent(low ?? 0), high: percent(high ?? 0) });
}
