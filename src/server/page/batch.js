// Many questions from a table: each row is asked by itself, and what is wrong with one ends none of the others.
import { Failure, ask_rule } from "./api.js";
import { Mistake, question_of, value_of_cell } from "./values.js";

export const result_columns = ["pbb_answer", "pbb_answered_by", "pbb_checked", "pbb_reason", "pbb_decision_id", "pbb_error"];
const side_by_side = 4;
const most_waits = { busy: 30, gone: 2, proxy: 2 };  // for one row; then they end the batch
// What would be so of every other row too.
const everybodys = ["gone", "proxy", "busy", "key_needed", "key_wrong", "forbidden", "rule_gone", "not_here", "log"];

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
  // `on_row` is called with each row when it is done; `on_change` when anything is; `on_ended` with the Failure that
  // ended all.
  constructor(rule, table, columns, { on_row, on_change, on_ended }) {
    this.rule = rule;
    this.head = table.rows[0];
    this.separator = table.separator;
    this.columns = columns;
    this.rows = table.rows.slice(1).map((cells) => new Row(cells, cells.line));
    this.on_row = on_row;
    this.on_change = on_change;
    this.on_ended = on_ended;
    this.stopper = null;
    this.ended_by = null;  // a Failure that concerns every row
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
    if (this.ended_by !== null) this.on_ended(this.ended_by);
  }

  // Throws a Mistake, with the column that it is in.
  question(row) {
    if (row.cells.length > this.head.length) throw new Mistake("wrong_cells");
    const values = this.columns.map(([parameter, place]) => {
      try {
        return [parameter.name, value_of_cell(parameter, row.cells[place] ?? "")];
      } catch (mistake) {
        throw Object.assign(mistake, { column: parameter.name });
      }
    });
    return question_of(values.filter(([, value]) => value !== null));
  }

  async ask(row, signal) {
    try {
      row.question = this.question(row);
    } catch (mistake) {
      if (!(mistake instanceof Mistake)) throw mistake;
      row.mistake = mistake;
      return;
    }
    for (let waits = 0; ; ++waits) {
      try {
        const { value, raw } = await ask_rule(this.rule.name, row.question, signal);
        Object.assign(row, { decision: value, raw });
        return;
      } catch (failure) {
        if (!(failure instanceof Failure)) throw failure;
        if (failure.kind === "stopped") return;
        if (waits >= (most_waits[failure.kind] ?? 0)) {
          this.fail(row, failure);
          return;
        }
        await pause(Math.min(30, failure.seconds || 1) * (1 + Math.random()), signal);
        if (signal.aborted) return;
      }
    }
  }

  // A failure that is the row's own is its result; another ends the batch, and the row is among the rest.
  fail(row, failure) {
    if (!everybodys.includes(failure.kind)) {
      row.failure = failure;
      return;
    }
    this.ended_by ??= failure;
    this.stop();
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
