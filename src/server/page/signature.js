// What a rule takes, from its signature's text: "fee(weight: float, zone: str | None = None, *, express=False)".
import { literal_type } from "./literal.js";

// Parts of `text` between `separator`s that stand outside of brackets and strings.
function split(text, separator) {
  const parts = [""];
  let depth = 0, quote = null;
  for (let at = 0; at < text.length; ++at) {
    const c = text[at];
    if (quote !== null) {
      if (c === "\\") parts[parts.length - 1] += text[at++];
      else if (c === quote) quote = null;
    } else if (c === "'" || c === '"') quote = c;
    else if ("([{".includes(c)) ++depth;
    else if (")]}".includes(c)) --depth;
    if (depth === 0 && quote === null && c === separator) parts.push("");
    else parts[parts.length - 1] += text[at] ?? "";
  }
  return parts.map((part) => part.trim());
}

// What stands between the first bracket and the one that closes it.
function inside(text) {
  const open = text.indexOf("(");
  let depth = 0, quote = null;
  for (let at = open; at >= 0 && at < text.length; ++at) {
    const c = text[at];
    if (quote !== null) {
      if (c === "\\") ++at;
      else if (c === quote) quote = null;
    } else if (c === "'" || c === '"') quote = c;
    else if ("([{".includes(c)) ++depth;
    else if (")]}".includes(c) && --depth === 0) return text.slice(open + 1, at);
  }
  return "";
}

const kinds_by_name = {
  int: "int", float: "float", str: "str", bool: "bool", complex: "any", list: "list", sequence: "list", iterable: "list",
  tuple: "tuple", set: "set", frozenset: "set", dict: "dict", mapping: "dict", number: "float", real: "float",
};

// The kinds that an annotation allows; "none" among them. Empty: it says nothing that the page knows.
function annotated(annotation) {
  const text = annotation.trim().replace(/^(['"])(.*)\1$/, "$2");
  const alternatives = split(text, "|");
  if (alternatives.length > 1) return alternatives.flatMap(annotated);
  const [, name, arguments_] = /^(?:\w+\.)*(\w+)\s*(?:\[(.*)\])?$/s.exec(text) ?? [];
  if (name === "None") return ["none"];
  if (name === "Optional") return [...annotated(arguments_ ?? ""), "none"];
  if (name === "Union") return split(arguments_ ?? "", ",").flatMap(annotated);
  if (name === "Annotated" || name === "Final") return annotated(split(arguments_ ?? "", ",")[0]);
  if (name === "Literal") return [{ choices: split(arguments_ ?? "", ",") }];
  return [kinds_by_name[name?.toLowerCase()] ?? "any"];
}

// Of a parameter that is not annotated: its default is a hint, no more.
function hinted(written) {
  const type = written === null ? null : literal_type(written);
  if (type === null || type === "none") return ["any", "str"];
  const kind = type === "int" || type === "float" ? "float" : type;
  return kind === "str" ? ["str", "any"] : [kind, "any", "str"];
}

// {name, annotation, default: as Python or null, required, kinds, choices} for each of the API's `parameters`. Kinds, the
// likeliest first: int, float, str, bool, list, tuple, set, dict, any, choice, none.
export function parameters_of(rule) {
  const written = new Map();
  for (const part of split(inside(rule.signature ?? ""), ",")) {
    const [, name, rest] = /^([^\s:=*/]+)\s*(.*)$/su.exec(part) ?? [];
    if (name === undefined) continue;
    const [head, ...defaults] = split(rest, "=");
    written.set(name, { annotation: head.replace(/^:\s*/, ""), default: defaults.length ? defaults.join("=") : null });
  }
  return (rule.parameters ?? []).map((parameter) => {
    const { annotation = "", default: given = null } = written.get(parameter.name) ?? {};
    const found = annotation === "" ? hinted(given) : annotated(annotation);
    const choices = found.filter((kind) => typeof kind === "object").flatMap((kind) => kind.choices);
    const kinds = [...new Set(found.map((kind) => (typeof kind === "object" ? "choice" : kind)))];
    if (given === "None" && !kinds.includes("none") && !kinds.includes("any")) kinds.push("none");
    if (kinds.length === 1 && kinds[0] === "none") kinds.unshift("any");
    if (annotation !== "" && kinds[0] === "any" && !kinds.includes("str")) kinds.push("str");
    return { name: parameter.name, annotation, default: given, required: parameter.required, kinds, choices };
  });
}
