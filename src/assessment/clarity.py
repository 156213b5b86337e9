# How clear a rule is, what a file's lines are, and what a call takes. Comes after the survey's source
# (programs/importers/survey), whose imports and names it uses; assessment/clarity.h says what the values mean.
import time

ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FEATURES = (
    ("loops", (ast.For, ast.While, ast.AsyncFor) + COMPREHENSIONS),
    ("tables", (ast.List, ast.Tuple, ast.Dict, ast.Set, ast.Subscript) + COMPREHENSIONS),
    ("exceptions", (ast.Raise, ast.Try, ast.Assert)),
    ("texts", (ast.JoinedStr,)),
    ("cases", (ast.Match,)),
    ("classes", (ast.ClassDef, ast.Attribute)),
    ("imports", (ast.Import, ast.ImportFrom)),
)


def is_docstring(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def numbers_of_code(source):
    """The numbers of the lines that hold code: no blank ones, no comments, no docstrings."""
    skipped = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER,
               tokenize.ENCODING)
    try:
        lines = set()
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type not in skipped:
                lines.update(range(token.start[0], token.end[0] + 1))
        for node in ast.walk(ast.parse(source)):
            if is_docstring(node):
                lines.difference_update(range(node.lineno, node.end_lineno + 1))
        return lines
    except (SyntaxError, tokenize.TokenError, ValueError, RecursionError):
        return {at for at, line in enumerate(source.split("\n"), 1) if line.strip() and line.strip()[0] != "#"}


def conditions_of(node):
    """How many questions it asks: of `a < b and c`, two."""
    if isinstance(node, (ast.If, ast.While, ast.IfExp)):
        return 1
    if isinstance(node, ast.BoolOp):
        return len(node.values) - 1
    if isinstance(node, ast.comprehension):
        return len(node.ifs)
    is_else = isinstance(node, ast.match_case) and isinstance(node.pattern, ast.MatchAs) and node.pattern.pattern is None
    return 1 if isinstance(node, ast.match_case) and not is_else else 0


def features_of(nodes):
    found = [name for name, kinds in FEATURES if any(isinstance(node, kinds) for node in nodes)]
    if sum(isinstance(node, FUNCTIONS) for node in nodes) > 1:
        found.append("helpers")
    if any(isinstance(node, ast.Call) for node in nodes):
        found.append("calls")
    if any(isinstance(node, ast.Constant) and type(node.value) is float for node in nodes):
        found.append("decimals")
    if any(isinstance(node, FUNCTIONS) and (node.args.defaults or node.args.kwonlyargs) for node in nodes):
        found.append("defaults")
    return sorted(found)


def clarity(source):
    nodes = list(ast.walk(ast.parse(source)))
    return {"lines": len(numbers_of_code(source)),
            "conditions": sum(map(conditions_of, nodes)),
            "arithmetic": sum(isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ARITHMETIC)
                              for node in nodes),
            "calls": sum(isinstance(node, ast.Call) for node in nodes),
            "features": features_of(nodes)}


def span_of(node):
    first = min([node.lineno] + [decorator.lineno for decorator in getattr(node, "decorator_list", [])])
    return set(range(first, node.end_lineno + 1))


def functions_in(tree):
    """The lines of each function by the name that it has as a rule."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS):
            found.setdefault(node.name, span_of(node))
        elif isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, FUNCTIONS):
                    found[function_name(node, method)] = span_of(method)
    return found


def code_lines(source, names, rules):
    """[lines of code, those of each function named, those of other statements that stand in one of the rules]"""
    code = numbers_of_code(source)
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return [len(code), [0] * len(names), 0]
    functions, counted, of_names = functions_in(tree), set(), []
    for name in names:
        span = functions.get(name, set()) & code - counted
        counted |= span
        of_names.append(len(span))
    used, lines = set(), source.split("\n")
    texts = [{line.strip() for line in rule.split("\n")} for rule in rules]
    for node in tree.body:
        own = span_of(node) & code
        if own and any(all(lines[at - 1].strip() in text for at in own) for text in texts):
            used |= own - counted
    return [len(code), of_names, len(used)]


def microseconds(source, name, inputs):
    """What a call takes, over all of the inputs, exceptions included."""
    module = types.ModuleType("rule")
    sys.modules["rule"] = module
    exec(compile(source, "rule", "exec"), module.__dict__)
    function, taken, calls = module.__dict__[name], 0.0, 0
    while taken < 0.02 and calls < 20000:
        batch = copy.deepcopy(inputs)
        start = time.process_time()
        for given in batch:
            try:
                function(*given)
            except Exception:
                pass
        taken += time.process_time() - start
        calls += len(batch)
    return taken / calls * 1e6
