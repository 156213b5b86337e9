// What a person typed, as a value for the API: {json, python}, or a Mistake that says what is wrong in words.
import { literal_type, python_text } from "./literal.js";

export class Mistake extends Error {
  constructor(word, values = {}) {
    super(word);
    this.word = word;  // the name of a phrase
    this.values = values;
  }
}

const literal = (python) => ({ json: JSON.stringify({ $python: python }), python });
const text_value = (text) => ({ json: JSON.stringify(text), python: python_text(text) });
const none = { json: "null", python: "None" };
const truth = (is) => ({ json: String(is), python: is ? "True" : "False" });

// Full-width digits are digits.
const plain = (text) => text.normalize("NFKC").replace(/[\u2212\u2010-\u2015]/g, "-").trim();

function whole(typed) {
  const text = plain(typed);
  if (!/^[+-]?\d+(?:_\d+)*$/.test(text)) return null;
  const digits = text.replaceAll("_", "").replace(/^([+-]?)0+(?=\d)/, "$1").replace(/^\+/, "");
  return Number.isSafeInteger(Number(digits)) ? { json: String(Number(digits)), python: String(Number(digits)) }
                                              : literal(digits);
}

function float(typed) {
  const text = plain(typed).replaceAll("_", "");
  if (/^[+-]?(?:\d+\.\d*|\.\d+|\d+(?=e))(?:e[+-]?\d+)?$/i.test(text)) {
    // As Python reads it: with digits on both sides of the point, and no plus.
    return literal(text.replace(/^\+/, "").replace(/^(-?)\./, "$10.").replace(/\.(?!\d)/, ".0"));
  }
  return /^[+-]?(?:inf|nan)$/.test(text) ? literal(text.replace(/^\+/, "")) : null;
}

function mistaken_number(typed, word) {
  const text = plain(typed);
  if (/^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?$/.test(text)) return new Mistake("wrong_thousands", { text });
  if (/^[+-]?\d*,\d+$/.test(text)) return new Mistake("wrong_comma", { text });
  return new Mistake(word, { text: typed });
}

function truth_of(typed) {
  const text = plain(typed).toLowerCase();
  if (text !== "true" && text !== "false") throw new Mistake("wrong_bool", { text: typed });
  return truth(text === "true");
}

function container(kind, typed) {
  const text = typed.trim();
  const type = literal_type(text);
  if (type === kind) return literal(text);
  if (type !== null) throw new Mistake("wrong_type", { type: { word: `type_${type}` }, wanted: { word: `kind_${kind}` } });
  throw new Mistake("wrong_literal", { example: { word: `example_${kind}` } });
}

// As Python reads it, else a text; TRUE and FALSE as spreadsheets write them.
function any(typed) {
  const text = typed.trim();
  if (/^(?:true|false)$/i.test(text)) return truth(/^t/i.test(text));
  const type = literal_type(text);
  if (type === null) {
    if (/^[[({'"]/.test(text)) throw new Mistake("wrong_literal", { example: { word: "example_any" } });
    return text_value(typed);
  }
  if (type === "none") return none;
  return type === "int" ? whole(text) : type === "float" ? float(text) : literal(text);
}

// `kind` as in signature.js. Only texts keep their blanks; only a text may be empty.
export function value_of(kind, typed) {
  if (kind === "none") return none;
  if (kind === "str") return text_value(typed);
  if (typed.trim() === "") throw new Mistake("wrong_empty");
  switch (kind) {
    case "int": {
      const value = whole(typed);
      if (value === null) throw float(typed) ? new Mistake("wrong_whole", { text: typed }) : mistaken_number(typed, "wrong_int");
      return value;
    }
    case "float": {
      const value = whole(typed) ?? float(typed);
      if (value === null) throw mistaken_number(typed, "wrong_float");
      return value;
    }
    case "bool": return truth_of(typed);
    case "choice":
    case "any": return any(typed);
    default: return container(kind, typed);
  }
}

// A cell of a table: nothing where it leaves the parameter to its default. Of several kinds, the first that fits.
export function value_of_cell(parameter, cell) {
  if (cell === "") {
    if (!parameter.required) return null;
    if (parameter.kinds[0] === "str") return text_value("");
    if (parameter.kinds.includes("none")) return none;
    throw new Mistake("wrong_empty");
  }
  if (parameter.kinds.includes("none") && cell.trim() === "None") return none;
  if (parameter.kinds.includes("choice")) return chosen(parameter, cell);
  let first = null;
  for (const kind of parameter.kinds.filter((one) => one !== "none")) {
    try {
      return value_of(kind, cell);
    } catch (mistake) {
      first ??= mistake;
      if (parameter.annotation === "") throw first;  // its kinds after the first are for those who choose them
    }
  }
  throw first;
}

// One of the choices of a Literal[...], as Python writes it or as a plain text.
export function chosen(parameter, typed) {
  const written = parameter.choices.find((choice) => choice === typed.trim() || choice.slice(1, -1) === typed);
  if (written === undefined) throw new Mistake("wrong_choice", { choices: parameter.choices.join(", ") });
  return any(written);
}

// The body of a question. Values are JSON texts already: what JavaScript would make of 108.0 does not matter.
export const question_of = (values) =>
  `{"arguments":{${values.map(([name, value]) => `${JSON.stringify(name)}:${value.json}`).join(",")}}}`;
