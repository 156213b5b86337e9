"""What the page says when an answer does not come: failures, keys, a model without rules. Run by page_browser.py."""
import json
import os
import time

from page_asking import DECISION
from page_browser import Browser
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

KEY = "0123456789abcdef0123"


class Trouble(Browser):
    def test_each_kind_is_told_in_plain_words(self):
        self.open()
        error = lambda status, code="", **headers: [status, headers, json.dumps({"error": {"message": "in short", "code": code}})]
        cases = [(error(400), "with these arguments", "この引数では"), (error(401), "asks for a key", "API キーが必要"),
                 (error(413), "too long", "上限より長く"), (error(422), "comes to no result", "結果を出せません"),
                 (error(429, **{"Retry-After": "7"}), "Try again in 7 s", "7 秒後"),
                 (error(503, **{"Retry-After": "3"}), "Try again in 3 s", "3 秒後"), (error(503, "log_unavailable"), "to its log", "ログに書けない"),
                 (error(500), "status 500", "状態 500"), (error(504), "took too long", "時間がかかりすぎ"), (error(502), "does not reach it", "届きません"),
                 ([200, {}, "<html>"], "no answer of pbb’s", "pbb の回答ではない"), (None, "cannot be reached", "接続できません")]
        for answer, english, japanese in cases:
            self.answer_with(answer)
            self.ask(x="1")
            self.assertIn(english, self.text("#question-trouble"))
            Select(self.one("#language")).select_by_value("ja")
            self.assertIn(japanese, self.text("#question-trouble"))
            Select(self.one("#language")).select_by_value("en")
        self.assertEqual(self.text("#log-count"), f"({len(cases)})")

    def test_what_the_rule_has_no_outcome_for_is_told_in_the_servers_words_too(self):
        self.open("odd")
        self.ask(x="1")
        self.assertIn("comes to no result", self.text("#question-trouble"))
        self.assertIn("The server says: odd(1)", self.text("#question-trouble"))

    def test_a_busy_server_is_asked_again_and_one_that_is_gone_ends_the_batch(self):
        self.open()
        path = os.path.join(self.folder, "in.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("x\n" + "\n".join(map(str, range(12))))
        self.browser.execute_script("document.getElementById('batch').open = true")
        self.one("#batch-file").send_keys(path)
        self.wait(lambda: self.one("#batch-start").is_displayed())
        self.answer_with(*[[503, {"Retry-After": "1"}, "{}"]] * 2 + [[200, {}, json.dumps(DECISION)]] * 4 + [None] * 99)
        self.one("#batch-start").click()
        self.wait(lambda: "would concern every row" in self.text("#batch-status"))
        self.assertIn("cannot be reached", self.text("#batch-status"))
        self.answer_with()
        self.one("#batch-start").click()
        self.wait(lambda: self.text("#batch-status") == "Done: all 12 rows have an answer.")
        os.remove(path)

    def test_a_server_that_hangs_is_not_waited_for_without_end(self):
        self.open()
        kind = self.browser.execute_async_script("""
          const done = arguments[0];
          window.fetch = (path, { signal }) => new Promise((resolve, reject) =>
            signal.addEventListener("abort", () => reject(signal.reason)));
          import("/page/api.js").then(({ call }) => call("v1/rules", { seconds: 0.05 }))
            .then(() => done("answered"), (failure) => done(failure.kind));""")
        self.assertEqual(kind, "timeout")

    def test_a_question_can_be_stopped(self):
        self.open()
        self.browser.execute_script("""window.fetch = (path, { signal }) => new Promise((resolve, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason)));""")
        self.fill_in(x="1")
        self.one("#ask").click()
        self.wait(lambda: self.one("#stop-asking").is_displayed())
        self.assertEqual(self.text("#status"), "Asking the model …")
        time.sleep(0.2)
        self.one("#stop-asking").click()
        self.wait(lambda: self.text("#status") == "Stopped.")
        self.assertEqual(self.text("#question-trouble"), "")


class KeyAsked(Browser):
    def test_the_key_is_asked_for_and_kept_by_the_tab_alone(self):
        self.browser.get(self.address)
        self.wait(lambda: self.one("#key").is_displayed())
        self.assertFalse(self.one("#work").is_displayed())
        self.assertEqual(self.text("#trouble"), "")
        self.one("#key-field").send_keys("a wrong one", Keys.ENTER)
        self.wait(lambda: "does not take this key" in self.text("#trouble"))
        self.one("#key-field").send_keys(KEY, Keys.ENTER)
        self.wait(lambda: self.text("#rule-name") == "check")
        self.assertFalse(self.one("#key").is_displayed())
        self.ask(x="-1")
        self.assertEqual(self.text("#answer .value code"), "raises ValueError")
        self.browser.refresh()
        self.wait(lambda: self.text("#rule-name") == "check")
        self.assertNotIn(KEY, self.browser.execute_script("return JSON.stringify(localStorage) + document.cookie"))
        self.one("#forget-key").click()
        self.wait(lambda: self.one("#key").is_displayed())
        self.assertIsNone(self.browser.execute_script("return sessionStorage.getItem('pbb-api-key')"))


class NoRules(Browser):
    def test_it_says_what_the_server_is_for(self):
        self.browser.get(self.address)
        self.wait(lambda: self.one("#no-rules").is_displayed())
        self.assertIn("has learnt no rules", self.text("#no-rules"))
        self.assertIn(f"curl {self.address}/v1/chat/completions", self.text("#no-rules-example"))
        self.assertFalse(self.one("#work").is_displayed())
