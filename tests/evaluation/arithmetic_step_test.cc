// Operations of traces, computed: the values are Python's.
#include "evaluation/arithmetic_step.h"
#include "evaluation/computed_trace.h"

#include <gtest/gtest.h>

namespace pbb {
namespace {

std::string computed(const std::string& expression) {
  const auto value = compute(expression);
  return value ? to_python(*value) : "nothing";
}

std::string follows(const std::string& trace) {
  return computed_result(trace).value_or("nothing");
}

TEST(ArithmeticStep, IntegersDivideAsPythonsDo) {
  EXPECT_EQ(computed("5 + 13"), "18");
  EXPECT_EQ(computed("2 + 3 * 4 - 1"), "13");
  EXPECT_EQ(computed("(2 + 3) * 4"), "20");
  EXPECT_EQ(computed("-7 // 2"), "-4");
  EXPECT_EQ(computed("7 // -2"), "-4");
  EXPECT_EQ(computed("-7 % 3"), "2");
  EXPECT_EQ(computed("7 % -3"), "-2");
  EXPECT_EQ(computed("6 // -3 - 6 % -3"), "-2");
  EXPECT_EQ(computed("-2 ** 2"), "-4");
  EXPECT_EQ(computed("2 ** 10"), "1024");
  EXPECT_EQ(computed("8 - -3"), "11");
  EXPECT_EQ(computed("-(-5)"), "5");
  EXPECT_EQ(computed("True + True"), "2");
}

TEST(ArithmeticStep, FloatsArePythonsToo) {
  EXPECT_EQ(computed("7 / 2"), "3.5");
  EXPECT_EQ(computed("6 / 2"), "3.0");
  EXPECT_EQ(computed("0.1 + 0.2"), "0.30000000000000004");
  EXPECT_EQ(computed("-7.5 // 2"), "-4.0");
  EXPECT_EQ(computed("-7.5 % 2"), "0.5");
  EXPECT_EQ(computed("100 * 1.1"), "110.00000000000001");
  EXPECT_EQ(computed("3 * 1.0"), "3.0");
}

TEST(ArithmeticStep, ComparisonsAndBooleansDecideAsPythons) {
  EXPECT_EQ(computed("31 >= 32"), "False");
  EXPECT_EQ(computed("1 <= 5 < 10"), "True");
  EXPECT_EQ(computed("1 < 5 < 5"), "False");
  EXPECT_EQ(computed("1 == 1.0"), "True");
  EXPECT_EQ(computed("'oak' == 'pine'"), "False");
  EXPECT_EQ(computed("'oak' < 'pine'"), "True");
  EXPECT_EQ(computed("'oak' == 1"), "False");
  EXPECT_EQ(computed("'oak' in ['ash', 'oak']"), "True");
  EXPECT_EQ(computed("'a' not in 'oak'"), "False");
  EXPECT_EQ(computed("None is not None"), "False");
  EXPECT_EQ(computed("3 > 2 and 5 < 4"), "False");
  EXPECT_EQ(computed("not 3 > 2 or 0"), "0");
  EXPECT_EQ(computed("0 != 0 and 10 // 0 > 1"), "False");  // the right side is never evaluated
  EXPECT_EQ(computed("3 if 5 > 4 else 2"), "3");
  EXPECT_EQ(computed("1 // 0 if False else 2"), "2");
}

TEST(ArithmeticStep, FunctionsOfNumbers) {
  EXPECT_EQ(computed("min(3, 4)"), "3");
  EXPECT_EQ(computed("max(2 * 3, 4, 5)"), "6");
  EXPECT_EQ(computed("max([2, 9])"), "9");
  EXPECT_EQ(computed("abs(-3)"), "3");
  EXPECT_EQ(computed("len('größe')"), "5");
}

TEST(ArithmeticStep, RoundingIsPythonsOfWhatTheFloatExactlyIs) {
  EXPECT_EQ(computed("round(6.375, 2)"), "6.38");
  EXPECT_EQ(computed("round(2.675, 2)"), "2.67");
  EXPECT_EQ(computed("round(0.125, 2)"), "0.12");
  EXPECT_EQ(computed("round(2.5)"), "2");
  EXPECT_EQ(computed("round(-3.5)"), "-4");
  EXPECT_EQ(computed("round(40, 2)"), "40");
  EXPECT_EQ(computed("round(30.0, 1)"), "30.0");
  EXPECT_EQ(computed("int(-3.7)"), "-3");
  EXPECT_EQ(computed("int(99 * 0.1)"), "9");
  EXPECT_EQ(computed("math.ceil(13 / 4) * 3"), "12");
  EXPECT_EQ(computed("sum([1, 2, True])"), "4");
}

TEST(ArithmeticStep, PowersOfFloatsAndPlacesInRisingLists) {
  EXPECT_EQ(computed("1.75 ** 2"), "3.0625");
  EXPECT_EQ(computed("56.7 / (175 / 100) ** 2"), "18.514285714285716");
  EXPECT_EQ(computed("(-2.0) ** 3"), "-8.0");
  EXPECT_EQ(computed("2.25 ** 0.5"), "1.5");
  EXPECT_EQ(computed("bisect_right([580, 670, 740], 670)"), "2");
  EXPECT_EQ(computed("bisect.bisect_left([580, 670, 740], 670)"), "1");
  EXPECT_EQ(computed("['low', 'mid', 'high'][bisect([1, 5.5], 5.5)]"), "'high'");
}

TEST(ArithmeticStep, WhatALoopGoesThrough) {
  EXPECT_EQ(computed_result("n = 2; for i in range(n + 1) ="), std::nullopt);
  EXPECT_EQ(computed_result("n = 2; for i in range(2 + 1) ="), "range(3) = [0, 1, 2]");
  EXPECT_EQ(computed_result("n = 2; for i in range(2 + 1) = range(3) ="), "[0, 1, 2]");
  EXPECT_EQ(computed_result("for i in range(2, 5) ="), "[2, 3, 4]");
  EXPECT_EQ(computed_result("for i in range(0) ="), "[]");
  EXPECT_EQ(computed_result("for i, x in enumerate([7, 'a']) ="), "[(0, 7), (1, 'a')]");
  EXPECT_EQ(computed_result("for i, x in enumerate([7, 5], 1) ="), "[(1, 7), (2, 5)]");
  EXPECT_EQ(computed_result("for a, b in zip([1, 2, 3], [4, 5]) ="), "[(1, 4), (2, 5)]");
  EXPECT_EQ(computed_result("for key, n in {'a': 1, 'b': 2}.items() ="), "[('a', 1), ('b', 2)]");
  EXPECT_EQ(computed_result("for i, x in enumerate([1, 2, 3, 4, 5, 6, 7, 8, 9]) ="), std::nullopt);
  EXPECT_EQ(computed_result("for i in [1, 2]: i ="), std::nullopt);
  EXPECT_EQ(computed_result("for i in [1, 2]:"), std::nullopt);
  EXPECT_EQ(computed_result("for i in range(1000000) ="), std::nullopt);
}

TEST(ArithmeticStep, ElementsAndMethodsOfLiterals) {
  EXPECT_EQ(computed("{'a': 3, 'b': 5}['b'] + 1"), "6");
  EXPECT_EQ(computed("{'a': 3}.get('b', 7) * 2"), "14");
  EXPECT_EQ(computed("{'a': 3}.get('b')"), "None");
  EXPECT_EQ(computed("['low', 'high'][1]"), "'high'");
  EXPECT_EQ(computed("(1, 2, 3)[-1]"), "3");
  EXPECT_EQ(computed("'b' in ('a', 'b')"), "True");
  EXPECT_EQ(computed("1 in (2,)"), "False");
  EXPECT_EQ(computed("(9 <= 42, 9)"), "(True, 9)");
  EXPECT_EQ(computed("' Gold '.strip().lower() == 'gold'"), "True");
  EXPECT_EQ(computed("'ab'.upper() + 'b'"), "'ABb'");
  EXPECT_EQ(computed("'oak'.startswith('o') and 'b' in {'a', 'b'}"), "True");
  EXPECT_EQ(computed("'c' not in {'a': 1, 'b': 2}"), "True");
}

TEST(ArithmeticStep, WhatIsNoOperationRaisesOrIsNotExactIsLeftToTheModel) {
  for (const char* text : {"18",
                           "-5",
                           "'oak'",
                           "",
                           "5 +",
                           "+",
                           "5 + x",
                           "x + 5",
                           "f(3) + 1",
                           "1 // 0",
                           "1 % 0",
                           "(-2.0) ** 0.5",
                           "0.0 ** -1",
                           "10.0 ** 400",
                           "bisect([1, 2])",
                           "bisect(['a'], 1)",
                           "range(3)",
                           "1 / 0",
                           "5 5",
                           "5 + 'a'",
                           "'a' < 1",
                           "2 ** -1",
                           "9223372036854775807 + 1",
                           "-9223372036854775807 - 2",
                           "9223372036854775807 * 2",
                           "9007199254740993 + 0.5",
                           "99999999999999999999 + 1",
                           "(5 + 3",
                           "(5 + 3, 2",
                           "(5 + 3, , 2)",
                           "5 + 3)",
                           "min(3",
                           "min 3",
                           "__import__('os').system('true')",
                           "[1, 2][2]",
                           "{'a': 1}['b']",
                           "[1, 2]['a']",
                           "'a'.title()",
                           "'Ä'.lower()",
                           "'a'.upper",
                           "round('a')",
                           "round(5.5, -1)",
                           "int('5')",
                           "sum([0.1, 0.2])",
                           "round()",
                           "{1: 2} == {1: 2}",
                           "lambda: 5",
                           "5 = 5"}) {
    EXPECT_EQ(computed(text), "nothing") << text;
  }
  EXPECT_EQ(computed(std::string(5000, '(') + "1 + 1" + std::string(5000, ')')), "nothing");
  EXPECT_EQ(computed(std::string(5000, '-') + "1"), "nothing");
}

TEST(ArithmeticStep, ATraceIsContinuedAfterACompleteOperationOnly) {
  EXPECT_EQ(follows(" x = 5 + 13 ="), "18");
  EXPECT_EQ(follows(" x = 5 + 13 = 18; return 18 * 5 ="), "90");
  EXPECT_EQ(follows(" 31 >= 32 is"), "False");
  EXPECT_EQ(follows(" kind = 'a; b' + 'c' ="), "'a; bc'");
  EXPECT_EQ(follows(" x = y = 2 * 3 ="), "6");
  EXPECT_EQ(follows(" min(3, 4) > 2: 3 > 2 is"), "True");
  EXPECT_EQ(follows(" ok = 3 == 3 ="), "True");
  EXPECT_EQ(follows(" match 'Oak'.lower() ="), "'oak'");
  EXPECT_EQ(follows(" 'b' not in {'a': 1, 'b': 2} is"), "False");
  for (const char* trace :
       {" x =", " x = 5 =", " x = 5 + 13", " x = 5 + 13 = ", " x = 5 + 13 = 18 =", " 5 is", " 31 >",
        " 31 >=", " x = 31 >=", " 5 + 3 is", " None is", " return 18 =", "", " ="}) {
    EXPECT_EQ(follows(trace), "nothing") << trace;
  }
}

TEST(ArithmeticStep, EachStageOfAChainWorksOutWhatIsReady) {
  EXPECT_EQ(follows(" x = min(3, 4) ="), "3");
  EXPECT_EQ(follows(" x = min(3, 4) + 2 ="), "3 + 2 = 5");
  EXPECT_EQ(follows(" x = min(3, 4) + 2 = 3 + 2 ="), "5");
  EXPECT_EQ(follows(" x = 4 * (5 + 3) ="), "4 * 8 = 32");
  EXPECT_EQ(follows(" x = 2 * 3 + 4 * 5 ="), "6 + 20 = 26");
  EXPECT_EQ(follows(" x = 10 - 2 * 3 - 1 ="), "10 - 6 - 1 = 4 - 1 = 3");
  EXPECT_EQ(follows(" return max(min(9, 4), 2) * abs(-3) ="), "max(4, 2) * 3 = 4 * 3 = 12");
  EXPECT_EQ(follows(" x = 2 + min(-3, 4) ="), "2 + -3 = -1");
  EXPECT_EQ(follows(" x = (3 - 5) ** 2 ="), "(-2) ** 2 = 4");
  EXPECT_EQ(follows(" x = -(3 - 5) ="), "-(-2) = 2");
  EXPECT_EQ(follows(" x = {'a': 3}.get('a', 0) * 2 ="), "3 * 2 = 6");
  EXPECT_EQ(follows(" a, b = 4 * 2 + 1, 5 ="), "8 + 1, 5 = 9, 5");
  EXPECT_EQ(follows(" a, b = 4 * 2 + 1, 5 = 8 + 1, 5 ="), "9, 5");
  EXPECT_EQ(follows(" return (True, math.ceil(28 / 7) * 12) ="),
            "(True, math.ceil(4.0) * 12) = (True, 4 * 12) = (True, 48)");
  EXPECT_EQ(follows(" x = 'Ab'.strip().lower() ="), "'Ab'.lower() = 'ab'");
}

TEST(ArithmeticStep, OfAChoiceTheConditionComesFirstAndWhatIsNotChosenIsNotTouched) {
  EXPECT_EQ(follows(" x = 2 * 3 if 5 > 4 else 1 // 0 ="), "2 * 3 if True else 1 // 0 = 2 * 3 = 6");
  EXPECT_EQ(follows(" x = 2 * 3 if True else 1 // 0 ="), "2 * 3 = 6");
  EXPECT_EQ(follows(" x = 7 + (60 if False else 0) ="), "7 + 0 = 7");
  EXPECT_EQ(follows(" x = 7 * (2 + 3 if True else 0) ="), "7 * (2 + 3) = 7 * 5 = 35");
  EXPECT_EQ(follows(" return None is None or None > 3 ="), "True or None > 3 = True");
  EXPECT_EQ(follows(" return True or None > 3 ="), "True");
  EXPECT_EQ(follows(" return 0 > 0 and 3 / 0 > 2 ="), "False and 3 / 0 > 2 = False");
}

TEST(ArithmeticStep, DecimalsAreKnownByTheirSpelling) {
  EXPECT_EQ(follows(" part = Decimal(5) * (1 + Decimal('0.10')) ="),
            "Decimal('5') * Decimal('1.10') = Decimal('5.50')");
  EXPECT_EQ(follows(" x = int(Decimal('5.50').quantize(Decimal('1'), rounding='ROUND_HALF_UP')) ="),
            "int(Decimal('6')) = 6");
  EXPECT_EQ(follows(" x = -Decimal('0.5') ="), "Decimal('-0.5')");
  EXPECT_EQ(follows(" Decimal('1.10') == Decimal('1.1') is"), "True");
  EXPECT_EQ(follows(" x = Decimal('1.5') * 1.5 ="), "nothing");  // raises in Python
  EXPECT_EQ(follows(" x = Decimal('1.50 ') + 1 ="), "nothing");  // not as Python writes it
  EXPECT_EQ(follows(" x = Decimal('1') / Decimal('0') ="), "nothing");
}

TEST(ArithmeticStep, ALoopUnderWayGoesOnWithWhatIsLeft) {
  const std::string begun = " for i in range(3) = [0, 1, 2]: i = 0; x = 0 + 0 = 0; for i in";
  EXPECT_EQ(follows(begun), "[1, 2]: i = 1");
  EXPECT_EQ(follows(begun + " [1, 2]: i = 1; for i in"), "[2]: i = 2");
  EXPECT_EQ(follows(begun + " [2]: i = 2; for i in"), "[]");
  EXPECT_EQ(follows(" for day, worked in [(0, 7), (1, 8)]: day, worked = 0, 7; for day, worked in"),
            "[(1, 8)]: day, worked = 1, 8");
  EXPECT_EQ(follows(" for in_stock in ['a', 'b']: in_stock = 'a'; for in_stock in"), "['b']: in_stock = 'b'");
  // An inner loop that begins, that has ended, and that was left; one that is not shown whole.
  EXPECT_EQ(follows(" for i in [0, 1]: i = 0; for j in"), "nothing");
  EXPECT_EQ(follows(" for i in [0, 1]: i = 0; for j in [5]: j = 5; for j in []; for i in"), "[1]: i = 1");
  EXPECT_EQ(follows(" for j in [5]: j = 5; for j in []; for i in [1]: i = 1; for j in"), "nothing");
  EXPECT_EQ(follows(" for j in [5, 6]: j = 5; break; for i in [1]: i = 1; for j in"), "nothing");
  EXPECT_EQ(follows(" for i in [0, 1, ...]: i = 0; for i in"), "nothing");
  EXPECT_EQ(follows(" for"), "nothing");
}

TEST(ArithmeticStep, WhatACaseAsksIsACondition) {
  EXPECT_EQ(follows(" match 'tin'; case 'tin' == 'gold' is"), "False");
  EXPECT_EQ(follows(" case 'tin' in ('gold', 'tin') and 5 >= 4:"), "True and True is True");
}

TEST(ArithmeticStep, AConditionIsWorkedOutStageByStage) {
  EXPECT_EQ(follows(" 5 < 3 or 'a' == 'b':"), "False or False is False");
  EXPECT_EQ(follows(" not 1 <= 5 <= 9:"), "not True is False");
  EXPECT_EQ(follows(" 0.1 <= 0.05 * 2 and 0 <= 1 + 1:"), "0.1 <= 0.1 and 0 <= 2: True and True is True");
  EXPECT_EQ(follows(" 0.1 <= 0.05 * 2 and 0 <= 1 + 1: 0.1 <= 0.1 and 0 <= 2:"), "True and True is True");
  EXPECT_EQ(follows(" min(3, 4) > 2: 3 > 2 is"), "True");
  EXPECT_EQ(follows(" assert 0 < 5 <= 9 is"), "True");
  EXPECT_EQ(follows(" 'b' in {'a': 1, 'b': 2}['x']:"), "nothing");
  for (const char* trace : {" 31 >= 32:", " call move:", " {'a':", " case 5:", " 5:"}) {
    EXPECT_EQ(follows(trace), "nothing") << trace;
  }
}

}  // namespace
}  // namespace pbb
