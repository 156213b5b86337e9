// Tables as spreadsheets save them, read and written.

// What a spreadsheet would take for a formula. A number with its sign is none.
const formula = /^[\s\u00a0]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;
const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

// The text of a file: UTF-8, UTF-16 with its mark, else what older spreadsheets write where `language` is spoken.
export function decode(bytes, language) {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return { text: new TextDecoder("utf-16le").decode(bytes), encoding: "UTF-16" };
  if (first === 0xfe && second === 0xff) return { text: new TextDecoder("utf-16be").decode(bytes), encoding: "UTF-16" };
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), encoding: "UTF-8" };
  } catch {
    const encoding = language === "ja" ? "Shift_JIS" : "Windows-1252";
    return { text: new TextDecoder(encoding).decode(bytes), encoding };
  }
}

// Comma, semicolon or tab: whichever the first line has most of, outside of quotes.
function separator_of(text) {
  const head = (/^(?:[^"\n]|"[^"]*")*/.exec(text)?.[0] ?? "").replace(/"[^"]*"/g, "");
  return [",", ";", "\t"].map((one) => [head.split(one).length, one]).sort(([a], [b]) => b - a)[0][1];
}

// {rows, separator}: lines of cells, empty lines left out; each row has the number of its line as `line`. An Error whose
// message is the number of the line on which a quote opens that nothing closes.
export function read_table(text) {
  const separator = separator_of(text);
  const rows = [];
  let row = [], cell = "", line = 1, began = 1, opened = 0;
  const end_row = () => {
    row.push(cell);
    cell = "";
    if (row.length > 1 || row[0] !== "") rows.push(Object.assign(row, { line: began }));
    row = [];
  };
  for (let at = 0; at < text.length; ++at) {
    const c = text[at];
    if (c === "\n") ++line;
    if (opened > 0) {
      if (c !== '"') cell += c;
      else if (text[at + 1] === '"') cell += text[++at];
      else opened = 0;
    } else if (c === '"' && cell === "") opened = line;
    else if (c === separator) { row.push(cell); cell = ""; }
    else if (c === "\n" || (c === "\r" && text[at + 1] !== "\n")) { end_row(); began = line; }
    else if (c !== "\r") cell += c;
  }
  if (opened > 0) throw new Error(String(opened));
  end_row();
  return { rows, separator };
}

// With an apostrophe where a spreadsheet would otherwise run it.
export const harmless = (cell) => (formula.test(cell) && !number.test(cell) ? `'${cell}` : cell);

function written(cell, separator) {
  const text = harmless(String(cell));
  return /["\r\n]/.test(text) || text.includes(separator) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}

// In UTF-8 with its mark, which spreadsheets go by.
export const write_table = (rows, separator = ",") =>
  "\ufeff" + rows.map((row) => row.map((cell) => written(cell, separator)).join(separator) + "\r\n").join("");
