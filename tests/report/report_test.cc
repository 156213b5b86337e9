// The page as a whole: what it says, what it leaves out, what it refuses.
#include "report/report.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/json_lines.h"
#include "evaluation/summary.h"
#include "report/fake_run.h"
#include "report/html.h"

namespace pbb {
namespace {

class ReportTest : public testing::Test {
 protected:
  ReportTest() {
    // In memory where it can be: files written whole or not at all are synced, and a corpus has hundreds.
    const std::filesystem::path memory = "/dev/shm";
    const bool in_memory = access(memory.c_str(), W_OK) == 0;
    std::string name =
        ((in_memory ? memory : std::filesystem::temp_directory_path()) / "pbb-report-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~ReportTest() override { std::filesystem::remove_all(folder_); }

  std::string page() {
    write_report(folder_);
    return read_file(folder_ / "report.html");
  }
  // The page's DOM after its script has run; "" when there is no Chromium here.
  std::string dom() {
    if (std::system("command -v chromium > /dev/null") != 0) return "";
    const std::string command = fmt::format(
        "HOME='{0}' chromium --headless --no-sandbox --disable-gpu --dump-dom 'file://{0}/report.html' 2> "
        "'{0}/log'",
        folder_.string());
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    std::string text;
    char buffer[4096];
    for (std::size_t got; (got = fread(buffer, 1, sizeof buffer, pipe.get())) > 0;) text.append(buffer, got);
    return text;
  }

  std::filesystem::path folder_;
};

int occurrences(const std::string& text, std::string_view part) {
  int found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++found;
  return found;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_F(ReportTest, ShowsTheKeyFigureEveryArmAndEveryProgram) {
  write_fake_run(folder_);
  const std::string html = page();
  EXPECT_TRUE(
      has(html, "After reading only the source of 4 programs, the model runs them on new inputs with <b>"));
  EXPECT_TRUE(has(html, "before it read them and"));
  EXPECT_EQ(occurrences(html, "<details class=\"p\">"), 10);
  EXPECT_EQ(occurrences(html, "<svg role=\"img\""), 6);  // three plots in two widths
  for (const char* part : {"untrained", "in-context", "before-source", "trained", "pbb run runs/demo.toml",
                           "3e4e4590c0ffee", "source shown 40 times, run 0 times", "How to read this"}) {
    EXPECT_TRUE(has(html, part)) << part;
  }
  EXPECT_TRUE(std::filesystem::exists(folder_ / "summary.json"));
}

TEST_F(ReportTest, OfAStageThatIsRewardedItShowsTheCurveTheFiguresAndTheAlarms) {
  write_fake_run(folder_);
  EXPECT_FALSE(has(page(), "<h2>Reward</h2>"));
  const std::filesystem::path file = folder_ / "stages" / "2" / "metrics.jsonl";
  std::string lines;
  read_json_lines(file, [&](nlohmann::json line, int number) {
    const double right = 0.01 * number;
    line.update(
        {{"reward", right}, {"right", right}, {"unparsed", 0.1}, {"dead_groups", 0.5}, {"entropy", 0.3}});
    if (number > 50) line["alarms"] = {"dead_groups<b>"};
    lines += line.dump() + '\n';
  });
  write_file(file, lines);
  const std::string html = page();
  EXPECT_TRUE(has(html, "<h2>Reward</h2>"));
  EXPECT_EQ(occurrences(html, "<svg role=\"img\""), 8) << "one plot more, in two widths";
  EXPECT_TRUE(has(html, "mean reward</th><td>0.035</td><td>0.575</td>"));
  EXPECT_TRUE(has(html, "Alarms held: dead_groups&lt;b&gt; at 10 of 60 steps, first at 51."));
  EXPECT_FALSE(has(html, "tokens clipped")) << "what a stage does not tell has no row";
}

TEST_F(ReportTest, TheFiguresOfItsTableAreThoseOfTheSummary) {
  write_fake_run(folder_);
  const std::string html = page();
  const Summary summary = read_summary(folder_ / "summary.json");
  ASSERT_FALSE(summary.rows.empty());
  for (const GroupSummary& row : summary.rows) {
    const auto cell = [](const Share& share) {
      return fmt::format("<td>{} <small>{}</small></td>", percent(share.value()),
                         percent_range(share.interval));
    };
    EXPECT_TRUE(has(html, fmt::format("<th scope=\"row\">{}</th>{}<td><small>{}</small></td>{}", row.arm,
                                      cell(row.accuracy), percent_range(row.wilson), cell(row.lenient))))
        << row.arm << " " << row.correct << " of " << row.accuracy.of;
    EXPECT_TRUE(has(html, fmt::format("<td>{}</td><td>{}</td><td>{}</td><td>{}</td>", count(row.correct),
                                      count(row.wrong), count(row.unparsed), count(row.errors))))
        << row.arm;
  }
}

TEST_F(ReportTest, AnswersReadLenientlyStandBesideTheStrictOnesAndTestsAreCalledExploratory) {
  write_fake_run(folder_);
  const std::string html = page();
  for (const char* part : {"<th>read<br>leniently</th>", "no part of the accuracy", "(exploratory)</th>",
                           "(exploratory, not corrected for other comparisons)"}) {
    EXPECT_TRUE(has(html, part)) << part;
  }
  const Summary summary = read_summary(folder_ / "summary.json");
  ASSERT_FALSE(summary.rows.empty());
  for (const GroupSummary& row : summary.rows) {
    EXPECT_EQ(row.accuracy.count, row.correct);
    EXPECT_GE(row.lenient.count, row.correct);
    EXPECT_EQ(row.lenient.of, row.accuracy.of);
  }
}

TEST_F(ReportTest, OnlyTheWaysOfAskingThatARunHasAreExplained) {
  write_fake_run(folder_);
  const std::string html = page();
  EXPECT_TRUE(has(html, "Direct: the value alone"));
  EXPECT_TRUE(has(html, "With-IO programs were trained on"));
  EXPECT_FALSE(has(html, "Assisted: "));
}

TEST_F(ReportTest, IsSelfContained) {
  write_fake_run(folder_);
  const std::string html = page();
  for (const char* part : {"http://", "https://", "<link", "src=", "@import", "url("}) {
    EXPECT_FALSE(has(html, part)) << part;
  }
}

TEST_F(ReportTest, HostileTextStaysText) {
  write_fake_run(folder_, {.hostile = true});
  const std::string html = page();
  EXPECT_EQ(occurrences(html, "<script"), 1);  // ours
  EXPECT_FALSE(has(html, "<img"));
  EXPECT_FALSE(has(html, "\u202e"));  // right-to-left override
  EXPECT_TRUE(has(html, "&lt;script&gt;window.broken=1"));
}

TEST_F(ReportTest, SaysWhatIsNotThere) {
  const std::string html = page();  // an empty folder
  for (const char* part :
       {"No trained model has been asked", "No arm has been evaluated", "No training metrics",
        "No program has been asked", "no run.json", "no recipe.toml"}) {
    EXPECT_TRUE(has(html, part)) << part;
  }
  EXPECT_FALSE(has(html, "<svg"));
}

TEST_F(ReportTest, PartsThatAreAbsentDoNotStopTheOthers) {
  write_fake_run(folder_);
  std::filesystem::remove_all(folder_ / "corpus");
  std::filesystem::remove_all(folder_ / "stages" / "2");
  std::filesystem::remove(folder_ / "eval" / "before-source.jsonl");
  const std::string html = page();
  EXPECT_TRUE(has(html, "correct <span class=\"soft\">"));
  EXPECT_FALSE(has(html, "before it read them"));
  EXPECT_TRUE(has(html, "Its source is not in the run’s folder"));
}

TEST_F(ReportTest, UnreadablePartsAreNamedWithTheirLine) {
  write_fake_run(folder_);
  struct Fault {
    const char *file, *contents, *named;
  };
  for (const Fault& fault :
       {Fault{"eval/trained.jsonl", "\n{\"program\": 3}\n", "trained.jsonl:2"},
        Fault{"stages/1/metrics.jsonl", "{\"step\": 0}\n", "metrics.jsonl:1"},
        Fault{"stages/2/metrics.jsonl", "{\"step\": 0, \"loss\": null, \"learn", "metrics.jsonl:1"},
        Fault{"run.json", "{\"stages\": {}}", "run.json"},
        Fault{"run.json", "{\"seed\": \"one\"}", "run.json: \"seed\" is \"one\""},
        Fault{"run.json", "[]", "run.json"}, Fault{"run.json", "{\n\"seed\" 1}", "run.json"},
        Fault{"corpus/corpus.json", "{}", "corpus.json"}}) {
    const std::string before = read_file(folder_ / fault.file);
    write_file(folder_ / fault.file, fault.contents);
    try {
      write_report(folder_);
      ADD_FAILURE() << fault.file << " was taken: " << fault.contents;
    } catch (const InputError& error) {
      EXPECT_TRUE(has(error.what(), fault.named)) << error.what();
    }
    write_file(folder_ / fault.file, before);
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "report.html"));
  EXPECT_THROW(write_report(folder_ / "nowhere"), InputError);
}

// A line that is gone whole leaves a file that can be read from its beginning to its end.
TEST_F(ReportTest, LinesThatAreMissingOrTwiceThereAreFound) {
  write_fake_run(folder_);
  std::string record = read_file(folder_ / "run.json");
  const std::string counts = "\"counts\": {";
  record.insert(record.find(counts) + counts.size(), "\"questions_per_arm\": 40,");
  write_file(folder_ / "run.json", record);
  page();
  std::filesystem::remove(folder_ / "report.html");
  const auto without = [](const std::string& text, int line) {
    std::size_t begin = 0;
    for (int i = 1; i < line; ++i) begin = text.find('\n', begin) + 1;
    std::string rest = text;
    return rest.erase(begin, text.find('\n', begin) + 1 - begin);
  };
  const auto expect_found = [&](const std::string& file, const std::string& damaged,
                                const std::string& named) {
    const std::string whole = read_file(folder_ / file);
    write_file(folder_ / file, damaged);
    try {
      write_report(folder_);
      ADD_FAILURE() << file << " was taken: " << named;
    } catch (const InputError& error) {
      EXPECT_TRUE(has(error.what(), named)) << error.what();
      EXPECT_TRUE(has(error.hint(), "rm " + (folder_ / file).string())) << error.hint();
    }
    write_file(folder_ / file, whole);
  };
  const std::string answers = read_file(folder_ / "eval/trained.jsonl");
  expect_found("eval/trained.jsonl", without(answers, 40), "trained.jsonl:39: the last answer");
  expect_found("eval/trained.jsonl", without(answers, 7), "trained.jsonl:39: the last answer");
  expect_found("eval/trained.jsonl", "", "trained.jsonl:0: the last answer");
  expect_found("eval/trained.jsonl", answers + answers, "trained.jsonl:80: the last answer");
  const std::string steps = read_file(folder_ / "stages/1/metrics.jsonl");
  expect_found("stages/1/metrics.jsonl", without(steps, 60), "metrics.jsonl:59: the last step");
  expect_found("stages/1/metrics.jsonl", without(steps, 7), "metrics.jsonl:7: step 8, expected 7");
  expect_found("stages/1/metrics.jsonl", without(steps, 1), "metrics.jsonl:1: step 2, expected 1");
  expect_found("stages/1/metrics.jsonl", steps + steps, "metrics.jsonl:61: step 1, expected 61");
}

TEST_F(ReportTest, APlotSaysWhereArmsWereAskedAboutFewerInputs) {
  write_fake_run(folder_);
  EXPECT_TRUE(has(page(), " × 2 inputs"));
  EXPECT_FALSE(has(page(), "1 to 2 inputs"));
  std::filesystem::remove_all(folder_);
  write_fake_run(folder_, {.untrained_inputs = 1});
  EXPECT_TRUE(has(page(), " × 1 to 2 inputs"));
}

TEST_F(ReportTest, AnExecutionOfASourceOnlyProgramInTrainingIsShouted) {
  write_fake_run(folder_);
  EXPECT_TRUE(has(page(), "No input and output of these programs was trained on."));
  std::string record = read_file(folder_ / "run.json");
  const std::size_t zero = record.find("\"executions\": 0");
  record.replace(zero, 15, "\"executions\": 2");
  write_file(folder_ / "run.json", record);
  EXPECT_TRUE(has(page(), "were trained on 2 times: they are not source-only"));
  std::filesystem::remove(folder_ / "run.json");
  EXPECT_TRUE(has(page(), "was not recorded"));
}

TEST_F(ReportTest, AHundredProgramsFitInASmallFile) {
  write_fake_run(folder_, {.with_io = 60, .source_only = 40, .inputs = 4, .steps = 600});
  EXPECT_LT(page().size(), 1'500'000u);
}

TEST_F(ReportTest, AMissingGnuplotIsAnErrorWithAHint) {
  write_fake_run(folder_);
  const std::string path = getenv("PATH");
  setenv("PATH", folder_.c_str(), 1);
  try {
    write_report(folder_);
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_TRUE(has(error.what(), "gnuplot")) << error.what();
    EXPECT_TRUE(has(error.hint(), "gnuplot-nox"));
  }
  setenv("PATH", path.c_str(), 1);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "report.html"));
}

TEST_F(ReportTest, OpensInABrowserAndItsScriptRuns) {
  write_fake_run(folder_, {.hostile = true});
  page();
  const std::string tree = dom();
  if (tree.empty()) GTEST_SKIP() << "chromium is not installed: the page was not opened";
  EXPECT_EQ(occurrences(tree, "<details class=\"p\">"), 10);
  EXPECT_TRUE(has(tree, "<p id=\"filter\">"))  // no longer hidden: the script ran to its end
      << "when page_script has changed, page_script_hash must follow; Chromium says:\n"
      << read_file(folder_ / "log");
  EXPECT_FALSE(has(tree, "<img"));
}

}  // namespace
}  // namespace pbb
