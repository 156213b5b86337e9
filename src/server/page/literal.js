// Python literals, as far as the page has to know them: whether a text is one, and of which type.

const escapes = /^\\(?:[\\'"abfnrtv0-7]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/;
const number = /^[+-]?(?:(?:\d[\d_]*)?\.\d[\d_]*|\d[\d_]*\.?)(?:[eE][+-]?\d+)?/;
const deepest = 50;

class Reader {
  constructor(text) { this.rest = text; }

  skip() { this.rest = this.rest.trimStart(); }
  take(text) {
    this.skip();
    if (!this.rest.startsWith(text)) return false;
    this.rest = this.rest.slice(text.length);
    return true;
  }
  match(pattern) {
    const found = pattern.exec(this.rest);
    if (found) this.rest = this.rest.slice(found[0].length);
    return found?.[0];
  }

  // The type of the literal that begins here; nothing: there is none.
  value(depth = 0) {
    this.skip();
    if (depth > deepest) return null;
    const first = this.rest[0];
    if (first === "'" || first === '"') return this.text(first);
    if (first === "[") return this.items("[", "]", depth) ? "list" : null;
    if (first === "(") return this.tuple(depth);
    if (first === "{") return this.braces(depth);
    if (this.match(/^(?:True|False)\b/)) return "bool";
    if (this.match(/^None\b/)) return "none";
    if (this.match(/^[+-]?(?:inf|nan)\b/)) return "float";
    if (this.match(/^set\(\s*\)/)) return "set";
    const written = this.match(number);
    if (written === undefined || /^[\w.]/.test(this.rest)) return null;
    const isInt = /^[+-]?\d[\d_]*$/.test(written);
    if (/__|_$|_\.|_[eE]/.test(written) || (isInt && /^[+-]?0\d*[1-9]/.test(written.replaceAll("_", "")))) return null;
    return isInt ? "int" : "float";
  }

  text(quote) {
    this.rest = this.rest.slice(1);
    for (;;) {
      this.match(quote === "'" ? /^[^\\'\n]+/ : /^[^\\"\n]+/);
      if (this.rest[0] === quote) break;
      if (!this.match(escapes)) return null;
    }
    this.rest = this.rest.slice(1);
    return "str";
  }

  // How many items stand between these, with a comma after the last allowed; nothing: it cannot be read.
  items(open, close, depth) {
    if (!this.take(open)) return null;
    let count = 0, commas = 0;
    while (!this.take(close)) {
      if (count > commas || this.value(depth + 1) === null) return null;
      ++count;
      if (this.take(",")) ++commas;
    }
    return { count, commas };
  }

  tuple(depth) {
    const read = this.items("(", ")", depth);
    if (read === null) return null;
    return read.count === 1 && read.commas === 0 ? null : "tuple";  // (1) is no tuple, and better not guessed at
  }

  braces(depth) {
    this.take("{");
    if (this.take("}")) return "dict";
    let type = null;
    for (let needsComma = false; ; needsComma = true) {
      if (needsComma && !this.take(",")) return this.take("}") ? type : null;
      if (needsComma && this.take("}")) return type;
      if (this.value(depth + 1) === null) return null;
      const isPair = this.take(":");
      if (isPair && this.value(depth + 1) === null) return null;
      if (type !== null && type !== (isPair ? "dict" : "set")) return null;
      type = isPair ? "dict" : "set";
    }
  }
}

// "int", "float", "bool", "str", "none", "list", "tuple", "set", "dict"; null: the text is no literal.
export function literal_type(text) {
  const reader = new Reader(text);
  const type = reader.value();
  reader.skip();
  return reader.rest === "" ? type : null;
}

// A text as Python writes it.
export function python_text(text) {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const written = text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\t", "\\t");
  return quote + (quote === "'" ? written.replaceAll("'", "\\'") : written) + quote;
}
