# What the cases of a match statement ask of its subject, as conditions: with the subject 'tin', `case 'gold' | 'tin'
# if n > 5` asks 'tin' in ('gold', 'tin') and n > 5.

SUBJECT = "subject_of_match_"  # stands for its value in a condition


def question_of(case):
    """The condition that a case stands for; None where its pattern asks for more than equality, or for nothing."""
    asked = pattern_question(case.pattern)
    if asked is None or case.guard is None:
        return asked
    return ast.BoolOp(op=ast.And(), values=[asked, case.guard])


def pattern_question(pattern):
    subject = ast.Name(id=SUBJECT, ctx=ast.Load())
    if isinstance(pattern, ast.MatchSingleton):
        return ast.Compare(left=subject, ops=[ast.Is()], comparators=[ast.Constant(value=pattern.value)])
    if is_constant(pattern):
        return ast.Compare(left=subject, ops=[ast.Eq()], comparators=[pattern.value])
    if isinstance(pattern, ast.MatchOr) and all(map(is_constant, pattern.patterns)):
        values = ast.Tuple(elts=[one.value for one in pattern.patterns], ctx=ast.Load())
        return ast.Compare(left=subject, ops=[ast.In()], comparators=[values])
    return None


def is_constant(pattern):
    if not isinstance(pattern, ast.MatchValue):
        return False
    value = pattern.value.operand if isinstance(pattern.value, ast.UnaryOp) else pattern.value
    return isinstance(value, ast.Constant)
