"""A rule asked in the page: the form, the answer, languages, the keyboard. Run by page_browser.py."""
import json

from page_browser import Browser
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

# What a model says that knows the rule: the tests' own knows nothing.
DECISION = {
    "decision_id": "1-2-3", "rule": {"name": "fee", "version": 1, "source_sha256": "ab"}, "call": "fee(11, 2)",
    "answer": {"value": 8, "text": "8"}, "answered_by": "program", "checked": True, "guard": "checked",
    "reason": "steps_differ", "explanation": "a step differs", "failure": None,
    "model_answer": {"value": 8, "text": "8<img src=x>"}, "program_answer": {"value": 7, "text": "7"},
    "recalled_source": {"verbatim": True, "lines_right": 4, "lines": 4},
    "steps": [{"text": "x = 11, extra = 2", "verdict": "right", "line": 1},
              {"text": "11 > 10 is True", "verdict": "right", "line": 2},
              {"text": "return 5 + 2 = 8", "verdict": "wrong", "line": 3}],
    "program_steps": [{"line": 1, "text": "x = 11, extra = 2"}, {"line": 2, "text": "11 > 10 is True"},
                      {"line": 3, "text": "return 5 + 2 = 7"}],
    "tokens": 40, "milliseconds": {"model": 1500, "program": 3}}


class Asking(Browser):
    def test_a_rule_is_chosen_asked_and_answered(self):
        self.browser.get(self.address)
        self.wait(lambda: self.text("#rule-name") == "check")
        self.one("#rules a[href='#fee']").click()
        self.wait(lambda: self.text("#rule-name") == "fee")
        self.assertEqual(self.text("#signature"), "fee(x, extra=0)")
        self.assertIn("Model m", self.text("#served"))
        self.assertEqual(self.text("#guard"), "Every answer is checked")
        self.ask(x="11", extra="2")
        self.assertEqual(self.text("#answer .value code"), "7")
        self.assertEqual(self.text("#answer h2"), "fee(11, 2)")
        self.assertEqual([badge.text for badge in self.all("#answer .badges span")], ["by the rule itself", "checked"])
        self.assertEqual([line.get_attribute("data-line") for line in self.all(".line.ran")], ["1", "2", "3"])
        self.assertIn("Answer: 7", self.text("#status"))
        self.assertIn("The rule was run and answered in the model’s place", self.text("#answer .why"))

    def test_steps_stand_beside_the_source_with_their_verdicts(self):
        self.open()
        self.answer_with([200, {}, json.dumps(DECISION)])
        self.ask(x="11", extra="2")
        steps = self.all("#answer .steps li")
        self.assertEqual([step.get_attribute("class") for step in steps], ["right", "right", "wrong"])
        self.assertIn("right · line 2", steps[1].text)
        self.assertIn("wrong: this line, but with other values · line 3", steps[2].text)
        self.assertIn("The rule: return 5 + 2 = 7", steps[2].text)
        self.assertIn("8<img src=x>", self.text(".compare"))  # a text, whatever it says
        self.assertEqual(self.all("#answer img"), [])
        self.assertIn("different", self.text(".compare"))

    def test_what_is_typed_is_typed(self):
        self.open("typed")
        self.ask(count="１２", zone="007", days="[1, 2.50]", express="True")
        self.assertEqual(self.text("#answer h2"), "typed(12, '007', [1, 2.5], True)")
        self.ask(count="-3", zone="", days="", express="")
        self.assertEqual(self.text("#answer h2"), "typed(-3, '')")
        modes = self.all(".mode select")
        Select(modes[0]).select_by_value("none")
        self.ask()
        self.assertEqual(self.text("#answer h2"), "typed(-3, '', None)")

    def test_what_cannot_be_typed_is_told_before_it_is_sent(self):
        self.open("typed")
        for values, word in (({"count": "2.5", "zone": "a"}, "a whole number is needed"),
                             ({"count": "1,200"}, "without commas"),
                             ({"count": "many"}, "not a whole number"),
                             ({"count": ""}, "A value is needed"),
                             ({"count": "1", "days": "1, 2"}, "Python cannot read this"),
                             ({"days": "(1, 2)"}, "a list is needed")):
            self.fill_in(**values)
            self.one("#ask").click()
            self.wait(lambda: "Nothing was asked" in self.text("#status"))
            self.assertIn(word, self.text(".field.wrong .note"))
            focused = self.browser.switch_to.active_element
            self.assertEqual(focused.get_attribute("aria-invalid"), "true")
        self.assertFalse(self.one("#log").is_displayed())

    def test_values_are_read_as_python_reads_them(self):
        self.open()
        cases = [["str", "12", '"12"'], ["str", " a ", '" a "'], ["int", "1_000", "1000"], ["int", "+7", "7"],
                 ["int", "9007199254740993", '{"$python":"9007199254740993"}'], ["float", "12", "12"],
                 ["float", "12.", '{"$python":"12.0"}'], ["float", "-.5", '{"$python":"-0.5"}'],
                 ["float", "1e3", '{"$python":"1e3"}'], ["float", "1,5", "wrong_comma"], ["bool", "TRUE", "true"],
                 ["bool", "1", "wrong_bool"], ["any", "TEN", '"TEN"'], ["any", "'007'", '{"$python":"\'007\'"}'],
                 ["any", "None", "null"], ["any", "108.0", '{"$python":"108.0"}'], ["any", "007", '"007"'],
                 ["any", "{1: (2,), 'a': None}", '{"$python":"{1: (2,), \'a\': None}"}'], ["any", "[1,", "wrong_literal"],
                 ["tuple", "(1)", "wrong_literal"], ["dict", "{}", '{"$python":"{}"}'], ["set", "{1, 2}", '{"$python":"{1, 2}"}'],
                 ["list", "open('x')", "wrong_literal"], ["list", "[1, [True]]", '{"$python":"[1, [True]]"}']]
        got = self.browser.execute_async_script("""
          const [cases, done] = arguments;
          import("/page/values.js").then(({ value_of }) => done(cases.map(([kind, typed]) => {
            try { return value_of(kind, typed).json; } catch (mistake) { return mistake.word; } })));""", cases)
        self.assertEqual(got, [expected for _, _, expected in cases])

    def test_signatures_are_read(self):
        self.open()
        cases = {"f(a: int | None = None)": [["int", "none"], "None"], 'f(a: "Optional[str]" = \'x, (y\')': [["str", "none"], "'x, (y'"],
                 "f(a: dict[str, int])": [["dict"], None], "f(a=2.0)": [["float", "any", "str"], "2.0"],
                 "f(a: Literal['x', 'y'])": [["choice"], None], "f(a, /)": [["any", "str"], None],
                 "f(*, a: float=1) -> float": [["float"], "1"], "f(a: Money)": [["any", "str"], None]}
        got = self.browser.execute_async_script("""
          const [texts, done] = arguments;
          import("/page/signature.js").then(({ parameters_of }) => done(texts.map((signature) => {
            const [one] = parameters_of({ signature, parameters: [{ name: "a" }] });
            return [one.kinds, one.default]; })));""", list(cases))
        self.assertEqual(got, list(cases.values()))

    def test_it_speaks_japanese_and_remembers_it(self):
        self.open()
        Select(self.one("#language")).select_by_value("ja")
        self.assertEqual(self.one("html").get_attribute("lang"), "ja")
        self.open()
        self.assertEqual(self.text("#ask"), "質問する")
        self.ask(x="3")
        self.assertIn("回答: 2", self.text("#status"))
        left = self.browser.execute_script("""return [...document.querySelectorAll("[data-word]")]
          .filter((one) => one.textContent === one.dataset.word).map((one) => one.dataset.word);""")
        self.assertEqual(left, [])
        Select(self.one("#language")).select_by_value("en")
        self.assertIn("Answer: 2", self.text("#status"))  # what was said already, too
        self.assertEqual(self.one(".control input").get_attribute("value"), "3")
        self.browser.execute_script("localStorage.clear()")
        self.browser.execute_cdp_cmd("Emulation.setUserAgentOverride", {"userAgent": "x", "acceptLanguage": "ja-JP,en"})
        self.open()
        self.assertEqual(self.text("#ask"), "質問する")
        self.browser.execute_cdp_cmd("Emulation.setUserAgentOverride", {"userAgent": "x", "acceptLanguage": "en"})

    def test_the_keyboard_is_enough(self):
        self.open("check")
        press = lambda *keys: self.browser.switch_to.active_element.send_keys(*keys)
        for _ in range(20):
            press(Keys.TAB)
            if self.browser.switch_to.active_element.text == "fee":
                break
        press(Keys.ENTER)
        self.wait(lambda: self.text("#rule-name") == "fee")
        self.wait(lambda: self.browser.switch_to.active_element.get_attribute("id") == "rule-name")
        press(Keys.TAB)
        press("11", Keys.ENTER)
        self.wait(lambda: "Answer: 5" in self.text("#status"))
        for _ in range(20):
            press(Keys.TAB)
            if self.browser.switch_to.active_element.text == "Details of this decision":
                break
        press(Keys.ENTER)
        self.assertIn("SHA-256 of the source", self.text("#answer details"))
        for control in self.all("input, select, textarea"):
            self.assertTrue(self.browser.execute_script("return arguments[0].labels.length > 0", control),
                            control.get_attribute("outerHTML"))
