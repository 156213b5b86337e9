// What is certified of a rule: a line of it for everybody, and all of it for those who look.
import { el, fill } from "./dom.js";
import { date, said } from "./words.js";
import { share } from "./answer.js";

// "Learnt on 27 Nov 2026; recalled word for word; 3 of 4 answers right."
export function tell_learnt(place, rule) {
  const { certificate = {} } = rule;
  const answers = certificate.answers ?? certificate.plain?.answers;
  const recalled = certificate.recalled ?? certificate.recall?.recalled;
  const parts = [said("learnt", { date: date(certificate.date ?? rule.date ?? "") })];
  if (recalled !== undefined) parts.push(said(recalled ? "recalled" : "not_recalled"));
  if (answers?.of > 0) parts.push(el("span", {}, said("answers_right"), " ", share(answers)));
  fill(place, parts.flatMap((part, at) => (at === 0 ? [part] : [" · ", part])));
}

function form_rows(word, form) {
  if (!form?.answers) return [];
  return [said(word, {}, "dt"),
    el("dd", {}, said("answers_right"), " ", share(form.answers) ?? "–",
       form.edge_inputs?.of > 0 ? [el("br"), said("edges_right"), " ", share(form.edge_inputs)] : null,
       form.steps?.of > 0 ? [el("br"), said("steps_right"), " ", share(form.steps)] : null)];
}

function answer_cell(form) {
  if (!form) return el("td", {}, "–");
  return el("td", { class: form.right ? "right" : "wrong" }, el("span", { "aria-hidden": "true" }, form.right ? "✓ " : "✗ "),
            form.right ? said("right_answer") : form.answer ? el("code", {}, form.answer) : said("no_answer"));
}

function questions_table(questions) {
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-labelledby": "asked-title" },
    el("table", {},
      el("thead", {}, el("tr", {}, ["column_call", "column_truth", "column_plain", "column_assisted"]
        .map((word) => said(word, {}, "th", { scope: "col" })))),
      el("tbody", {}, questions.map((question) => el("tr", {},
        el("th", { scope: "row" }, el("code", {}, question.call)),
        el("td", {}, el("code", {}, question.truth)),
        answer_cell(question.plain), answer_cell(question.assisted))))));
}

export function show_certificate(place, rule) {
  const { certificate } = rule;
  const row = (word, value) => (value === undefined || value === null || value === ""
                                ? [] : [said(word, {}, "dt"), el("dd", {}, value)]);
  const code = (value) => (value === undefined || value === null || value === "" ? null : el("code", {}, String(value)));
  fill(place,
    said("certificate_how", {}, "p", { class: "soft" }),
    el("dl", { class: "facts" },
      row("rule_version", String(rule.version)),
      row("date", date(certificate.date ?? rule.date)),
      row("recall", certificate.recall === undefined ? null
                    : said(certificate.recall.recalled ? "recalled" : "not_recalled")),
      form_rows("plain", certificate.plain),
      form_rows("assisted", certificate.assisted),
      row("exposures", certificate.exposures === undefined ? null : String(certificate.exposures)),
      row("file", code(certificate.file)),
      row("trained_from", code([certificate.model, certificate.base].filter(Boolean).join(" + "))),
      row("weights", code(rule.adapter_sha256)),
      row("sha256", code(rule.source_sha256))),
    certificate.questions?.length > 0
      ? [said("asked_title", {}, "h3", { id: "asked-title" }), questions_table(certificate.questions)] : null);
}
