# Calls that the text tells.

CALL = re.compile(r"(?<![\w.])([^\W\d]\w*)\(")
ANSWER = re.compile(r"\s*(?:==|=>|->|→|=|:|is|gives|returns)\s*(.+)")
TOKEN = re.compile(r"""(-?\d[\d_]*\.?\d*(?:e[-+]?\d+)?|True|False|None|'[^'\\]*'|"[^"\\]*"|\(.*\)|\[.*\]|\{.*\})""")


def parsed_call(node):
    """[name, arguments, named arguments] of a call of plain literals, else None."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return None
    arguments = [constant(part) for part in node.args]
    named = [(part.arg, *constant(part.value)) for part in node.keywords]
    if not all(known for known, _ in arguments) or not all(name and known for name, known, _ in named):
        return None
    return [node.func.id, [value for _, value in arguments], {name: value for name, _, value in named}]


def calls_in(text):
    """(where it begins, where it ends, call) of each call of literals within a text."""
    for found in CALL.finditer(text):
        end = found.end()
        for _ in range(12):
            end = text.find(")", end) + 1
            if end == 0 or end - found.start() > 2000:
                break
            try:
                call = parsed_call(ast.parse(text[found.start():end].strip(), mode="eval").body)
            except (SyntaxError, ValueError, MemoryError, RecursionError):
                continue
            if call:
                yield found.start(), end, call
            break


def value_of(text):
    """[value] of a literal that a text is, or begins with; else []."""
    text = text.strip()
    token = TOKEN.match(text)
    for part in (text, text.rstrip(".,;"), token.group(1).rstrip(".") if token else ""):
        try:
            known, value = constant(ast.parse(part.lstrip(), mode="eval").body)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
        if known:
            return [value]
    return []


def told_in_text(text, line):
    for start, end, call in calls_in(text):
        answer = ANSWER.match(text[end:].split("\n")[0])
        yield [line + text.count("\n", 0, start), *call, value_of(answer.group(1)) if answer else [], "", "text"]


def examples_in(text, line):
    """The doctests of a docstring: [line, name, arguments, named, [value], exception, "doctest"]."""
    rows = text.split("\n")
    for at, row in enumerate(rows):
        if not row.strip().startswith(">>> "):
            continue
        code, after = [row.strip()[4:]], at + 1
        while after < len(rows) and rows[after].strip().startswith("..."):
            code.append(rows[after].strip()[4:])
            after += 1
        want = []
        while after < len(rows) and rows[after].strip() and not rows[after].strip().startswith(">>>"):
            want.append(rows[after].strip())
            after += 1
        try:
            call = parsed_call(ast.parse("\n".join(code), mode="eval").body)
        except (SyntaxError, ValueError):
            call = None
        if call and want:
            raised = want[0].startswith("Traceback") and want[-1].split(":")[0].strip().split(".")[-1]
            yield [line + at, *call, [] if raised else value_of("\n".join(want)), raised or "", "doctest"]


def told(module, source):
    """Every call of literals that stands in a comment or string, or is compared in the code: with its answer if it
    is one: [line, name, arguments, named arguments, [answer] or [], exception or "", "doctest" or "text"]."""
    found = []
    documented = {id(node.body[0].value) for node in ast.walk(module.tree)
                  if isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Module)) and ast.get_docstring(node) is not None}
    commented = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            commented.add(token.start[0])
            found += told_in_text(token.string, token.start[0])
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and type(node.value) is str and "(" in node.value:
            if id(node) in documented:
                found += examples_in(node.value, node.lineno)
            found += told_in_text(node.value, node.lineno)
        elif isinstance(node, (ast.Compare, ast.Call)):
            parts = list(ast.iter_child_nodes(node))
            beside = any(constant(part)[0] for part in parts)
            for part in parts if beside else ():
                call = parsed_call(part)
                found += [[part.lineno, *call, [], "", "text"]] if call else []
        if isinstance(node, ast.Call) and node.end_lineno in commented and parsed_call(node):
            found.append([node.lineno, *parsed_call(node), [], "", "text"])
    exact = {repr(entry[:4]) for entry in found if entry[6] == "doctest"}
    return [entry for entry in found if entry[6] == "doctest" or repr(entry[:4]) not in exact]
