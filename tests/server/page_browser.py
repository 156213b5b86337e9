"""Drives the page of pbb serve in headless Chromium, against a server that page_browser_test.cc has started.

page_browser.py ADDRESS MODULE.CLASS FOLDER runs the tests of one class; Chromium keeps its files in FOLDER. Exits with 77
where the browser, its driver or Selenium is not installed.
"""
import glob
import os
import shutil
import sys
import unittest

SYSTEM_PYTHON = "/usr/bin/python3"  # has Debian's packages, where another Python comes first
try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import Select, WebDriverWait
except ImportError:
    if sys.executable != SYSTEM_PYTHON and os.path.exists(SYSTEM_PYTHON):
        os.execv(SYSTEM_PYTHON, [SYSTEM_PYTHON, *sys.argv])
    print("python3-selenium is not installed")
    sys.exit(77)

PATIENCE = 60  # seconds that a slow machine may take for anything

# Answers to questions, one after the other, in the place of the server's: [status, headers, text], or null: none comes.
ANSWER_WITH = """
  const answers = arguments[0], fetched = window.fetched ?? window.fetch;
  window.fetched = fetched;
  window.fetch = (path, options) => {
    if (!String(path).endsWith("/ask") || answers.length === 0) return fetched(path, options);
    const next = answers.shift();
    if (next === null) return Promise.reject(new TypeError("Failed to fetch"));
    return Promise.resolve(new Response(next[2], { status: next[0], headers: next[1] }));
  };"""


class Browser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.address, cls.folder = os.environ["PBB_ADDRESS"], os.environ["PBB_FOLDER"]
        options = webdriver.ChromeOptions()
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                         "--window-size=1200,900", f"--user-data-dir={cls.folder}/profile"):
            options.add_argument(argument)
        options.add_experimental_option("prefs", {"download.default_directory": cls.folder,
                                                  "intl.accept_languages": "en-GB,en"})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        cls.browser = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
        cls.browser.set_script_timeout(PATIENCE)

    @classmethod
    def tearDownClass(cls):
        cls.browser.quit()

    def tearDown(self):
        """Nothing that the policy forbids was tried, and no script ended in an error."""
        for entry in self.browser.get_log("browser"):
            for word in ("Content Security Policy", "Uncaught", "TrustedHTML"):
                self.assertNotIn(word, entry["message"])

    def open(self, rule="fee"):
        self.browser.get("about:blank")
        self.browser.get(f"{self.address}/#{rule}")
        self.wait(lambda: self.text("#rule-name") == rule)

    def wait(self, condition):
        WebDriverWait(self.browser, PATIENCE, poll_frequency=0.05).until(lambda _: condition())

    def one(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.one(selector).text

    def fill_in(self, **values):
        for field in self.all(".field"):
            name = field.find_element(By.CSS_SELECTOR, ".name").text
            if name in values:
                control = field.find_element(By.CSS_SELECTOR, ".control > *")
                if control.tag_name == "select":
                    Select(control).select_by_value(values[name])
                else:
                    control.clear()
                    control.send_keys(values[name])

    def ask(self, **values):
        self.fill_in(**values)
        self.one("#ask").click()
        self.wait(lambda: self.text("#status") and not self.one("#stop-asking").is_displayed())

    def answer_with(self, *answers):
        self.browser.execute_script(ANSWER_WITH, list(answers))

    def saved(self, ending):
        """The text of the file that the page hands over next."""
        paths = lambda: [path for path in glob.glob(f"{self.folder}/*{ending}") if os.path.getsize(path) > 0]
        self.wait(paths)
        path = paths()[0]
        with open(path, encoding="utf-8", newline="") as file:
            text = file.read()
        os.remove(path)
        return text

    def has_no_sideways_scrolling(self):
        wide = self.browser.execute_script("""
          const most = document.documentElement.clientWidth;
          return [document.documentElement.scrollWidth - most,
            [...document.querySelectorAll("body *")].filter((one) => one.checkVisibility() && !one.closest(".scroll, pre,"
              + " .hidden, .skip") && one.getBoundingClientRect().right > most + 0.5).map((one) => one.outerHTML.slice(0, 80))];
        """)
        self.assertEqual(wide, [0, []])


def main():
    missing = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    if missing:
        print(*missing, "not installed")
        return 77
    address, tests, folder = sys.argv[1:]
    os.environ.update(PBB_ADDRESS=address, PBB_FOLDER=folder)
    os.makedirs(folder, exist_ok=True)
    result = unittest.TextTestRunner().run(unittest.defaultTestLoader.loadTestsFromName(tests))
    return 0 if result.wasSuccessful() and result.testsRun > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
