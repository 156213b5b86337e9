// Traces: each executed line in the words of the trace form, true to what the call did.
#include <gtest/gtest.h>

#include "sandbox/run_program.h"
#include "sandbox/sandbox.h"

namespace pbb {
namespace {

using namespace testing_sandbox;

class TraceTest : public ::testing::Test {
 protected:
  // "LINE STEP | PATTERN", one a line.
  std::string trace(const std::string& source, const std::vector<std::string>& arguments = {}) {
    const CallResult result = run_one(sandbox_, source, arguments, true);
    std::string text;
    for (const auto& step : result.trace) {
      text += std::to_string(step.line) + " " + step.step + " | " + step.pattern + "\n";
    }
    return text + (result.status == CallStatus::returned ? "" : told(result) + "\n");
  }
  // Of a body whose first line is line 2; without the first step, which names the parameters, and without the
  // last where it is "return None".
  std::string steps(const std::string& body, const std::vector<std::string>& arguments = {}) {
    std::string source = "def f(x=0, y=0):\n";
    for (std::size_t at = 0; at < body.size();) {
      const std::size_t end = std::min(body.find('\n', at), body.size());
      source += "    " + body.substr(at, end - at) + "\n";
      at = end + 1;
    }
    std::string text = trace(source, arguments);
    text.erase(0, text.find('\n') + 1);
    const std::size_t before = text.rfind('\n', text.size() - 2);
    const std::size_t last = before == std::string::npos ? 0 : before + 1;
    return text.find("return None", last) != std::string::npos ? text.substr(0, last) : text;
  }

  Sandbox sandbox_{patient()};
};

TEST_F(TraceTest, StraightLineArithmetic) {
  EXPECT_EQ(
      trace("def f(x):\n    x = x + 13\n    y = 7\n    x += 3\n    x = x * y - 1\n    return x * 2\n", {"5"}),
      "1 x = 5 | x = □\n"
      "2 x = 5 + 13 = 18 | x = □ + 13 = □\n"
      "3 y = 7 | y = 7\n"
      "4 x = 18 + 3 = 21 | x = □ + 3 = □\n"
      "5 x = 21 * 7 - 1 = 147 - 1 = 146 | x = □ * □ - 1 = □ - 1 = □\n"
      "6 return 146 * 2 = 292 | return □ * 2 = □\n");
}

TEST_F(TraceTest, AnExpressionIsWorkedOutOneOperationAtATime) {
  EXPECT_EQ(steps("x = (x - 1) * 3 + y * 2", {"4", "5"}),
            "2 x = (4 - 1) * 3 + 5 * 2 = 3 * 3 + 10 = 9 + 10 = 19 | "
            "x = (□ - 1) * 3 + □ * 2 = □ * 3 + □ = □ + □ = □\n");
  EXPECT_EQ(steps("x = y * 2 if x > 3 else 1 // 0", {"4", "5"}),
            "2 x = 5 * 2 if 4 > 3 else 1 // 0 = 5 * 2 if True else 1 // 0 = 5 * 2 = 10 | "
            "x = □ * 2 if □ > 3 else 1 // 0 = □ * 2 if □ else 1 // 0 = □ * 2 = □\n");
  // What a first part guards is not worked out where it raises.
  EXPECT_EQ(steps("x = x > 0 and y / x > 2", {"0", "3"}),
            "2 x = 0 > 0 and 3 / 0 > 2 = False and 3 / 0 > 2 = False | "
            "x = □ > 0 and □ / □ > 2 = □ and □ / □ > 2 = □\n");
  // Nor what would be large, or asks for names of its own.
  EXPECT_EQ(steps("x = x and 9 ** 9 ** 9 > 1", {"0"}),
            "2 x = 0 and 9 ** 9 ** 9 > 1 = 0 | x = □ and 9 ** 9 ** 9 > 1 = □\n");
  EXPECT_EQ(steps("x = sum(i * 2 for i in [1, 2]) + x * 2", {"3"}),
            "2 x = sum((i * 2 for i in [1, 2])) + 3 * 2 = sum((i * 2 for i in [1, 2])) + 6 = 12 | "
            "x = sum((i * 2 for i in [1, 2])) + □ * 2 = sum((i * 2 for i in [1, 2])) + □ = □\n");
}

TEST_F(TraceTest, AnAssertionIsACondition) {
  EXPECT_EQ(steps("assert 0 <= x < 9, 'range'", {"4"}),
            "2 assert 0 <= 4 < 9 is True | assert 0 <= □ < 9 is □\n");
  EXPECT_EQ(trace("def f(x):\n    assert not x > 3, 'range'\n", {"4"}),
            "1 x = 4 | x = □\n"
            "2 assert not 4 > 3: not True is False | assert not □ > 3: not □ is □\n"
            "2 raise AssertionError | raise AssertionError\n"
            "raised AssertionError: range (line 2)\n");
}

TEST_F(TraceTest, AFunctionOfTheProgramThatIsCalledOnceMoreKeepsItsPlace) {
  const std::string source = "def g(n):\n    return n + 1\n\ndef f(x):\n";
  const std::string text = trace(source + "    return g(x * 2) + g(x)\n", {"3"});
  EXPECT_NE(text.find("return g(3 * 2) + g(3) = g(6) + g(3) = 7 + 4 = 11 |"), std::string::npos) << text;
  const std::string many = trace(source + "    return sum(g(i) for i in [1, 2]) + g(x)\n", {"3"});
  EXPECT_NE(many.find("+ g(3) = 9 |"), std::string::npos) << many;
}

TEST_F(TraceTest, ReturnOfANameOrANumberNeedsNoWorking) {
  EXPECT_EQ(trace("def f(x):\n    return x\n", {"30"}),
            "1 x = 30 | x = □\n"
            "2 return 30 | return □\n");
  EXPECT_EQ(trace("def f(x):\n    return 30\n", {"1"}),
            "1 x = 1 | x = □\n"
            "2 return 30 | return 30\n");
  EXPECT_EQ(trace("def f(x):\n    return\n", {"1"}),
            "1 x = 1 | x = □\n"
            "2 return None | return None\n");
  EXPECT_EQ(trace("def f(x):\n    return x, -x\n", {"1"}),
            "1 x = 1 | x = □\n"
            "2 return (1, -1) | return (□, -□)\n");
}

TEST_F(TraceTest, BranchesTellTheirTruth) {
  const std::string source =
      "def f(stock):\n    if stock < 12:\n        return stock + 5\n    elif stock < 25:\n        return "
      "10\n    else:\n        return stock * 2\n";
  EXPECT_EQ(trace(source, {"7"}),
            "1 stock = 7 | stock = □\n"
            "2 7 < 12 is True | □ < 12 is □\n"
            "3 return 7 + 5 = 12 | return □ + 5 = □\n");
  EXPECT_EQ(trace(source, {"15"}),
            "1 stock = 15 | stock = □\n"
            "2 15 < 12 is False | □ < 12 is □\n"
            "4 15 < 25 is True | □ < 25 is □\n"
            "5 return 10 | return 10\n");
  EXPECT_EQ(trace(source, {"30"}),
            "1 stock = 30 | stock = □\n"
            "2 30 < 12 is False | □ < 12 is □\n"
            "4 30 < 25 is False | □ < 25 is □\n"
            "7 return 30 * 2 = 60 | return □ * 2 = □\n");
}

TEST_F(TraceTest, TheTextIsTheLineWithoutIndentation) {
  const auto result =
      run_one(sandbox_, "def f(x):\n    if x:\n        x  =  1 # one\n    return x\n", {"5"}, true);
  ASSERT_EQ(result.trace.size(), 4u);
  EXPECT_EQ(result.trace[0].text, "def f(x):");
  EXPECT_EQ(result.trace[1].text, "if x:");
  EXPECT_EQ(result.trace[2].text, "x  =  1 # one");
  EXPECT_EQ(result.trace[3].text, "return x");
}

TEST_F(TraceTest, ConditionsOfOtherKinds) {
  EXPECT_EQ(steps("if x % 2: pass", {"7"}), "2 7 % 2: 1 is True | □ % 2: □ is □\n2 pass | pass\n");
  EXPECT_EQ(steps("if x: pass", {"[]"}), "2 [] is False | □ is □\n");
  EXPECT_EQ(steps("if not x: pass", {"1"}), "2 not 1 is False | not □ is □\n");
  EXPECT_EQ(steps("if x > 1 and y == 'a': x = 1", {"2", "'b'"}),
            "2 2 > 1 and 'b' == 'a': True and False is False | □ > 1 and □ == 'a': □ and □ is □\n");
  EXPECT_EQ(steps("if len(x) > 3: x = 1", {"'abc'"}),
            "2 len('abc') > 3: 3 > 3 is False | len(□) > 3: □ > 3 is □\n");
  EXPECT_EQ(steps("if 0 < x <= 5: x = 1", {"9"}), "2 0 < 9 <= 5 is False | 0 < □ <= 5 is □\n");
}

TEST_F(TraceTest, ForLoopsTellWhatIsLeft) {
  EXPECT_EQ(
      steps("for i in range(2):\n    x += i\nelse:\n    x = 9", {"5"}),
      "2 for i in range(2) = [0, 1]: i = 0 | for i in range(2) = □: i = □\n3 x = 5 + 0 = 5 | x = □ + □ = □\n"
      "2 for i in [1]: i = 1 | for i in □: i = □\n3 x = 5 + 1 = 6 | x = □ + □ = □\n"
      "2 for i in [] | for i in []\n5 x = 9 | x = 9\n");
  EXPECT_EQ(steps("for a, b in x: pass", {"[(1, 2)]"}),
            "2 for a, b in [(1, 2)]: a, b = 1, 2 | for a, b in □: a, b = □, □\n2 pass | pass\n"
            "2 for a, b in [] | for a, b in []\n");
  EXPECT_EQ(steps("for i in []: pass"), "2 for i in [] | for i in []\n");
  EXPECT_EQ(steps("for i in range(x - 1): pass", {"1"}),
            "2 for i in range(1 - 1) = range(0) = [] | for i in range(□ - 1) = range(□) = []\n");
}

TEST_F(TraceTest, ALoopThatIsLeftOrBegunAgainStartsAnew) {
  EXPECT_EQ(steps("for i in range(5):\n    if i == 1: break\n    continue"),
            "2 for i in range(5) = [0, 1, 2, 3, 4]: i = 0 | for i in range(5) = □: i = □\n"
            "3 0 == 1 is False | □ == 1 is □\n4 continue | continue\n"
            "2 for i in [1, 2, 3, 4]: i = 1 | for i in □: i = □\n3 1 == 1 is True | □ == 1 is □\n3 break | "
            "break\n");
  const std::string nested = steps("for a in x:\n    for b in 'uv':\n        break", {"(1, 2)"});
  EXPECT_EQ(nested,
            "2 for a in (1, 2) = [1, 2]: a = 1 | for a in □ = □: a = □\n"
            "3 for b in 'uv' = ['u', 'v']: b = 'u' | for b in 'uv' = □: b = □\n4 break | break\n"
            "2 for a in [2]: a = 2 | for a in □: a = □\n"
            "3 for b in 'uv' = ['u', 'v']: b = 'u' | for b in 'uv' = □: b = □\n4 break | break\n"
            "2 for a in [] | for a in []\n");
}

TEST_F(TraceTest, WhatALoopGoesThroughIsWorkedOut) {
  EXPECT_EQ(steps("for i, n in enumerate(x, start=1): pass", {"['a']"}),
            "2 for i, n in enumerate(['a'], start=1) = [(1, 'a')]: i, n = 1, 'a' | "
            "for i, n in enumerate(□, start=1) = □: i, n = □, □\n2 pass | pass\n2 for i, n in [] | for i, n "
            "in []\n");
  EXPECT_EQ(steps("for k, v in x.items(): pass", {"{'a': 1}"}),
            "2 for k, v in {'a': 1}.items() = [('a', 1)]: k, v = 'a', 1 | "
            "for k, v in □.items() = □: k, v = □, □\n2 pass | pass\n2 for k, v in [] | for k, v in []\n");
  const std::string many = steps("for i in range(x): break", {"1000000000000000"});
  EXPECT_TRUE(many.starts_with("2 for i in range(1000000000000000) = [0, 1, 2, 3, 4, 5, 6, 7, ...]: i = 0 |"))
      << many;
}

TEST_F(TraceTest, ALoopThatDoesOtherwiseThanItsListSaysTellsItsVariableAlone) {
  const std::string changed = steps("for i in x:\n    x.remove(i)", {"[1, 2, 3]"});
  EXPECT_TRUE(changed.starts_with("2 for i in [1, 2, 3]: i = 1 | for i in □: i = □\n")) << changed;
  EXPECT_NE(changed.find("\n2 i = 3 | i = □\n"), std::string::npos) << changed;
  EXPECT_EQ(steps("for i in {7}: pass"), "2 i = 7 | i = □\n2 pass | pass\n");
}

TEST_F(TraceTest, LoopsOverAProgramsOwnIterators) {
  const std::string generator = "def g():\n    yield 1\n    yield 2\n";
  const std::string iterator =
      "class g:\n    n = 0\n    def __iter__(self): return self\n    def __next__(self):\n"
      "        if self.n == 2: raise StopIteration\n        self.n += 1\n        return self.n\n";
  const std::string loop = "def f():\n    s = 0\n    for i in g():\n        s += i\n    return s\n";
  EXPECT_EQ(trace(generator + loop),
            "5 s = 0 | s = 0\n6 i = 1 | i = □\n7 s = 0 + 1 = 1 | s = □ + □ = □\n"
            "6 i = 2 | i = □\n7 s = 1 + 2 = 3 | s = □ + □ = □\n8 return 3 | return □\n");
  const std::string own = trace(iterator + loop);
  EXPECT_NE(own.find("11 s = 1 + 2 = 3"), std::string::npos) << own;
  EXPECT_NE(own.find("12 return 3 | return □\n"), std::string::npos) << own;
}

TEST_F(TraceTest, WhileLoopsTellEachTest) {
  EXPECT_EQ(steps("while x > 3:\n    x -= 1", {"4"}),
            "2 4 > 3 is True | □ > 3 is □\n3 x = 4 - 1 = 3 | x = □ - 1 = □\n2 3 > 3 is False | □ > 3 is □\n");
  EXPECT_EQ(steps("while True:\n    x += 1\n    if x > 1: break", {"0"}),
            "3 x = 0 + 1 = 1 | x = □ + 1 = □\n4 1 > 1 is False | □ > 1 is □\n"
            "3 x = 1 + 1 = 2 | x = □ + 1 = □\n4 2 > 1 is True | □ > 1 is □\n4 break | break\n");
  EXPECT_EQ(steps("while x: x -= 1", {"1"}),
            "2 1 is True | □ is □\n2 x = 1 - 1 = 0 | x = □ - 1 = □\n2 0 is False | □ is □\n");
}

TEST_F(TraceTest, AStatementOverManyLinesIsOneStep) {
  EXPECT_EQ(steps("x = min(\n    x,\n    3)\ny = (1 +\n     x)", {"5"}),
            "2 x = min(5, 3) = 3 | x = min(□, 3) = □\n5 y = 1 + 3 = 4 | y = 1 + □ = □\n");
}

TEST_F(TraceTest, StatementsOnOneLineAreOneStepEach) {
  EXPECT_EQ(steps("x = 1; y = x + 1"), "2 x = 1 | x = 1\n2 y = 1 + 1 = 2 | y = □ + 1 = □\n");
}

TEST_F(TraceTest, NegativeNumbersHaveParenthesesWhereTheyMatter) {
  EXPECT_EQ(steps("y = 5 - x", {"-3"}), "2 y = 5 - -3 = 8 | y = 5 - □ = □\n");
  EXPECT_EQ(steps("y = x ** 2", {"-3"}), "2 y = (-3) ** 2 = 9 | y = □ ** 2 = □\n");
  EXPECT_EQ(steps("y = -x", {"-3"}), "2 y = -(-3) = 3 | y = -□ = □\n");
  EXPECT_EQ(steps("y = x * 5", {"-3"}), "2 y = -3 * 5 = -15 | y = □ * 5 = □\n");
  EXPECT_EQ(steps("y = -3"), "2 y = -3 | y = -3\n");
}

TEST_F(TraceTest, CallsWithinExpressionsShowTheirValues) {
  EXPECT_EQ(steps("y = min(x, 3) + 2", {"5"}),
            "2 y = min(5, 3) + 2 = 3 + 2 = 5 | y = min(□, 3) + 2 = □ + 2 = □\n");
  EXPECT_EQ(
      steps("y = round(x / 3, 1)", {"5"}),
      "2 y = round(5 / 3, 1) = round(1.6666666666666667, 1) = 1.7 | y = round(□ / 3, 1) = round(□, 1) = □\n");
  EXPECT_EQ(steps("y = x.upper() + '!'", {"'a'"}),
            "2 y = 'a'.upper() + '!' = 'A' + '!' = 'A!' | y = □.upper() + '!' = □ + '!' = □\n");
}

TEST_F(TraceTest, FunctionsOfTheSameSourceAreFollowed) {
  EXPECT_EQ(
      trace("def g(n):\n    return n * n\ndef f(x):\n    y = g(x) + g(x + 1)\n    return g(y)\n", {"2"}),
      "3 x = 2 | x = □\n"
      "1 call g for y = g(2) + g(2 + 1): n = 2 | call g for y = g(□) + g(□ + 1): n = □\n"
      "2 return 2 * 2 = 4 | return □ * □ = □\n"
      "1 call g for y = g(2) + g(2 + 1): n = 3 | call g for y = g(□) + g(□ + 1): n = □\n"
      "2 return 3 * 3 = 9 | return □ * □ = □\n"
      "4 y = g(2) + g(2 + 1) = 4 + g(3) = 4 + 9 = 13 | y = g(□) + g(□ + 1) = □ + g(□) = □ + □ = □\n"
      "1 call g for return g(13): n = 13 | call g for return g(□): n = □\n"
      "2 return 13 * 13 = 169 | return □ * □ = □\n"
      "5 return g(13) = 169 | return g(□) = □\n");
  EXPECT_EQ(trace("def f(n):\n    if n < 2:\n        return 1\n    return n * f(n - 1)\n", {"2"}),
            "1 n = 2 | n = □\n"
            "2 2 < 2 is False | □ < 2 is □\n"
            "1 call f for return 2 * f(2 - 1): n = 1 | call f for return □ * f(□ - 1): n = □\n"
            "2 1 < 2 is True | □ < 2 is □\n"
            "3 return 1 | return 1\n"
            "4 return 2 * f(2 - 1) = 2 * f(1) = 2 * 1 = 2 | return □ * f(□ - 1) = □ * f(□) = □ * □ = □\n");
}

TEST_F(TraceTest, TupleAssignment) {
  EXPECT_EQ(steps("a, b = x, y\na, b = b, a + b", {"2", "3"}),
            "2 a, b = 2, 3 | a, b = □, □\n3 a, b = 3, 2 + 3 = 3, 5 | a, b = □, □ + □ = □, □\n");
  EXPECT_EQ(steps("a = b = x + 1", {"2"}), "2 a = b = 2 + 1 = 3 | a = b = □ + 1 = □\n");
}

TEST_F(TraceTest, ElementsAndMethods) {
  EXPECT_EQ(steps("d = {}\nd['q'] = x\nd['q'] += 2", {"5"}),
            "2 d = {} | d = {}\n3 d['q'] = 5 | d['q'] = □\n4 d['q'] = 5 + 2 = 7 | d['q'] = □ + 2 = □\n");
  EXPECT_EQ(steps("x[y] = x[y] + 1", {"[1, 2]", "1"}),
            "2 x[1] = [1, 2][1] + 1 = 2 + 1 = 3 | x[□] = □[□] + 1 = □ + 1 = □\n");
  EXPECT_EQ(steps("x[-3:] = []", {"[1, 2, 3, 4]"}), "2 x[-3:] = []: x = [1] | x[-3:] = []: x = □\n");
  EXPECT_EQ(steps("x.append(y)", {"[1]", "5"}), "2 x.append(5): x = [1, 5] | x.append(□): x = □\n");
}

TEST_F(TraceTest, ComprehensionsAndLambdasAreOneStep) {
  EXPECT_EQ(steps("y = [i * x for i in range(2) if i]", {"5"}),
            "2 y = [i * 5 for i in range(2) if i] = [5] | y = [i * □ for i in range(2) if i] = □\n");
  EXPECT_EQ(steps("y = sorted(x, key=lambda v: -v)", {"[1, 2]"}),
            "2 y = sorted([1, 2], key=lambda v: -v) = [2, 1] | y = sorted(□, key=lambda v: -v) = □\n");
}

TEST_F(TraceTest, FormattedStrings) {
  EXPECT_EQ(steps("y = f'{x} of {x + 1}'", {"5"}),
            "2 y = f'{5} of {5 + 1}' = '5 of 6' | y = f'{□} of {□ + 1}' = □\n");
}

TEST_F(TraceTest, ExceptionsEndTheirStatement) {
  EXPECT_EQ(steps("try:\n    y = 1 // x\nexcept ZeroDivisionError:\n    y = 7"),
            "2 try: | try:\n3 y = 1 // 0 raises ZeroDivisionError | y = 1 // □ raises ZeroDivisionError\n"
            "4 except ZeroDivisionError: | except ZeroDivisionError:\n5 y = 7 | y = 7\n");
  EXPECT_EQ(trace("def f(x):\n    return 1 // x\n", {"0"}),
            "1 x = 0 | x = □\n"
            "2 return 1 // 0 raises ZeroDivisionError | return 1 // □ raises ZeroDivisionError\n"
            "2 raise ZeroDivisionError | raise ZeroDivisionError\n"
            "raised ZeroDivisionError: integer division or modulo by zero (line 2)\n");
}

TEST_F(TraceTest, ACallThatRaisesEndsInARaise) {
  const std::string source =
      "def g(x):\n    if x > 2:\n        raise ValueError('too big')\n    return x\ndef f(x):\n    return "
      "g(x) // x\n";
  EXPECT_EQ(trace(source, {"5"}),
            "5 x = 5 | x = □\n"
            "1 call g for return g(5) // 5: x = 5 | call g for return g(□) // □: x = □\n"
            "2 5 > 2 is True | □ > 2 is □\n"
            "3 raise ValueError | raise ValueError\n"
            "6 return g(5) // 5 raises ValueError | return g(□) // □ raises ValueError\n"
            "6 raise ValueError | raise ValueError\n"
            "raised ValueError: too big (line 3)\n");
  EXPECT_EQ(trace("def f(x):\n    raise KeyError(x)\n", {"'oak'"}),
            "1 x = 'oak' | x = □\n"
            "2 raise KeyError | raise KeyError\n"
            "raised KeyError: oak (line 2)\n");
  // Through a finally clause, after which the function does not return.
  EXPECT_EQ(trace("def f(x):\n    try:\n        1 // x\n    finally:\n        x = 3\n", {"0"}),
            "1 x = 0 | x = □\n"
            "2 try: | try:\n"
            "3 1 // 0 raises ZeroDivisionError | 1 // □ raises ZeroDivisionError\n"
            "5 x = 3 | x = 3\n"
            "3 raise ZeroDivisionError | raise ZeroDivisionError\n"
            "raised ZeroDivisionError: integer division or modulo by zero (line 3)\n");
}

// Case match_trace.
TEST_F(TraceTest, AMatchShowsTheValueAndWhatEachCaseAsks) {
  const std::string carrier =
      "def f(parcel):\n    match parcel:\n        case {'kind': kind, **rest}:\n            return kind\n"
      "        case [first, *_]:\n            return first\n        case _:\n            return None\n";
  EXPECT_EQ(trace(carrier, {"{'kind': 3, 'z': 1}"}),
            "1 parcel = {'kind': 3, 'z': 1} | parcel = □\n"
            "2 match {'kind': 3, 'z': 1} | match □\n"
            "3 case {'kind': kind, **rest}: kind = 3, rest = {'z': 1} | case {'kind': kind, **rest}: kind = "
            "□, rest = □\n"
            "4 return 3 | return □\n");
  EXPECT_EQ(trace(carrier, {"[5, 6]"}),
            "1 parcel = [5, 6] | parcel = □\n"
            "2 match [5, 6] | match □\n"
            "5 case [first, *_]: first = 5 | case [first, *_]: first = □\n"
            "6 return 5 | return □\n");
  EXPECT_EQ(trace(carrier, {"1"}),
            "1 parcel = 1 | parcel = □\n"
            "2 match 1 | match □\n"
            "7 case _ | case _\n"
            "8 return None | return None\n");
  const std::string tiers =
      "def f(tier, amount):\n    match tier.lower():\n        case 'gold' if amount >= 10_000:\n"
      "            return 15\n        case 'gold' | 'silver':\n            return 10\n    return 0\n";
  EXPECT_EQ(trace(tiers, {"'Gold'", "12000"}),
            "1 tier = 'Gold', amount = 12000 | tier = □, amount = □\n"
            "2 match 'Gold'.lower() = 'gold' | match □.lower() = □\n"
            "3 case 'gold' == 'gold' and 12000 >= 10000: True and True is True | case □ == 'gold' and □ >= "
            "10000: □ "
            "and □ is □\n"
            "4 return 15 | return 15\n");
  EXPECT_EQ(trace(tiers, {"'gold'", "5"}),
            "1 tier = 'gold', amount = 5 | tier = □, amount = □\n"
            "2 match 'gold'.lower() = 'gold' | match □.lower() = □\n"
            "3 case 'gold' == 'gold' and 5 >= 10000: True and False is False | case □ == 'gold' and □ >= "
            "10000: □ and "
            "□ is □\n"
            "5 case 'gold' in ('gold', 'silver') is True | case □ in ('gold', 'silver') is □\n"
            "6 return 10 | return 10\n");
  EXPECT_EQ(trace(tiers, {"'tin'", "5"}),
            "1 tier = 'tin', amount = 5 | tier = □, amount = □\n"
            "2 match 'tin'.lower() = 'tin' | match □.lower() = □\n"
            "3 case 'tin' == 'gold' and 5 >= 10000: False and False is False | case □ == 'gold' and □ >= "
            "10000: □ and "
            "□ is □\n"
            "5 case 'tin' in ('gold', 'silver') is False | case □ in ('gold', 'silver') is □\n"
            "7 return 0 | return 0\n");
}

TEST_F(TraceTest, WhatADecoratorPutsAroundAFunctionIsNoStep) {
  EXPECT_EQ(
      trace("import functools\ndef rule(name):\n    def wrap(function):\n        @functools.wraps(function)\n"
            "        def checked(*args):\n            result = function(*args)\n            return result\n"
            "        return checked\n    return wrap\n@rule('handling')\ndef f(x):\n    return x * 2\n",
            {"4"}),
      "11 x = 4 | x = □\n"
      "12 return 4 * 2 = 8 | return □ * 2 = □\n");
}

TEST_F(TraceTest, DecimalsAreShownAsTheyAreWritten) {
  EXPECT_EQ(steps("from decimal import Decimal\ny = Decimal(x) * Decimal('0.10')\ny = y + 1", {"99"}),
            "2 from decimal import Decimal | from decimal import Decimal\n"
            "3 y = Decimal(99) * Decimal('0.10') = Decimal('99') * Decimal('0.10') = Decimal('9.90') | y = "
            "Decimal(□) * "
            "Decimal('0.10') = □ * Decimal('0.10') = □\n"
            "4 y = Decimal('9.90') + 1 = Decimal('10.90') | y = □ + 1 = □\n");
}

TEST_F(TraceTest, AFinallyClauseComesBeforeTheReturn) {
  EXPECT_EQ(trace("def f(x):\n    try:\n        return x + 1\n    finally:\n        x = 0\n", {"1"}),
            "1 x = 1 | x = □\n"
            "2 try: | try:\n"
            "5 x = 0 | x = 0\n"
            "3 return 1 + 1 = 2 | return □ + 1 = □\n");
}

TEST_F(TraceTest, OtherStatementsTellWhatTheyChanged) {
  EXPECT_EQ(steps("import math\ny = math.floor(x)", {"2.5"}),
            "2 import math | import math\n3 y = math.floor(2.5) = 2 | y = math.floor(□) = □\n");
  EXPECT_EQ(steps("del x[0]", {"[1, 2]"}), "2 del x[0]: x = [2] | del x[0]: x = □\n");
}

TEST_F(TraceTest, ObjectsOfAProgramAreShownByName) {
  EXPECT_EQ(trace("class A:\n    def __repr__(self):\n        return '42'\n    def __eq__(self, other):\n    "
                  "    return True\n"
                  "def f():\n    a = A()\n    b = a == 1\n    return b\n"),
            "7 a = A() | a = A()\n"
            "4 call __eq__ for b = a == 1: self, other = 1 | call __eq__ for b = a == 1: self, other = □\n"
            "5 return True | return True\n"
            "8 b = a == 1 = True | b = a == 1 = □\n"
            "9 return True | return □\n");
}

TEST_F(TraceTest, ADocstringIsNoStep) {
  EXPECT_EQ(steps("'what it does'\nx = 1"), "3 x = 1 | x = 1\n");
}

TEST_F(TraceTest, TheLastStepIsTheReturn) {
  for (const std::string body : {"    x = 1\n", "    for i in range(2):\n        pass\n",
                                 "    if x:\n        pass\n", "    return [i for i in range(3)]\n"}) {
    const auto result = run_one(sandbox_, "def f(x):\n" + body, {"1"}, true);
    ASSERT_FALSE(result.trace.empty());
    EXPECT_EQ(result.trace.back().step.substr(0, 7), "return ") << body;
  }
}

TEST_F(TraceTest, TracedAndUntracedCallsAgree) {
  const std::string source =
      "def f(n):\n    a, b = 0, 1\n    while a < n:\n        a, b = b, a + b\n    return [a, b, sum(i for i "
      "in range(n))]\n";
  EXPECT_EQ(told(run_one(sandbox_, source, {"50"}, true)), told(run_one(sandbox_, source, {"50"}, false)));
}

}  // namespace
}  // namespace pbb
