// The server's API as the page asks it: the key, and every way in which an answer can fail to come.
const kept = "pbb-api-key";
let key = null;
try { key = sessionStorage.getItem(kept); } catch { /* then it is kept by this page alone */ }

export const has_key = () => key !== null;
export function set_key(given) {
  key = given;
  try {
    if (given === null) sessionStorage.removeItem(kept);
    else sessionStorage.setItem(kept, given);
  } catch { /* as above */ }
}

// Why there is no answer. `kind` is the end of a phrase's name ("failed_busy"); `message` is the server's own words.
export class Failure extends Error {
  constructor(kind, { status = 0, message = "", seconds = 0 } = {}) {
    super(message || kind);
    this.kind = kind;
    this.status = status;
    this.message = message;
    this.seconds = seconds;  // after which to try again
  }
}

const most_seconds = 600;  // the server's own limit comes first, unless the server hangs

function kind_of(status, code) {
  if (status === 401) return has_key() ? "key_wrong" : "key_needed";
  if (status === 503 && code === "log_unavailable") return "log";
  if (status === 404 && code !== "rule_not_found") return "not_here";
  const kinds = { 400: "arguments", 403: "forbidden", 404: "rule_gone", 408: "timeout", 413: "too_large",
                  422: "no_outcome", 429: "busy", 502: "proxy", 503: "busy", 504: "timeout" };
  return kinds[status] ?? (status >= 500 ? "server" : "other");
}

function seconds_in(header) {
  const seconds = Number(header);
  if (header !== null && Number.isFinite(seconds)) return Math.max(0, seconds);
  const date = Date.parse(header ?? "");
  return Number.isNaN(date) ? 0 : Math.max(0, Math.ceil((date - Date.now()) / 1000));
}

function parsed(text) {
  try { return JSON.parse(text); } catch { return undefined; }
}

// {value, raw}: what came, and its text (in which 108.0 is still a float). `json`: the text of a body, for POST.
export async function call(path, { json = null, signal = null, seconds = most_seconds } = {}) {
  const clock = new AbortController();
  const timer = setTimeout(() => clock.abort(), seconds * 1000);
  const stop = () => clock.abort();
  signal?.addEventListener("abort", stop);
  if (signal?.aborted) stop();
  const headers = {};
  if (key !== null) headers.Authorization = `Bearer ${key}`;
  if (json !== null) headers["Content-Type"] = "application/json";
  try {
    const response = await fetch(path, { method: json === null ? "GET" : "POST", headers, body: json,
                                         signal: clock.signal, cache: "no-store", redirect: "error" });
    const raw = await response.text();
    const value = parsed(raw);
    if (response.ok && value !== undefined) return { value, raw: raw.trim() };
    if (response.ok) throw new Failure("no_answer", { status: response.status });
    const error = value?.error ?? {};
    throw new Failure(kind_of(response.status, error.code), {
      status: response.status, message: typeof error.message === "string" ? error.message : "",
      seconds: seconds_in(response.headers.get("Retry-After")) });
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (signal?.aborted) throw new Failure("stopped");
    throw new Failure(clock.signal.aborted ? "timeout" : "gone");
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

export const server_facts = async () => (await call("v1/models")).value.data?.[0] ?? {};
export const list_rules = async () => (await call("v1/rules")).value.data ?? [];
export const get_rule = async (name) => (await call(`v1/rules/${encodeURIComponent(name)}`)).value;
export const ask_rule = (name, body, signal) =>
  call(`v1/rules/${encodeURIComponent(name)}/ask`, { json: body, signal });
