#include "programs/domains/everyday_words.h"

namespace pbb {
namespace {

constexpr EverydayNumber numbers[] = {
    {"units", 1, 60, 1},          {"pieces", 1, 40, 1},         {"nights", 1, 21, 1},
    {"guests", 1, 12, 1},         {"seats", 1, 80, 1},          {"pages", 1, 400, 1},
    {"minutes", 5, 240, 5},       {"days", 0, 60, 1},           {"weeks", 1, 30, 1},
    {"months", 0, 48, 1},         {"floor_area", 20, 300, 5},   {"total", 0, 20000, 100},
    {"balance", -500, 5000, 50},  {"salary", 1000, 9000, 100},  {"budget", 0, 50000, 500},
    {"deposit", 0, 3000, 50},     {"cost", 10, 2000, 10},       {"spend", 0, 3000, 20},
    {"points", 0, 1000, 10},      {"visits", 0, 50, 1},         {"distance", 0, 120, 1},
    {"mileage", 0, 90000, 1000},  {"stock", 0, 200, 1},         {"sold", 0, 150, 1},
    {"ordered", 0, 90, 1},        {"errors", 0, 12, 1},         {"returns", 0, 20, 1},
    {"children", 0, 5, 1},        {"staff", 1, 40, 1},          {"machines", 1, 15, 1},
    {"orders", 0, 120, 1},        {"views", 0, 5000, 100},      {"age", 0, 90, 1},
    {"seniority", 0, 30, 1},      {"credits", 0, 180, 5},       {"marks", 0, 100, 1},
    {"speed", 0, 180, 5},         {"level", 0, 10, 1},          {"boxes", 1, 30, 1},
    {"meters", 1, 200, 1},        {"kwh", 0, 800, 10},          {"calls", 0, 300, 5},
    {"weight", 0.5, 30, 0.5},     {"length", 0.5, 12, 0.5},     {"thickness", 0.1, 5, 0.1},
    {"temperature", -10, 40, .5}, {"hours", 0, 12, 0.5},        {"volume", 0.25, 20, 0.25},
    {"liters", 1, 60, 0.5},       {"price", 0.5, 80, 0.5},      {"distance_km", 0, 90, 0.5},
    {"pressure", 0.8, 3.5, 0.1},  {"moisture", 2, 20, 0.5},     {"rating", 1, 5, 0.1},
    {"sales", 0, 90000, 500},     {"loan", 1000, 200000, 1000}, {"yield_kg", 0, 12000, 50},
    {"width_cm", 5, 120, 2.5},    {"share", 0, 1, 0.05},        {"voltage", 3, 5, 0.1},
    {"load", 0, 1.5, 0.1},        {"usage_gb", 0, 50, 0.5},     {"fill", 0, 1, 0.1},
};

constexpr EverydayNumber numbers_japanese[] = {
    {"数量", 1, 60, 1},       {"単価", 10, 2000, 10},  {"年齢", 0, 90, 1},     {"日数", 0, 60, 1},
    {"点数", 0, 100, 1},      {"金額", 0, 20000, 100}, {"在庫", 0, 200, 1},    {"人数", 1, 12, 1},
    {"重量", 0.5, 30, 0.5},   {"距離", 0, 120, 1},     {"時間", 0, 12, 0.5},   {"回数", 0, 50, 1},
    {"残高", -500, 5000, 50}, {"温度", -10, 40, 0.5},  {"長さ", 0.5, 12, 0.5}, {"本体価格", 0, 5000, 10},
};
constexpr std::string_view flags_japanese[] = {"会員", "至急", "休日",   "学生",
                                               "初回", "冷凍", "離島便", "軽減"};
constexpr std::string_view variables_japanese[] = {"料金", "割引", "合計", "手数料",
                                                   "差額", "加算", "基本", "結果"};
constexpr std::string_view constants_japanese[] = {"基準", "上限",     "下限",  "割引率",
                                                   "送料", "基本料金", "加算額"};

const std::vector<EverydayCategory> categories = {
    {"season", {"spring", "summer", "autumn", "winter"}},
    {"room", {"single", "double", "suite", "dorm"}},
    {"plan", {"free", "starter", "team", "business"}},
    {"material", {"wood", "steel", "glass", "plastic"}},
    {"fuel", {"petrol", "diesel", "electric", "hybrid"}},
    {"color", {"red", "green", "blue", "black"}},
    {"day", {"mon", "wed", "sat", "sun"}},
    {"priority", {"low", "normal", "high", "urgent"}},
    {"channel", {"web", "phone", "shop", "partner"}},
    {"size", {"S", "M", "L", "XL"}},
    {"country", {"DE", "FR", "JP", "US"}},
    {"role", {"guest", "clerk", "manager", "owner"}},
    {"vehicle", {"bike", "car", "van", "truck"}},
    {"ticket", {"day", "week", "month", "year"}},
    {"cabin", {"economy", "comfort", "business"}},
    {"payment", {"cash", "card", "invoice"}},
    {"roast", {"light", "medium", "dark"}},
    {"state", {"new", "open", "paused", "closed"}},
    {"shift", {"early", "late", "night"}},
    {"crop", {"wheat", "corn", "rice", "beans"}},
    {"unit", {"cm", "m", "km"}},
    {"lane", {"north", "south", "harbour"}},
    {"membership", {"basic", "family", "club"}},
    {"topping", {"cheese", "ham", "onion", "olive"}},
    {"pet", {"cat", "dog", "bird"}},
    {"region", {"関東", "関西", "九州"}},
};

constexpr std::string_view flags[] = {
    "urgent",     "insured",    "weekend",     "student",    "resident",   "gift",        "frozen",
    "damaged",    "first_time", "online",      "returned",   "heated",     "paid",        "verified",
    "is_holiday", "is_night",   "has_license", "on_site",    "long_term",  "refurbished", "indoor",
    "veteran",    "subscribed", "cancelled",   "with_lunch", "self_pickup"};

const std::vector<EverydayLabels> labels = {
    {"low", "medium", "high", "extreme"},
    {"cold", "mild", "warm", "hot"},
    {"small", "regular", "large", "huge"},
    {"green", "yellow", "orange", "red"},
    {"ok", "watch", "alert", "stop"},
    {"bronze", "copper", "iron", "titan"},
    {"accept", "check", "refuse"},
    {"none", "partial", "full"},
    {"slow", "steady", "fast"},
    {"D", "C", "B", "A"},
    {"fail", "pass", "merit", "honours"},
    {"empty", "enough", "plenty"},
    {"reject", "rework", "ship"},
    {"idle", "busy", "overloaded"},
    {"short", "fair", "long"},
    {"child", "teen", "adult", "senior"},
    {"light", "normal", "heavy"},
    {"wait", "call", "send"},
    {"beginner", "skilled", "expert"},
    {"later", "soon", "now"},
    {"freezing", "chilly", "mild", "warm", "hot"},
    {"E", "D", "C", "B", "A"},
    {"XS", "S", "M", "L", "XL"},
    {"very low", "low", "usual", "high", "very high"},
    {"idle", "calm", "steady", "busy", "overrun"},
    {"reject", "rework", "second choice", "ship", "premium"},
};
const std::vector<EverydayLabels> labels_japanese = {
    {"低い", "普通", "高い"}, {"小", "中", "大"},
    {"可", "良", "優"},       {"無料", "半額", "全額"},
    {"安全", "注意", "危険"}, {"不良", "要検査", "良品"},
    {"却下", "保留", "承認"}, {"最低", "低", "中", "高", "最高"}};

constexpr std::string_view subjects[] = {
    "locker",   "hotel",   "room",    "taxi",    "parking", "library",  "ticket", "museum",  "water",
    "energy",   "garden",  "repair",  "rental",  "bike",    "ferry",    "lesson", "course",  "exam",
    "clinic",   "pet",     "bakery",  "kitchen", "coffee",  "printer",  "server", "storage", "cloud",
    "phone",    "data",    "cable",   "pallet",  "truck",   "crane",    "mold",   "batch",   "paint",
    "floor",    "roof",    "tile",    "timber",  "harvest", "seed",     "milk",   "egg",     "fish",
    "visa",     "permit",  "tax",     "refund",  "invoice", "payroll",  "bonus",  "travel",  "meal",
    "overtime", "leave",   "shift",   "pension", "savings", "mortgage", "claim",  "policy",  "damage",
    "warranty", "battery", "tire",    "engine",  "tank",    "sensor",   "alarm",  "gym",     "pool",
    "club",     "camp",    "concert", "stadium", "game",    "player",   "team",   "donation"};
constexpr std::string_view results[] = {
    "charge",    "cost",      "fee",    "price",    "rate",     "grade",    "level",   "label",
    "status",    "limit",     "quota",  "points",   "bonus",    "refund",   "due",     "total",
    "amount",    "class",     "group",  "zone",     "check",    "rank",     "index",   "factor",
    "offer",     "ok",        "need",   "plan",     "stage",    "share",    "result",  "deduction",
    "surcharge", "allowance", "target", "estimate", "category", "decision", "verdict", "size"};
constexpr std::string_view variables[] = {
    "fee",  "charge", "amount", "result", "value",  "due",  "base", "extra", "net",   "gross",
    "sum_", "need",   "left",   "excess", "factor", "gain", "pay",  "bill",  "final", "points_due"};

constexpr std::string_view docstrings[] = {"What the customer pays.",
                                           "Amount to be charged, in whole cents.",
                                           "Rule of the front desk; ask Anna before changing it.",
                                           "Class of a lot after inspection.",
                                           "Decide what to do with a request.",
                                           "Number that goes on the form.",
                                           "Simple rule from the handbook, section 4.",
                                           "Returns the result for one case.",
                                           "Used by the nightly job.",
                                           "As agreed with sales.",
                                           "Compute the value for the monthly report.",
                                           "See the price list of this year."};
constexpr std::string_view docstrings_japanese[] = {
    "料金を計算する。",   "区分を判定する。",   "条件を満たすか調べる。",
    "端数は切り捨てる。", "月末の集計で使う。", "担当者に確認してから変更すること。"};
constexpr std::string_view comments[] = {
    "since May",         "agreed with sales",     "the usual case", "see the handbook", "never below zero",
    "regulars pay less", "checked by accounting", "old rule kept",  "rounded later",    "up to the limit",
    "special case",      "both ends included",    "extra work",     "TODO: ask again",  "as on the form"};
constexpr std::string_view comments_japanese[] = {"通常の場合", "上限あり", "割引を適用",
                                                  "加算する",   "端数処理", "ここで判定"};
constexpr std::string_view messages[] = {
    "not allowed", "out of range", "bad input",      "must not be negative", "unknown value",
    "too many",    "not possible", "check the form", "値が不正です",         "missing value"};

}  // namespace

std::span<const EverydayNumber> everyday_numbers() {
  return numbers;
}
std::span<const EverydayCategory> everyday_categories() {
  return categories;
}
std::span<const std::string_view> everyday_flags() {
  return flags;
}
std::span<const EverydayLabels> everyday_labels() {
  return labels;
}
std::span<const EverydayLabels> everyday_labels_japanese() {
  return labels_japanese;
}
std::span<const std::string_view> everyday_subjects() {
  return subjects;
}
std::span<const std::string_view> everyday_results() {
  return results;
}
std::span<const std::string_view> everyday_variables() {
  return variables;
}
std::span<const std::string_view> everyday_docstrings() {
  return docstrings;
}
std::span<const std::string_view> everyday_docstrings_japanese() {
  return docstrings_japanese;
}
std::span<const std::string_view> everyday_comments() {
  return comments;
}
std::span<const std::string_view> everyday_comments_japanese() {
  return comments_japanese;
}
std::span<const std::string_view> everyday_messages() {
  return messages;
}
std::span<const EverydayNumber> everyday_numbers_japanese() {
  return numbers_japanese;
}
std::span<const std::string_view> everyday_flags_japanese() {
  return flags_japanese;
}
std::span<const std::string_view> everyday_variables_japanese() {
  return variables_japanese;
}
std::span<const std::string_view> everyday_constants_japanese() {
  return constants_japanese;
}

}  // namespace pbb
