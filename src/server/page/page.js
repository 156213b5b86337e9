// The page as a whole: who it speaks to, which rule is chosen, one question and its answer.
import { Failure, ask_rule, get_rule, has_key, list_rules, server_facts, set_key } from "./api.js";
import { byId, el, fill, show } from "./dom.js";
import { Form } from "./form.js";
import { clear_failure, show_failure } from "./trouble.js";
import { draw_log, keep, start_log } from "./log.js";
import { is_busy, start_batches, use_rule } from "./batch_view.js";
import { parameters_of } from "./signature.js";
import { phrase, preferred, remember, said, speak, tell, tell_nothing } from "./words.js";
import { question_of } from "./values.js";
import { show_certificate, tell_learnt } from "./certificate.js";
import { badge_words, show_decision } from "./answer.js";

const finds_from = 8;  // rules: fewer need no search

let rules = [];
let chosen = null;    // {rule, form}
const opened = new Map();  // by name: what was chosen before, with what is typed there
let wanted = null;    // the name of the rule that was chosen last
let asking = null;    // an AbortController while a question is under way

const guards = ["checked", "shadow", "model"];

function tell_server(facts) {
  tell(byId("served"), "served", { id: facts.id ?? "" });
  show(byId("guard"), rules.length > 0 && guards.includes(facts.guard));
  if (guards.includes(facts.guard)) {
    tell(byId("guard"), `guard_${facts.guard}`);
    byId("guard").classList.add(facts.guard === "model" ? "near" : "good");
  }
}

function show_no_rules(facts) {
  show(byId("no-rules"), true);
  tell(byId("no-rules-text"), facts.rules_only ? "no_rules_no_text" : "no_rules_text");
  show(byId("no-rules-example"), !facts.rules_only);
  byId("no-rules-example").textContent =
    `curl ${new URL("v1/chat/completions", location.href)} -H 'Content-Type: application/json' \\\n` +
    `     -d '{"model": ${JSON.stringify(facts.id ?? "")}, "messages": [{"role": "user", "content": "Hello"}]}'`;
}

function draw_rules(part = "") {
  const found = rules.filter((rule) => rule.name.toLowerCase().includes(part.trim().toLowerCase()));
  fill(byId("rules"), found.map((rule) => el("li", {},
    el("a", { href: `#${encodeURIComponent(rule.name)}`, "aria-current": rule.name === chosen?.rule.name ? "true" : null },
       rule.name))), found.length === 0 ? said("none_found", {}, "li", { class: "soft" }) : null);
}

function fail(failure, place = byId("trouble")) {
  if (!(failure instanceof Failure)) throw failure;
  show_failure(place, failure);
  ask_for_key(failure);
}

// Where that is what is wrong.
function ask_for_key(failure) {
  if (failure.kind !== "key_needed" && failure.kind !== "key_wrong") return;
  show(byId("key"), true);
  byId("key-field").focus();
}

async function begin() {
  clear_failure(byId("trouble"));
  try {
    const facts = await server_facts();
    rules = await list_rules();
    tell_server(facts);
    show(byId("key"), false);
    show(byId("forget-key"), has_key());
    show(byId("work"), rules.length > 0);
    show(byId("find"), rules.length >= finds_from);
    if (rules.length === 0) show_no_rules(facts);
    else choose_by_address();
  } catch (failure) {
    if (failure.kind === "key_needed") ask_for_key(failure);  // nothing is wrong yet
    else fail(failure);
  }
}

const named_by_address = () => {
  try { return decodeURIComponent(location.hash.slice(1)); } catch { return ""; }
};

function choose_by_address(focuses = false) {
  const name = named_by_address();
  if (focuses && !rules.some((rule) => rule.name === name)) return;  // a link within the page
  choose(rules.some((rule) => rule.name === name) ? name : rules[0].name, focuses);
}

const point_at = (name) => history.replaceState(null, "", `#${encodeURIComponent(name)}`);

async function choose(name, focuses) {
  wanted = name;
  if (chosen?.rule.name === name) return;
  if (is_busy() && !confirm(phrase("leave_batch"))) {
    point_at(chosen.rule.name);
    return;
  }
  asking?.abort();
  clear_failure(byId("trouble"));
  try {
    if (!opened.has(name)) {
      const rule = await get_rule(name);
      const parameters = parameters_of(rule);
      opened.set(name, { rule, parameters, form: new Form(parameters) });
    }
  } catch (failure) {
    fail(failure);
    return;
  }
  if (wanted !== name) return;  // another one was chosen meanwhile
  chosen = opened.get(name);
  const { rule, form, parameters } = chosen;
  byId("rule-name").textContent = rule.name;
  document.title = `${rule.name} – pbb`;
  fill(byId("signature"), el("code", {}, rule.signature));
  tell_learnt(byId("learnt"), rule);
  fill(byId("fields"), form.elements);
  speak(document.documentElement.lang);  // a form from before may be in another language
  clear_failure(byId("question-trouble"));
  tell_nothing(byId("status"));
  show(byId("answer"), false);
  show_certificate(byId("certificate-body"), rule);
  use_rule(rule, parameters);
  draw_rules(byId("find-field").value);
  show(byId("rule"), true);
  if (focuses) byId("rule-name").focus();
}

function tick(began) {
  const seconds = Math.round((Date.now() - began) / 1000);
  byId("clock").textContent = seconds > 1 ? `${seconds} s` : "";
}

async function ask(event) {
  event.preventDefault();
  if (asking !== null) return;
  const { rule, form } = chosen;
  clear_failure(byId("question-trouble"));
  const values = form.values();
  if (values === null) {
    tell(byId("status"), "not_sent");
    return;
  }
  const question = question_of(values);
  asking = new AbortController();
  const began = Date.now();
  const clock = setInterval(tick, 500, began);
  tell(byId("status"), "asking");
  show(byId("stop-asking"), true);
  byId("ask").setAttribute("aria-disabled", "true");
  try {
    const { value, raw } = await ask_rule(rule.name, question, asking.signal);
    keep({ rule: rule.name, question, decision: value, raw });
    if (chosen.rule === rule) {
      show_decision(byId("answer"), value, rule.source);
      if (value.answer) tell(byId("status"), "answered", { answer: value.answer.text, ...badge_words(value) });
      else tell(byId("status"), "no_answer_came");
    }
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    const call = `${rule.name}(${values.map(([name, given]) => `${name}=${given.python}`).join(", ")})`;
    if (failure.kind !== "stopped") keep({ rule: rule.name, question, call, failure });
    if (chosen.rule !== rule) return;
    show(byId("answer"), false);
    tell(byId("status"), failure.kind === "stopped" ? "stopped" : "no_answer_came");
    if (failure.kind !== "stopped") fail(failure, byId("question-trouble"));
  } finally {
    asking = null;
    clearInterval(clock);
    byId("clock").textContent = "";
    if (document.activeElement === byId("stop-asking")) byId("ask").focus();
    show(byId("stop-asking"), false);
    byId("ask").removeAttribute("aria-disabled");
  }
}

async function open_from_log(entry) {
  if (chosen?.rule.name !== entry.rule) {
    await choose(entry.rule, false);
    if (chosen?.rule.name === entry.rule) point_at(entry.rule);
  }
  if (chosen?.rule.name !== entry.rule) return;
  show_decision(byId("answer"), entry.decision, chosen.rule.source, true);
  byId("answer").scrollIntoView();
  byId("answer").setAttribute("tabindex", "-1");
  byId("answer").focus({ preventScroll: true });
}

function change_language({ target }) {
  remember(target.value);
  speak(target.value);
  draw_log();
  if (chosen) tell_learnt(byId("learnt"), chosen.rule);
  if (chosen) show_certificate(byId("certificate-body"), chosen.rule);
}

function use_key(event) {
  event.preventDefault();
  set_key(byId("key-field").value.trim());
  byId("key-field").value = "";
  begin();
}

speak(preferred());
byId("language").value = document.documentElement.lang;
byId("language").addEventListener("change", change_language);
byId("key").addEventListener("submit", use_key);
byId("forget-key").addEventListener("click", () => { set_key(null); location.reload(); });
byId("question").addEventListener("submit", ask);
byId("stop-asking").addEventListener("click", () => asking?.abort());
byId("find-field").addEventListener("input", ({ target }) => draw_rules(target.value));
window.addEventListener("hashchange", () => choose_by_address(true));
window.addEventListener("beforeunload", (event) => { if (is_busy()) event.preventDefault(); });
start_batches({
  on_decision: (rule, row) => keep({ rule: rule.name, question: row.question, decision: row.decision, raw: row.raw }),
  on_ended: ask_for_key,
});
start_log(open_from_log);
begin();
