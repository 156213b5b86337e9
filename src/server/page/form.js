// A form for the arguments of one rule, made from its signature.
import { el, fill } from "./dom.js";
import { literal_type } from "./literal.js";
import { said, tell, tell_nothing } from "./words.js";
import { Mistake, chosen, value_of } from "./values.js";

const keyboards = { int: "numeric", float: "decimal" };

// One parameter. How it is given is its mode: a kind of value, "none", or "omit" (its default applies).
class Field {
  constructor(parameter, number) {
    this.parameter = parameter;
    this.id = `argument-${number}`;
    const kinds = parameter.kinds.filter((kind) => kind !== "none");
    this.kind = kinds[0];
    this.mode = parameter.required ? this.kind : "omit";
    this.modes = [...parameter.kinds, ...(parameter.required ? [] : ["omit"])];
    this.place = el("div", { class: "control" });
    this.note = el("p", { class: "note", id: `${this.id}-note` });
    this.mode_select = el("select", { id: `${this.id}-mode`, onchange: () => this.give(this.mode_select.value) },
      this.modes.map((mode) => tell(el("option", { value: mode }), `kind_${mode}`)));
    const mode_label = said("given_as", { name: parameter.name }, "label", { class: "hidden", for: `${this.id}-mode` });
    const hint = parameter.annotation === "" || parameter.annotation.length > 60 ? null
               : el("code", { class: "soft" }, parameter.annotation);
    this.element = el("div", { class: "field" },
      el("label", { for: this.id }, el("code", { class: "name" }, parameter.name), " ", hint, " ",
         parameter.required ? null : said("optional", {}, "span", { class: "soft" })),
      this.place, this.modes.length > 1 ? el("div", { class: "mode" }, mode_label, this.mode_select) : null, this.note);
    this.draw();
  }

  get is_given() { return this.mode !== "omit" && this.mode !== "none"; }

  // The control for the present kind, which keeps what is typed.
  draw() {
    const typed = this.control?.value ?? "";
    const attributes = { id: this.id, "aria-describedby": this.note.id, oninput: () => this.typed(),
                         onchange: () => { this.typed(); this.check(); } };
    const options = this.kind === "bool" ? ["True", "False"] : this.kind === "choice" ? this.parameter.choices : null;
    const shown = this.parameter.default;
    this.control = options === null
      ? el("input", { ...attributes, type: "text", spellcheck: "false", autocapitalize: "off", placeholder: shown,
                      inputmode: keyboards[this.kind] })
      : el("select", attributes, el("option", { value: "" }, shown === null ? "–" : `(${shown})`),
           options.map((option) => el("option", { value: option }, option)));
    this.control.value = typed;
    fill(this.place, this.control);
  }

  give(mode) {
    const kind = this.kind;
    this.mode = mode;
    if (this.is_given) this.kind = mode;
    else this.control.value = "";
    if (kind !== this.kind) this.draw();
    this.mode_select.value = mode;
    this.check();
  }

  typed() {
    const isEmpty = this.control.value === "";
    if (!isEmpty && !this.is_given) this.give(this.kind);
    else if (isEmpty && this.kind !== "str" && this.modes.includes("omit")) this.give("omit");
    else if (this.kind === "any" || this.element.classList.contains("wrong")) this.check();
  }

  // {json, python}, or nothing: it is left out. Throws a Mistake.
  value() {
    if (this.mode === "omit") return null;
    if (this.mode === "choice" && this.control.value !== "") return chosen(this.parameter, this.control.value);
    return value_of(this.mode, this.control.value);
  }

  // Says what will be given where that is not plain to see, or what is wrong; whether it is right.
  check(isFinal = false) {
    this.wrong(null);
    try {
      const value = this.value();
      const typed = this.control.value;
      const isPlain = this.mode === "str" ? /^[^\s\d'"][^'"]*$/u.test(typed) && typed.trim() === typed
                                          : this.mode !== "any" && value?.python === typed.trim();
      if (value !== null && this.mode !== "none" && !isPlain) tell(this.note, "will_be", { python: value.python, type: { word: `type_${literal_type(value.python)}` } });
      return true;
    } catch (mistake) {
      if (!(mistake instanceof Mistake)) throw mistake;
      if (isFinal || this.control.value !== "") this.wrong(mistake);
      return false;
    }
  }

  wrong(mistake) {
    this.element.classList.toggle("wrong", mistake !== null);
    if (mistake === null) {
      tell_nothing(this.note);
      this.control.removeAttribute("aria-invalid");
    } else {
      tell(this.note, mistake.word, mistake.values);
      this.control.setAttribute("aria-invalid", "true");
    }
  }
}

export class Form {
  constructor(parameters) {
    this.fields = parameters.map((parameter, number) => new Field(parameter, number));
    for (const field of this.fields) field.mode_select.value = field.mode;
  }

  get elements() { return this.fields.map((field) => field.element); }

  // [name, {json, python}] of what is given; nothing where something is wrong, which is then said and has the focus.
  values() {
    const wrong = this.fields.filter((field) => !field.check(true));
    if (wrong.length > 0) {
      wrong[0].control.focus();
      return null;
    }
    return this.fields.map((field) => [field.parameter.name, field.value()]).filter(([, value]) => value !== null);
  }
}
