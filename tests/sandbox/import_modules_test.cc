// Modules of several functions, in folders within folders: what is cut out of them, and what is refused.
#include "import_folder.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

class ImportModules : public testing_import::Import {
 protected:
  // The one module shop.py, imported: its table.
  std::string table_of(const std::string& source) { return row("shop", source); }
  std::string source_of(const std::string& name) const {
    const Program* program = imported_.corpus.find(name);
    return program == nullptr ? "no " + name + " in\n" + import_table(imported_.files) : program->source;
  }
};

const char* const prices = R"(#!/usr/bin/env python3
"""The shop's prices."""
from __future__ import annotations

import logging
import numpy as np
from decimal import Decimal, getcontext
from enum import Enum

logger = logging.getLogger(__name__)
getcontext().prec = 6

# VAT. Ask finance!
VAT = 0.2  # since 2024
RATES = {"home": 5}
RATES["islands"] = 12


class Band(Enum):
    LOW = "low"
    HIGH = "high"


def _rounded(value: float) -> float:
    return round(value, 2)


# As agreed
# in 2024.
def net_price(price: float, rate: float = VAT) -> float:
    """Net.

    >>> net_price(120)
    100.0
    """
    LIMIT = price / (1 + rate)
    return _rounded(LIMIT)
    # once: return price


LIMIT = 5


def shipping(zone):
    return RATES.get(zone, 9)


def band(count):
    return (Band.HIGH if count > LIMIT else Band.LOW).value


def third(price: int):
    return str(Decimal(price) / 3)


def plot(x):
    return np.floor(x)


if __name__ == "__main__":
    print(net_price(5))
)";

TEST_F(ImportModules, EachPublicFunctionIsAProgramWithWhatItUsesAndNothingElse) {
  const std::string table = table_of(prices);
  EXPECT_EQ(imported_.corpus.programs.size(), 4u) << table;
  EXPECT_EQ(source_of("net_price"), R"(from __future__ import annotations

# VAT. Ask finance!
VAT = 0.2  # since 2024


def _rounded(value: float) -> float:
    return round(value, 2)


# As agreed
# in 2024.
def net_price(price: float, rate: float = VAT) -> float:
    """Net.

    >>> net_price(120)
    100.0
    """
    LIMIT = price / (1 + rate)
    return _rounded(LIMIT)
    # once: return price
)");
  EXPECT_EQ(source_of("shipping"), R"(RATES = {"home": 5}
RATES["islands"] = 12


def shipping(zone):
    return RATES.get(zone, 9)
)");
  EXPECT_EQ(source_of("band"), R"(from enum import Enum


class Band(Enum):
    LOW = "low"
    HIGH = "high"


LIMIT = 5


def band(count):
    return (Band.HIGH if count > LIMIT else Band.LOW).value
)");
  EXPECT_EQ(source_of("third"), R"(from __future__ import annotations

from decimal import Decimal, getcontext

getcontext().prec = 6


def third(price: int):
    return str(Decimal(price) / 3)
)");
  expect(table, "shop.py net_price  accepted  net_price: ");
  expect(table,
         "shop.py plot       refused   shop.py:6: plot uses np of numpy, which is not of the standard");
  EXPECT_EQ(table.find("cannot be run"), std::string::npos) << table;  // compared, though numpy is not there
}

TEST_F(ImportModules, PlacesAreThoseOfTheFile) {
  const std::string table = table_of(R"(A = 1


def first(x):
    return x + A


import time
B = 2


def stamp(x):
    return x + time.time() + B


def told(x):
    """Twice.

    >>> told(3)
    7
    """
    return x * 2
)");
  expect(table, "line 13 asks the clock (time.time)");
  expect(table, "shop.py:19: the doctest has 7 for told(3), the code gives 6");
  EXPECT_EQ(imported_.corpus.find("first")->source, "A = 1\n\n\ndef first(x):\n    return x + A\n");
}

TEST_F(ImportModules, WhatIsPublicIsARuleAndAllSaysWhatIs) {
  const std::string functions =
      "def half(x):\n    return x / 2\n\ndef _third(x):\n    return x / 3\n\ndef both(x):\n    return "
      "half(x) + "
      "_third(x)\n\ndef main():\n    print(both(1))\n\ndef show(x):\n    print(x)\n\ndef test_both(x):\n    "
      "return "
      "x\n";
  const std::string table = table_of(functions);
  EXPECT_EQ(imported_.corpus.programs.size(), 2u) << table;
  expect(source_of("both"), "def half(x)");
  expect(table, "shop.py main       left out  shop.py:10: it takes no arguments");
  expect(table, "shop.py:13: it returns nothing");
  expect(table, "shop.py:16: a test");
  table_of("__all__ = ['both', '_third']\n" + functions);
  EXPECT_TRUE(imported_.corpus.find("_third") != nullptr && imported_.corpus.find("half") == nullptr);
  EXPECT_EQ(imported_.files.size(), 2u);
}

TEST_F(ImportModules, ValuesAreThoseThatTheModuleEndsWith) {
  write("shop.inputs.jsonl", "[1]\n");
  for (const char* module : {
           "RATE = 1\nRATE = RATE * 5\n",
           "RATE = 1\nRATE += 4\n",
           "STEPS = [1]\nfor step in range(4):\n    STEPS.append(step)\nRATE = len(STEPS)\n",
           "if 2 > 1:\n    RATE = 5\nelse:\n    RATE = 3\n",
           "try:\n    import fractions\n    RATE = 5\nexcept ImportError:\n    RATE = 3\n",
           "_start, RATE = 1, 5\n",
           "from math import *\nRATE = floor(5.5)\n",
           "def _made():\n    return 5\nRATE = _made()\n",
           "RATE = 5; other = 3\n",
           "SPARE = [7]\nRATE = 5\nprint(SPARE, RATE, input)\n",
       }) {
    fs::remove_all(python_);
    write("shop.py",
          std::string(module) + "def other_one(x):\n    return x\ndef fee(x):\n    return x * RATE\n");
    write("fee.inputs.jsonl", "[2]\n");
    import();
    const std::string table = import_table(imported_.files);
    ASSERT_NE(imported_.corpus.find("fee"), nullptr) << module << table;
    EXPECT_EQ(answers("fee").at("(2)"), "10") << module;
    EXPECT_EQ(source_of("other_one"), "def other_one(x):\n    return x\n");
    EXPECT_EQ(source_of("fee").find("SPARE"), std::string::npos);
  }
}

TEST_F(ImportModules, WhatCannotBeCutOutIsRefusedWithPlaceReasonAndHint) {
  const std::string rest = "def fee(x):\n    return x * RATE\ndef plain(x):\n    return x\n";
  const std::pair<std::string, std::string> cases[] = {
      {"RATE = 5\ndef change(x):\n    global RATE\n    RATE = x\n    return x\n",
       "shop.py:4: fee uses RATE, which change changes"},
      {"RATE = {}\ndef load(x):\n    RATE[x] = 1\n    return x\n",
       "shop.py:3: fee uses RATE, which load changes"},
      {"from rates import *\n", "shop.py:1: fee may have RATE from here: from rates import *"},
      {"from rates import RATE\n", "shop.py:1: fee uses RATE of rates, which is not of the standard library"},
      {"from .rates import RATE\n",
       "of .rates, which is not of the standard library and not found beside it"},
      {"try:\n    from numpy import pi as RATE\nexcept ImportError:\n    RATE = 3\n",
       "shop.py:2: fee uses RATE, which hangs on whether numpy is there"},
      {"def RATE(x):\n    return 1\ndef RATE(x):\n    return 2\n",
       "shop.py:3: fee uses RATE, which is defined in line 1 and again in line 3"},
      {"RATE = globals()\n", "shop.py:1: fee uses globals, and what it needs cannot be seen"},
      {"\n", "shop.py:3: fee uses RATE, which is defined nowhere in the file"},
      {"RATE = 5\ndef fee(x):\n    return 1\n", "shop.py:4: fee is defined in line 2 and again in line 4"},
      // What no reading shows, running both does.
      {"RATE = [5]\nSAME = RATE\nSAME.append(6)\n",
       "shop.py:4: fee cannot be cut out of its file: RATE is [5] in the slice and [5, 6] when the module is "
       "run"},
  };
  for (const auto& [module, reason] : cases) {
    const std::string table = table_of(module + rest);
    expect(table, reason);
    expect(table, "plain: source-only");
    EXPECT_EQ(imported_.corpus.find("fee"), nullptr) << table;
  }
  expect(table_of("if 2 > 1:\n    def fee(x):\n        return x\ndef one(x):\n    return x\ndef two(x):\n    "
                  "return x + 1\n"),
         "shop.py:2: fee is defined under a condition");
}

TEST_F(ImportModules, OfTwoFunctionsOfOneNameNoneIsTakenAndBothAreTold) {
  const auto module = [](const std::string& answer) {
    return "def fee(x):\n    return " + answer + "\n\ndef plain" + answer.substr(0, 1) +
           "(x):\n    return x - " + answer.substr(0, 1) + "\n";
  };
  write("a/shop.py", module("2 * x"));
  write("b/shop.py", module("3 * x"));
  import();
  std::string table = import_table(imported_.files);
  expect(table, "a/shop.py fee     refused   a/shop.py:1: fee is defined in b/shop.py:1 too");
  expect(table, "b/shop.py fee     refused   b/shop.py:1: fee is defined in a/shop.py:1 too");
  expect(table, "HINT: every program needs a name of its own: rename one, or learn the files apart");
  EXPECT_EQ(imported_.corpus.programs.size(), 2u);
  write("b/shop.py", "def fee(count):\n    return 2 * count\n\ndef plain3(x):\n    return x - 3\n");
  import();  // the same twice is no question
  table = import_table(imported_.files);
  EXPECT_NE(imported_.corpus.find("fee"), nullptr) << table;
  expect(table, "b/shop.py:1: fee is defined in a/shop.py:1 too");
  write("c/fee.py", "def fee(x):\n    return 4 * x\n");
  import();  // a file of its own name has it
  expect(source_of("fee"), "4 * x");
}

TEST_F(ImportModules, InputsLieBesideAFileByTheFunctionsName) {
  write("shop.py", "def fee(x):\n    return x * 2\n\ndef rate(x):\n    return x + 1\n");
  write("fee.inputs.jsonl", "[1]\n[2]\n[3]\n");
  write("shop.inputs.jsonl", "[4]\n");
  import();
  const std::string table = import_table(imported_.files);
  EXPECT_EQ(answers("fee").size(), 3u) << table;
  expect(table, "shop.inputs.jsonl  left out  shop.py holds several functions");
  expect(table, "HINT: name it after the function that it is of: fee.inputs.jsonl");
  EXPECT_EQ(imported_.files.size(), 3u) << table;
}

TEST_F(ImportModules, AFileThatIsNamedAfterAFunctionIsThatOneAndSaysWhatElseIsInIt) {
  const std::string source = "def toll(x):\n    return x + 1\n\n\ndef shop(x):\n    return x * 2\n";
  const std::string table = table_of(source);
  EXPECT_EQ(source_of("shop"), source);
  EXPECT_EQ(imported_.corpus.programs.size(), 1u);
  expect(table, "note: shop.py:1: toll is no rule of its own, as the file is named after shop");
}

TEST_F(ImportModules, FoldersWithinAreSearchedButForThoseOfToolsAndTests) {
  write("top.py", "def top(x):\n    return x\n");
  write("pricing/fees/fee.py", "def fee(x):\n    return x + 1\n");
  write("pricing/tests/check.py", "def check(x):\n    return x + 2\n");
  write("pricing/.draft/draft.py", "def draft(x):\n    return x + 3\n");
  write("pricing/__pycache__/fee.cpython-311.pyc", "");
  write(".git/config", "");
  write("env/pyvenv.cfg", "");
  write("env/lib/other.py", "def other(x):\n    return x + 4\n");
  write("model/recipe.toml", "");
  write("model/stages/x", "");
  write("model/corpus/source/top.py", "def top(x):\n    return x\n");
  fs::create_directory_symlink("..", python_ / "pricing/circle");
  import();
  std::map<std::string, std::string> rows;
  for (const ImportedFile& file : imported_.files)
    rows[file.file] = file.verdict == ImportVerdict::accepted ? file.program : file.reason;
  EXPECT_EQ(rows, (std::map<std::string, std::string>{
                      {"top.py", "top"},
                      {"pricing/fees/fee.py", "fee"},
                      {"pricing/tests/", "tests"},
                      {"pricing/.draft/", "a hidden folder"},
                      {"pricing/circle/", "a link to a folder, which is not followed"},
                      {"env/", "a virtual environment"},
                      {"model/", "a model or corpus of pbb's own"}}));
}

TEST_F(ImportModules, WhatAModuleImportsFromOthersOfItsPackageStandsBeforeIt) {
  write("shop/__init__.py", "from .orders import cost\n");
  write("shop/rates.py",
        "\"\"\"Rates.\"\"\"\nfrom decimal import Decimal\nfrom .base import BASE\n\n# By zone.\nRATES = "
        "{'home': 5}\nOTHER = "
        "3\n\n\ndef surcharge(pieces):\n    return pieces * BASE\n");
  write("shop/base.py", "BASE = 2\nSPARE = 1\n");
  write(
      "shop/orders.py",
      "from .rates import RATES, surcharge\nfrom shop.base import *\n\n\ndef cost(zone, pieces):\n    return "
      "RATES.get(zone, 9) + surcharge(pieces)\n\n\ndef spare(x):\n    return x + SPARE\n");
  write("shop/inner/total.py",
        "from ..orders import cost\n\n\ndef total(x):\n    return cost('home', x) * 10\n");
  write("shop/cost.inputs.jsonl", "[\"home\", 3]\n");
  import();
  EXPECT_EQ(source_of("cost"), R"(BASE = 2

# By zone.
RATES = {'home': 5}


def surcharge(pieces):
    return pieces * BASE


def cost(zone, pieces):
    return RATES.get(zone, 9) + surcharge(pieces)
)");
  EXPECT_EQ(source_of("spare"), "SPARE = 1\n\n\ndef spare(x):\n    return x + SPARE\n");
  expect(source_of("total"), "def total(x):\n    return cost('home', x) * 10\n");
  EXPECT_EQ(answers("cost").at("('home', 3)"), "11");
  EXPECT_EQ(import_table(imported_.files).find("cannot be run"), std::string::npos)
      << import_table(imported_.files);
}

TEST_F(ImportModules, WhatIsImportedFromOthersInWaysThatDoNotGoIntoOneFileIsRefused) {
  write("shop/rates.py", "RATE = 5\nLOW = {1: 2}\n\n\ndef change(x):\n    LOW[x] = 3\n    return x\n");
  write("shop/again.py", "RATE = 6\n\n\ndef doubled(x):\n    return 2 * RATE * x\n");
  const std::pair<const char*, const char*> cases[] = {
      {"from . import rates\n|rates.RATE", "orders.py:1: fee uses the module rates as a whole"},
      {"import shop.rates\n|shop.rates.RATE", "orders.py:1: fee uses the module shop.rates as a whole"},
      {"from .rates import RATE as PAID\n|PAID",
       "orders.py:1: fee uses RATE of .rates under another name, PAID"},
      {"from .rates import GONE\n|GONE", "orders.py:1: fee uses GONE, which rates.py does not define"},
      {"\nfrom .rates import LOW\n|LOW[1]", "orders.py:2: fee uses LOW, which change changes (rates.py:6)"},
      {"from .rates import RATE\nfrom .again import doubled\n|RATE + doubled(1)",
       "orders.py:5: fee uses two things of the name RATE: of"},
  };
  for (const auto& [module, reason] : cases) {
    const std::string text = module, head = text.substr(0, text.find('|')),
                      used = text.substr(text.find('|') + 1);
    write("shop/orders.py",
          head + "\n\ndef fee(x):\n    return x + " + used + "\n\n\ndef plain(x):\n    return x\n");
    import();
    expect(import_table(imported_.files), std::string("shop/") + reason);
    EXPECT_NE(imported_.corpus.find("plain"), nullptr);
    EXPECT_EQ(imported_.corpus.find("fee"), nullptr);
  }
}

const char* const stock = R"(from dataclasses import dataclass

FACTOR = 2


@dataclass
class StockItem:
    sku: str
    on_hand: int
    reorder_point: int = 10
    RATE = 0.5

    def is_short(self, extra: int = 0) -> bool:
        """Whether to order.

        Below the point.
        """
        # self.on_hand counts
        return (self.on_hand + extra
                <= self.reorder_point)

    @property
    def cost(self):
        return self.on_hand * self.RATE * FACTOR

    def quantity(self):
        return 5 if self.is_short() else 0

    def take(self, count):
        self.on_hand -= count
        return count

    def same(self):
        return self

    def named(self, sku):
        return self.sku == sku

    def late(self):
        return self.due

    def show(self):
        print(self.sku)

    @staticmethod
    def half(x):
        return x / 2


class Account:
    def __init__(self, balance, limit=100):
        self.balance = balance
        self.limit = limit
        self._open = True

    def allowed(self, amount):
        if not self._open or amount > self.limit:
            raise ValueError(f"more than {self.limit}")
        return amount <= self.balance
)";

TEST_F(ImportModules, AMethodThatOnlyReadsFieldsIsAFunctionOfThem) {
  const std::string table = table_of(stock);
  EXPECT_EQ(source_of("stock_item_is_short"),
            R"(def stock_item_is_short(on_hand, extra: int = 0, reorder_point=10) -> bool:
    """Whether to order.

    Below the point.
    """
    # self.on_hand counts
    return (on_hand + extra
            <= reorder_point)
)");
  EXPECT_EQ(source_of("stock_item_cost"),
            "FACTOR = 2\n\n\ndef stock_item_cost(on_hand, RATE=0.5):\n    return on_hand * RATE * FACTOR\n");
  EXPECT_EQ(source_of("account_allowed"), R"(def account_allowed(balance, amount, limit=100, _open=True):
    if not _open or amount > limit:
        raise ValueError(f"more than {limit}")
    return amount <= balance
)");
  EXPECT_EQ(imported_.corpus.programs.size(), 3u) << table;
  for (const char* reason :
       {"shop.py:27: StockItem.quantity uses self.is_short, another method",
        "shop.py:30: StockItem.take changes self.on_hand", "shop.py:34: StockItem.same uses self as a whole",
        "shop.py:37: StockItem.named reads self.sku, and sku is something else there",
        "shop.py:40: StockItem.late reads self.due, which its class does not name",
        "shop.py:42: it returns nothing", "shop.py:46: a method under a decorator"})
    expect(table, reason);
}

}  // namespace
}  // namespace pbb
