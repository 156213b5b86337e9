// The table of sentences. Both columns take the same values in {}.
#include "assessment/messages.h"

namespace pbb {
namespace {

// A sentence is not broken but where its reader would pause.
// clang-format off
constexpr Message all_messages[] = {
    // Numbers and words
    {"not_measured", "not measured", "未計測"},
    {"accuracy_with_n", "{}, {} answers about {} rules", "{}（{}問、規則{}件）"},
    {"less_than", "under {}", "{}未満"},
    {"seconds", "{} s", "{}秒"},
    {"minutes", "{} min", "{}分"},
    {"hours", "{} h", "{}時間"},
    {"microseconds", "{} µs", "{}マイクロ秒"},
    {"rule", "Rule", "規則"},
    {"kind_few", "at most two conditions", "条件が2つまで"},
    {"kind_many", "three conditions or more", "条件が3つ以上"},
    {"kind_everyday",
     "everyday code (calls, decimals, tables, exceptions …)",
     "一般的なコード（関数呼び出し・小数・表・例外など）"},
    {"kind_everyday_short", "everyday code", "一般的なコード"},
    {"rest_outside_world",
     "hangs on the clock, chance, files or what it changes",
     "時刻・乱数・ファイル・内部状態に左右される"},
    {"rest_not_plain",
     "takes or returns what is no plain value (dates, objects)",
     "日付やオブジェクトなど、単純な値でないものを受け渡しする"},
    {"rest_no_result", "takes no arguments or returns nothing", "引数がない、または値を返さない"},
    {"rest_contradiction",
     "its own tests, its name or a twin contradict it",
     "テストと食い違う、または名前・内容が重複している"},
    {"rest_not_cut", "uses what cannot be cut out of its module", "依存先をモジュールから切り出せない"},
    {"rest_other", "other reasons (see the table of files)", "その他（ファイル一覧の理由を参照）"},
    {"rest_no_function",
     "in no rule: imports, classes, helpers that no rule uses",
     "規則に含まれない行（import、クラス、規則が使わない補助関数）"},
    {"rest_learnable", "codified rules that can be learnt", "学習できる規則"},

    // The answer
    {"page_title", "Is teaching a model these rules worth it? {}", "この規則をモデルに教える価値はあるか: {}"},
    {"kicker", "Assessment · measured figures only", "投資判断の資料（数値はすべて実測）"},
    {"answer_yes",
     "Yes. The model can learn all {} rules, and rules like these were answered {} right after it had "
     "read nothing but their source.",
     "価値はあります。{}件の規則をすべて学習でき、"
     "同種の規則ではソースコードを読ませるだけで正答率{}でした。"},
    {"answer_partly",
     "Yes, for {} of the {} rules that can be learnt: rules like these were answered {} right after the "
     "model had read nothing but their source. For the others, let the program answer.",
     "一部は価値があります。学習できる規則{1}件のうち{0}件は、"
     "同種の規則でソースコードを読ませるだけで正答率{2}でした。残りはプログラムに答えさせてください。"},
    {"answer_no",
     "Not by the model alone. It can learn {} rules, but rules like these were answered only {} right{}. "
     "Let the program answer, or serve the model under the guard, which checks every answer.",
     "モデル単独ではまだ勧められません。{}件は学習できますが、同種の規則の正答率は{}にとどまりました{}。"
     "プログラムに答えさせるか、全回答を照合するガード付きで運用してください。"},
    {"answer_given", ", even with the source in front of it", "（ソースコードを手元に示した場合でも）"},
    {"answer_unknown",
     "Not measured. {} rules can be learnt, but nobody has measured rules like these: learn them, and "
     "assess them again with --measured.",
     "未計測です。{}件は学習できますが、同種の規則の計測値がありません。学習させたうえで、"
     "--measured を付けて再評価してください。"},
    {"cheaper_reach",
     "Where both were measured (rules of conditions and whole numbers), {} examples a rule reach {}, "
     "about what the source alone gives ({}).",
     "両方を計測した規則（条件と整数計算のみ）では、規則1件につき例{}個で{}となり、"
     "ソースコードだけの場合（{}）と同程度でした。"},
    {"cheaper_yes",
     "Where both were measured (rules of conditions and whole numbers), the source beats examples: {} "
     "examples a rule reached {}, the source alone {}.",
     "両方を計測した規則（条件と整数計算のみ）では、例を集めるより有利です。規則1件につき例{}個で{}、"
     "ソースコードだけで{}でした。"},
    {"cheaper_unknown", "Source against examples: not measured.", "ソースコードと例との比較: 未計測。"},
    {"cost_both",
     "For your rules, {} examples each would cost {}; reading the source takes {} of machine time, which "
     "costs {}.",
     "貴社の規則では、例を各{}個集める費用が{}、ソースコードを読ませる計算時間は{}で費用は{}です。"},
    {"cost_time",
     "Reading the source of your rules takes {} of machine time (in proportion to its tokens, measured on "
     "{}).",
     "貴社の規則のソースコードを読ませる計算時間は{}です（トークン数に比例させた実測値、{}）。"},
    {"program_short",
     "The program itself is always right and takes {} a call: where it can be called, call it.",
     "プログラム自体は常に正しく、1回{}です。呼び出せる場面では、呼び出すのが最善です。"},

    // Questions of the summary
    {"q_share", "What can be taught?", "何を教えられるか"},
    {"a_share", "{} of {} functions; {} of {} lines of code ({}).", "関数{1}件中{0}件、コード{3}行中{2}行（{4}）。"},
    {"q_right", "Will it be right?", "正しく答えるか"},
    {"a_right",
     "{} of {} rules are of a kind that was answered reliably (the low end of its 95 % interval is {} or more).",
     "{1}件中{0}件は、安定して正答できると実測された種類です（95%信頼区間の下限が{2}以上）。"},
    {"q_examples", "Cheaper than examples?", "例を集めるより安いか"},
    {"q_program", "Why not call the program?", "プログラムを呼び出すのではだめか"},
    {"a_program",
     "Do, where it can be called: it is exact and takes {} a call, measured here. Teach a model where it "
     "has to apply rules within its own work, tell its steps, or run without the program. Under the guard "
     "the program still checks each answer.",
     "呼び出せるなら、それが最善です。必ず正しく、1回{}です（この機械で実測）。教える意味があるのは、"
     "モデル自身の作業の中で規則を当てはめる、途中の手順を示す、プログラムなしで動かす、といった場合です。"
     "ガードを付ければ、回答ごとにプログラムが照合します。"},

    // Examples against source
    {"h_exchange", "One source is worth how many examples?", "ソースコード1本は例いくつ分か"},
    {"exchange_caption",
     "Share of right answers on new inputs with 95 % intervals over rules. Examples: questions with their "
     "answers, answered directly. Source: the model recites it and works it out step by step. Measured on "
     "generated business rules of conditions and whole numbers; for everyday code this comparison is not "
     "measured.",
     "新しい入力に対する正答率と、規則を単位とした95%信頼区間。「例」は質問と答えの組を学習し、"
     "直接答えた場合。「ソース」はモデルがソースコードを思い出し、一歩ずつ計算した場合。"
     "条件と整数計算からなる生成した業務規則で計測。一般的なコードではこの比較は未計測です。"},
    {"exchange_above",
     "{} examples a rule do not reach the source alone: it is worth more than {} examples.",
     "例を各{}個与えても、ソースコードだけの場合に届きません。ソースコード1本は例{}個分を超えます。"},
    {"exchange_reach",
     "{} examples a rule reach the interval of the source alone.",
     "例が各{}個あれば、ソースコードだけの場合の区間に届きます。"},
    {"plot_source", "source alone", "ソースのみ"},
    {"plot_examples", "examples a rule", "規則1件あたりの例の数"},
    {"c_taught", "Taught by", "教え方"},
    {"c_right", "Right", "正答率"},
    {"c_n", "Answers, rules", "問数・規則数"},
    {"c_cost", "Cost for your {} rules", "貴社の規則{}件での費用"},
    {"c_time", "Machine time, measured", "計算時間（実測）"},
    {"c_run", "Run", "出典"},
    {"t_nothing", "nothing", "何も教えない"},
    {"t_examples",
     "examples, {} a rule",
     "例 各{}個"},
    {"t_source", "source alone", "ソースコードのみ"},
    {"t_source_assisted", "source alone, operations computed by the machine", "ソースコードのみ（計算は機械が実行）"},
    {"t_source_edges", "source alone, on edge inputs", "ソースコードのみ（境界値の入力）"},
    {"time_for", "{} for {} rules", "{}（規則{}件）"},
    {"no_cost_example", "not given: --cost-per-example", "未指定: --cost-per-example"},
    {"no_cost_hour", "not given: --cost-per-hour", "未指定: --cost-per-hour"},
    {"cost_of_examples", "{} for the examples", "例の費用 {}"},
    {"cost_of_time", "{} of machine time", "計算時間の費用 {}"},

    // Share of the code
    {"h_share", "What share of the code is rules?", "コードのうち規則はどれだけか"},
    {"c_what", "What", "内訳"},
    {"c_functions", "Functions", "関数"},
    {"c_lines", "Lines", "行"},
    {"c_line_share", "Of the lines", "行の割合"},
    {"share_caption",
     "Lines of code: no blank lines, comments or docstrings. Tests and hidden files are not counted.",
     "コード行数（空行・コメント・docstring を除く）。テストと隠しファイルは数えていません。"},

    // Rules
    {"h_kinds", "How clear are they, and what does that do to accuracy?", "規則の明快さと正答率"},
    {"kinds_caption",
     "Measured accuracy by kind of rule, beside how many of your rules are of it. Where only the answers "
     "with the source given were measured, they are a ceiling (≤): what is learnt can be no better.",
     "規則の種類別の正答率（実測）と、貴社の規則の件数。"
     "ソースコードを手元に示した場合しか計測がない種類は上限値（≤）で、"
     "学習後にこれを上回ることはありません。"},
    {"c_kind", "Kind", "種類"},
    {"c_yours", "Yours", "貴社"},
    {"c_plain", "Right, the model alone", "正答率（モデル単独）"},
    {"c_assisted", "Right, operations computed", "正答率（計算は機械）"},
    {"h_rules", "Your rules, one by one", "規則ごとの一覧"},
    {"c_file", "File", "ファイル"},
    {"c_conditions", "Conditions", "条件"},
    {"c_arithmetic", "Arithmetic", "算術"},
    {"c_calls", "Calls", "呼出"},
    {"c_tokens", "Tokens", "トークン"},
    {"c_call_time", "Program, a call", "プログラム1回"},
    {"of_the_rule", "this rule itself", "この規則自体の計測"},

    // Alternatives
    {"h_alternatives", "Beside the alternatives", "ほかの方法との比較"},
    {"c_way", "Way", "方法"},
    {"c_answer_cost", "An answer takes", "1回答あたり"},
    {"c_before", "Beforehand", "事前の準備"},
    {"w_program", "Call the program", "プログラムを呼び出す"},
    {"w_program_right", "always (it is the truth)", "常に正しい（これが正解）"},
    {"w_given", "Source in the prompt", "ソースコードをプロンプトに入れる"},
    {"w_source", "Teach by source", "ソースコードで教える"},
    {"w_examples",
     "Teach by examples, {} a rule",
     "例 各{}個で教える"},
    {"nothing", "nothing", "なし"},
    {"find_source", "the right source must be found for each question", "質問ごとに正しいソースコードを探す必要あり"},
    {"answer_tokens", "{} tokens", "{}トークン"},
    {"answer_time", "{} tokens, {}", "{}トークン、{}"},
    {"reading_takes", "{} of reading ({} tokens)", "読ませる時間 {}（{}トークン）"},
    {"collecting_takes", "{} examples collected and checked", "例{}個の収集と確認"},
    {"alternatives_caption",
     "Tokens: question and answer together, mean. Seconds an answer: up to 64 decoded side by side, on "
     "the machine of the run. Accuracy over all rules measured.",
     "トークンは質問と回答の合計の平均。1回答の秒数は最大64件を並行処理した場合で、出典の機械での値。"
     "正答率は計測した全規則のもの。"},

    // Reuse and break-even
    {"h_reuse", "Reuse and break-even", "再利用と損益分岐"},
    {"reuse_caption",
     "The base that runs rules is trained once and ships with pbb; each set of rules is read from it by "
     "itself, and changed rules are learnt on from the model that knew them. Time: machine of the run.",
     "規則を実行する土台（ベース）は一度だけ訓練し、pbb に付属します。規則群はそれぞれ土台から読ませ、"
     "変更された規則は既存のモデルから学び直します。時間は出典の機械での値。"},
    {"c_rules", "Rules", "規則"},
    {"c_tokens_rule", "Tokens a rule", "規則1件のトークン"},
    {"c_seconds_rule", "Time a rule", "規則1件の時間"},
    {"c_all_tokens", "Tokens", "トークン計"},
    {"r_base", "the base, once (shipped)", "土台（付属、初回のみ）"},
    {"r_again", "{} of {} rules changed", "規則{1}件中{0}件の変更"},
    {"r_yours", "your rules, by their tokens", "貴社の規則（トークン数に比例）"},
    {"reuse_none", "Learning on with changed rules: {}", "規則変更後の学び直し: {}"},
    {"break_even_cost",
     "Reading all of these rules costs as much as <b>{}</b>. Neither side has a fixed "
     "cost, so this holds from the first rule on.",
     "この規則群をすべて読ませる費用は、<b>{}</b>に相当します。どちらにも固定費がないため、"
     "1件目の規則から成り立ちます。"},
    {"under_one_example", "less than one example", "例1個分未満"},
    {"so_many_examples", "{} examples", "例{}個分"},
    {"break_even_seconds",
     "At {} examples a rule, examples are cheaper only if one costs less than <b>{}</b> of machine time "
     "to collect and check.",
     "各{}個の例のほうが安くなるのは、例1個の収集と確認が計算時間<b>{}</b>分の費用を下回る場合だけです。"},
    {"break_even_none", "Break-even: not measured.", "損益分岐: 未計測。"},

    // What is missing, where it is from
    {"h_missing", "Not measured", "計測していないもの"},
    {"missing_rules", "Your own rules after learning. Measure them: {}", "貴社の規則を実際に学習させた結果。計測方法: {}"},
    {"missing_everyday",
     "Everyday code taught by examples, and read by source, at this size of model.",
     "一般的なコードを例で教えた場合と、ソースコードから学習した場合（この規模のモデル）。"},
    {"missing_second",
     "A second set of other rules from the same base. Measure it: <code>pbb run runs/rules.toml seed=2 "
     "--out second</code>, then <code>--measured second</code>",
     "同じ土台から別の規則群を読ませた場合。"
     "計測方法: <code>pbb run runs/rules.toml seed=2 --out second</code> の後に <code>--measured second</code>"},
    {"missing_people",
     "What it costs people to write rules down as code, and to keep them up.",
     "規則をコードとして書き、保守する人件費。"},
    {"missing_models", "Larger models.", "より大きなモデル。"},
    {"h_runs", "Where each figure comes from", "各数値の出典"},
    {"c_command", "Command", "コマンド"},
    {"c_machine", "Machine", "機械"},
    {"c_commit", "Commit", "コミット"},
    {"c_date", "Date", "日付"},
    {"yours", "yours", "貴社"},
    {"counted_here",
     "Counts and microseconds a call: this machine ({}), {}, pbb {}.",
     "件数とプログラム1回の時間: この機械（{}）、{}、pbb {}。"},
    {"h_files", "What became of each file", "ファイルごとの判定"},
    {"c_verdict", "Verdict", "判定"},
    {"c_reason", "Reason", "理由"},
    {"accepted", "can be learnt", "学習可"},
    {"refused", "refused", "不可"},
    {"left_out", "left out", "対象外"},
    {"terminal_page", "page: {}", "ページ: {}"},
};
// clang-format on

}  // namespace

std::span<const Message> messages() {
  return all_messages;
}

}  // namespace pbb
