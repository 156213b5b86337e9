"""Tables and the log in the page, what both save, and the width of a phone. Run by page_browser.py."""
import csv
import json
import os
import zlib

from page_browser import Browser
from selenium.webdriver.support.ui import Select


class Tables(Browser):
    def batch(self, content):
        path = os.path.join(self.folder, f"{zlib.crc32(content)}.csv")
        with open(path, "wb") as file:
            file.write(content)
        self.browser.execute_script("document.getElementById('batch').open = true;"
                                    "document.getElementById('batch-trouble').replaceChildren()")
        self.one("#batch-file").send_keys(path)
        self.wait(lambda: self.text("#batch-read") or self.text("#batch-trouble"))
        os.remove(path)

    def test_a_table_is_asked_about_row_by_row(self):
        self.open("typed")
        self.batch("order;count;zone;days\n=1+1;3;'x';\n-5;many;home;\n注文;2;007;[1]\n7;1;x;;;\n".encode("cp932"))
        self.assertIn("Windows-1252", self.text("#batch-read"))
        self.assertIn("not sent: order", self.text("#batch-read"))
        self.one("#batch-start").click()
        self.wait(lambda: self.one("#batch-save").is_displayed())
        self.assertIn("2 of 4 rows have no answer", self.text("#batch-status"))
        self.assertEqual(len(self.all("#batch-rows tbody tr")), 4)
        self.one("#batch-save").click()
        text = self.saved(".csv")
        self.assertTrue(text.startswith("\ufeff"))
        rows = list(csv.reader(text[1:].splitlines(), delimiter=";"))
        self.assertEqual(rows[0], ["order", "count", "zone", "days", "pbb_answer", "pbb_answered_by", "pbb_checked",
                                   "pbb_reason", "pbb_decision_id", "pbb_error"])
        self.assertEqual(rows[1][:7], ["'=1+1", "3", "'x'", "", '[3, "\'x\'", None, False]', "program", "true"])
        self.assertEqual(rows[2][0], "-5")
        self.assertIn("count: “many” is not a whole number", rows[2][9])
        self.assertEqual(rows[3][4], "[2, '007', [1], False]")
        self.assertIn("more cells", rows[4][9])
        self.assertIn("(2)", self.text("#log-count"))  # what was asked, and no more

    def test_a_batch_is_left_only_where_that_is_meant(self):
        self.open("typed")
        self.browser.execute_script("""window.fetched = window.fetch; window.fetch = (path, options) =>
          String(path).endsWith("/ask") ? new Promise((resolve, reject) =>
            options.signal.addEventListener("abort", () => reject(options.signal.reason))) : window.fetched(path, options);
          window.confirm = () => window.meant;""")
        self.batch(b"count,zone\n1,a\n2,b\n")
        self.one("#batch-start").click()
        self.wait(lambda: self.one("#batch-stop").is_displayed())
        self.one("#rules a[href='#fee']").click()
        self.wait(lambda: self.browser.current_url.endswith("#typed"))
        self.assertEqual(self.text("#rule-name"), "typed")
        self.browser.execute_script("window.meant = true")
        self.one("#rules a[href='#fee']").click()
        self.wait(lambda: self.text("#rule-name") == "fee")
        self.assertFalse(self.one("#batch-run").is_displayed())

    def test_a_table_that_does_not_fit_is_refused(self):
        self.open("typed")
        for content, word in ((b"count\n1\n", "missing for: zone"), (b"count,zone\n", "no rows"),
                              (b'count,zone\n1,"a\n', "line 2 is never closed"), (b"count,zone,zone\n1,a,b\n", "more than one column")):
            self.batch(content)
            self.assertIn(word, self.text("#batch-trouble"))
            self.assertFalse(self.one("#batch-run").is_displayed())

    def test_a_phone_scrolls_one_way(self):
        size = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        try:
            for language in ("en", "ja"):
                self.open("typed")
                Select(self.one("#language")).select_by_value(language)
                self.has_no_sideways_scrolling()
                self.ask(count="12", zone="a" * 200, days="[1, 2]")
                self.batch(b"count,zone\n1," + b"b" * 300 + b"\nx,y\n")
                self.one("#batch-start").click()
                self.wait(lambda: self.one("#batch-save").is_displayed())
                self.browser.execute_script("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
                self.has_no_sideways_scrolling()
        finally:
            self.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
            self.browser.execute_script("localStorage.clear()")

    def test_the_log_is_looked_through_and_saved(self):
        self.open()
        self.ask(x="11")
        self.ask(x="3")
        self.browser.execute_script("document.getElementById('log').open = true")
        self.assertEqual([one.text for one in self.all("#log-list button")], ["fee(3) = 2", "fee(11) = 5"])
        self.all("#log-list button")[1].click()
        self.assertEqual(self.text("#answer h2"), "fee(11)")
        self.assertIn("From the log", self.text("#answer"))
        self.ask(x="2.50")
        self.one("#log-save").click()
        text = self.saved(".json")
        asked = json.loads(text)["asked"]
        self.assertEqual([one["response"]["answer"]["text"] for one in asked], ["5", "2", "2"])
        self.assertEqual(asked[2]["request"], {"arguments": {"x": {"$python": "2.50"}}})
