# Inputs to try it on, where none are given.

BY_TYPE = {"int": [1, 0, 10, -1, 100, 7], "float": [1.0, 0.0, 2.5, -1.5, 100.0], "str": ["a", "", "A1", "north"],
           "bool": [True, False], "None": [None], "dict": [{}, {"a": 1}], "set": [{1, 2}, set()]}


def by_annotation(node):
    node = annotation_of(node)
    if node is None:
        return []
    if isinstance(node, ast.BinOp):
        return by_annotation(node.left) + by_annotation(node.right)
    if isinstance(node, ast.Constant) and node.value is None:
        return [None]
    if isinstance(node, ast.Subscript):
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        name = getattr(node.value, "id", getattr(node.value, "attr", ""))
        if name in ("Optional", "Union"):
            return [value for part in inner for value in by_annotation(part)] + [None] * (name == "Optional")
        if name == "Literal":
            return [part.value for part in inner if isinstance(part, ast.Constant)]
        items = by_annotation(inner[0]) or [1, 2, 3]
        if name in ("list", "List", "Sequence", "Iterable", "Collection"):
            return [items[:3], [], items[:1], items]
        if name in ("tuple", "Tuple"):
            return [tuple((by_annotation(part) or [1])[0] for part in inner if not isinstance(part, ast.Constant))]
        if name in ("dict", "Dict", "Mapping"):
            value = (by_annotation(inner[-1]) or [1])[0]
            return [{items[0]: value}, {}]
        return BY_TYPE.get(name, [])
    name = getattr(node, "id", getattr(node, "attr", ""))
    return [[1, 2, 3], []] if name in ("list", "List", "Sequence", "Iterable") else list(BY_TYPE.get(name, []))


def around(value):
    """A constant that something is compared with, and what lies beside it."""
    if type(value) is int:
        return [value, value - 1, value + 1]
    if type(value) is float:
        return [value, value - 0.01, value + 0.01]
    if type(value) in (list, tuple, set, dict):
        return [near for part in value for near in (around(part) if type(part) in (int, float) else [part])]
    return [value]


def mentions(node, name):
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node))


def compared_with(module, function, name):
    """The constants that decide about a parameter."""
    found = []
    for node in own_nodes(function):
        pairs = []
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            pairs = [pair for a, b in zip(sides, sides[1:]) for pair in ((a, b), (b, a))]
        elif isinstance(node, ast.Subscript):
            pairs = [(node.slice, node.value)]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            pairs = [(part, node.func.value) for part in node.args[:1]]
        elif isinstance(node, ast.Match):
            pairs = [(node.subject, part.value) for case in node.cases for part in ast.walk(case.pattern)
                     if isinstance(part, ast.MatchValue)]
        for side, other in pairs:
            if mentions(side, name):
                known, value = constant(other, module.constants)
                found += around(value) if known else []
    return found


def by_use(function, name):
    for node in own_nodes(function):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name:
            return BY_TYPE["dict"] if node.attr in ("items", "keys", "values", "get") else BY_TYPE["str"]
        iterated = getattr(node, "iter", None) if isinstance(node, (ast.For, ast.comprehension)) else None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("len", "sum", "sorted"):
            iterated = node.args[0] if node.args else None
        if isinstance(iterated, ast.Name) and iterated.id == name:
            return [[1, 2, 3], [], [10, 0, 5, 7]]
    return BY_TYPE["int"]


def proposals(module, function):
    parameters, defaults = positional(function), function.args.defaults
    required = len(parameters) - len(defaults)
    candidates = []
    for at, parameter in enumerate(parameters):
        values = compared_with(module, function, parameter.arg) + by_annotation(parameter.annotation)
        if at >= required:
            known, value = constant(defaults[at - required], module.constants)
            values += around(value)[:3] + BY_TYPE.get(type(value).__name__, []) if known else []
        unique = {}
        for value in values or by_use(function, parameter.arg):
            unique.setdefault(repr(value), value)
        candidates.append(list(unique.values()))
    inputs = [[values[0] for values in candidates]]
    for at, values in enumerate(candidates):  # one varies
        inputs += [inputs[0][:at] + [value] + inputs[0][at + 1:] for value in values[1:9]]
    for turn in range(1, 9):  # all vary
        inputs.append([values[(turn * (at + 1)) % len(values)] for at, values in enumerate(candidates)])
    kinds = [[value] * len(parameters) for value in (5, 2.5, "a", [1, 2, 3])]
    unique = {}
    for values in inputs[:MOST_PROPOSALS - len(kinds)] + kinds:
        unique.setdefault(repr(values), values)
    return list(unique.values())
