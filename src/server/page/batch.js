// Many questions from a table: each row is asked by itself, and what is wrong with one ends none of the others.
import { Failure, ask_rule } from "./api.js";
import { question_of, value_of_cell } from "./values.js";

export const result_columns = ["pbb_answer", "pbb_answered_by", "pbb_checked", "pbb_reason", "pbb_decision_id", "pbb_error"];
const side_by_side = 4;
const most_waits = 30;        // for one row, while the server is busy
const gone_too_often = 3;     // rows in a row that do not reach the server end the batch

// What of a table is asked: {columns: [[parameter, place]], others, missing, twice}.
export function match_columns(head, parameters) {
  const names = head.map((name) => name.trim());
  const columns = parameters.map((parameter) => [parameter, names.indexOf(parameter.name)]);
  const known = new Set(parameters.map((parameter) => parameter.name));
  return {
    columns: columns.filter(([, place]) => place >= 0),
    missing: columns.filter(([parameter, place]) => place < 0 && parameter.required).map(([parameter]) => parameter.name),
    others: names.filter((name) => name !== "" && !known.has(name) && !result_columns.includes(name)),
    twice: names.filter((name, at) => known.has(name) && names.indexOf(name) !== at),
  };
}

const pause = (seconds, signal) => new Promise((resolve) => {
  const timer = setTimeout(resolve, seconds * 1000);
  signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); });
});

// One row of the table: what came of it is `decision` and `raw`, or `failure` (of the server), or `mistake` (in a cell).
class Row {
  constructor(cells, line) {
    this.cells = cells;
    this.line = line;
  }
  get is_done() { return Boolean(this.decision || this.failure || this.mistake); }
}

export class Batch {
  // `on_row` is called with each row when it is done; `on_change` when anything is.
  constructor(rule, table, columns, { on_row, on_change }) {
    this.rule = rule;
    this.head = table.rows[0];
    this.separator = table.separator;
    this.columns = columns;
    this.rows = table.rows.slice(1).map((cells) => new Row(cells, cells.line));
    this.on_row = on_row;
    this.on_change = on_change;
    this.stopper = null;
    this.ended_by = null;  // a Failure that concerned more than one row
    this.seconds = 0;
  }

  get is_running() { return this.stopper !== null; }
  get done() { return this.rows.filter((row) => row.is_done); }
  count(test) { return this.rows.filter(test).length; }
  stop() { this.stopper?.abort(); }

  // Asks what was not asked yet.
  async run() {
    this.stopper = new AbortController();
    this.ended_by = null;
    this.gone = 0;
    const waiting = this.rows.filter((row) => !row.is_done)[Symbol.iterator]();
    const began = Date.now();
    this.on_change();
    const work = async () => {
      for (const row of waiting) {
        if (this.stopper.signal.aborted) return;
        await this.ask(row, this.stopper.signal);
        if (row.is_done) this.on_row(row);
        this.seconds = (Date.now() - began) / 1000;
        this.on_change();
      }
    };
    await Promise.all(Array.from({ length: side_by_side }, work));
    this.stopper = null;
    this.on_change();
  }

  async ask(row, signal) {
    let values;
    try {
      values = this.columns.map(([parameter, place]) => {
        const cell = row.cells[place] ?? "";
        try {
          return [parameter.name, value_of_cell(parameter, cell)];
        } catch (mistake) {
          throw Object.assign(mistake, { column: parameter.name });
        }
      }).filter(([, value]) => value !== null);
      if (row.cells.length > this.head.length) throw Object.assign(new Error(), { word: "wrong_cells", values: {} });
    } catch (mistake) {
      if (!mistake.word) throw mistake;
      row.mistake = mistake;
      return;
    }
    row.question = question_of(values);
    for (let waits = 0; ; ++waits) {
      try {
        const { value, raw } = await ask_rule(this.rule.name, row.question, signal);
        Object.assign(row, { decision: value, raw });
        this.gone = 0;
        return;
      } catch (failure) {
        if (!(failure instanceof Failure)) throw failure;
        if (failure.kind === "stopped") return;
        if (failure.kind !== "busy" || waits >= most_waits) {
          this.fail(row, failure);
          return;
        }
        await pause(Math.min(30, failure.seconds || 1) * (1 + Math.random()), signal);
        if (signal.aborted) return;
      }
    }
  }

  // A failure that is the row's own is its result; one that would be that of all others ends the batch before it.
  fail(row, failure) {
    const is_unreachable = ["gone", "proxy", "busy"].includes(failure.kind);
    const concerns_all = ["key_needed", "key_wrong", "forbidden", "rule_gone", "not_here", "log"].includes(failure.kind);
    if (is_unreachable) ++this.gone;
    if (!concerns_all && !is_unreachable) row.failure = failure;
    if (concerns_all || this.gone >= gone_too_often) {
      this.ended_by = failure;
      this.stop();
    } else if (is_unreachable) {
      row.failure = failure;
    }
  }

  // The table with a result beside each row; `explain` says a mistake or a failure in words.
  table(explain) {
    const kept = this.head.map((name, at) => [name.trim(), at]).filter(([name]) => !result_columns.includes(name))
                     .map(([, at]) => at);
    const result = (row) => {
      const decision = row.decision;
      if (!decision) return ["", "", "", "", "", row.is_done ? explain(row) : ""];
      return [decision.answer?.text ?? "", decision.answered_by, String(decision.checked), decision.reason,
              decision.decision_id, ""];
    };
    return [[...kept.map((at) => this.head[at]), ...result_columns],
            ...this.rows.map((row) => [...kept.map((at) => row.cells[at] ?? ""), ...result(row)])];
  }
}
