# Inputs at which an answer may change: constants that decide about a parameter and what lies beside them, categories
# and a missing one, None where it is meant, zero, a negative; and, where no inputs are given, what it is tried on.

MOST_BOUNDARIES, MOST_VARYING = 128, 64
MOST_VALUES = 14
MISSING_CATEGORY = "other"
CENT = Decimal("0.01")
BY_TYPE = {"int": [1, 0, 10, -1, 100, 7], "float": [1.0, 0.0, 2.5, -1.5, 100.0], "str": ["a", "", "A1", "north"],
           "Decimal": [Decimal("1.00"), Decimal("0"), Decimal("10.50"), Decimal("-1.25"), Decimal("100")],
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


def by_use(function, name):
    for node in own_nodes(function):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name:
            return BY_TYPE["dict"] if node.attr in ("items", "keys", "values", "get") else BY_TYPE["str"]
        iterated_here = getattr(node, "iter", None) if isinstance(node, (ast.For, ast.comprehension)) else None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in (
                "len", "sum", "sorted", "enumerate", "any", "all"):
            iterated_here = node.args[0] if node.args else None
        if isinstance(iterated_here, ast.Name) and iterated_here.id == name:
            return [[1, 2, 3], [], [10, 0, 5, 7]]
    return BY_TYPE["int"]


def around(value, is_float=False):
    """A constant that something is compared with, and what lies beside it."""
    if type(value) is int:
        return [value, value - 1, value + 1] + ([value - 0.01, value + 0.01] if is_float else [])
    if type(value) is float:
        return [value, round(value - 0.01, 10), round(value + 0.01, 10)]
    if type(value) is Decimal:
        return [value, value - CENT, value + CENT]
    if type(value) in (list, tuple, set, dict):
        value = sorted(value, key=repr) if type(value) is set else value
        return [near for part in value for near in (around(part, is_float) if type(part) in NUMBERS else [part])]
    return [value]


def kind_of(value):
    return {int: "number", float: "number", Decimal: "number", bool: "bool", str: "str", type(None): "None"}.get(type(value), "other")


def fields_of(function, name):
    """The keys by which a parameter is asked, when it is a dictionary: {key: the expressions that do}."""
    found = {}
    for node in own_nodes(function):
        key = None
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == name:
            key = node.slice
        elif (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get"
              and isinstance(node.func.value, ast.Name) and node.func.value.id == name and node.args):
            key = node.args[0]
        if isinstance(key, ast.Constant) and type(key.value) is str:
            found.setdefault(key.value, []).append(node)
    return found


def dictionaries(module, function, fields):
    """One that has all that is asked for, one with each value that decides in turn, one that lacks a key."""
    values = {}
    constants = constants_of(module, function)
    for key, asked in fields.items():
        near = []
        for node in own_nodes(function):
            for side, other in compared_pairs(node):
                if any(part is one for part in ast.walk(side) for one in asked) and isinstance(other, ast.AST):
                    known, value = constant(other, constants)
                    near += around(value) if known else []
        values[key] = near or [1, 0, 10]
    first = {key: near[0] for key, near in values.items()}
    found = [first, {key: near[-1] for key, near in values.items()}]
    found += [{**first, key: value} for key, near in values.items() for value in near[1:5]]
    return found + [{key: value for key, value in first.items() if key != left_out} for left_out in list(first)[:2]]


def is_tested_bare(function, name):
    """Whether it is a condition by itself, as a boolean is."""
    for node in own_nodes(function):
        tests = [node.test] if isinstance(node, (ast.If, ast.IfExp, ast.While)) else []
        tests += node.values if isinstance(node, ast.BoolOp) else []
        tests += [node.operand] if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not) else []
        if any(isinstance(test, ast.Name) and test.id == name for test in tests):
            return True
    return False


def between(values):
    """Numbers that lie between those that decide, and one beyond them."""
    numbers = sorted({value for value in values if type(value) in NUMBERS})
    found = []
    for low, high in zip(numbers, numbers[1:]):
        middle = (low + high) // 2 if type(low) is type(high) is int and high - low > 1 else round((low + high) / 2, 4)
        found += [middle] if high - low >= 1 else []
    return found[:4] + ([numbers[-1] * 2 if numbers[-1] > 2 else 10] if numbers else [])


def unique(values):
    found = {}
    for value in values:
        found.setdefault(repr(value), value)
    return list(found.values())


def lists_of(values, lengths):
    """Lists whose items or lengths decide."""
    items = [value for value in values if type(value) is not list] or [1, 2, 3]
    wanted = [near for length in lengths if type(length) is int for near in (length, length - 1, length + 1)]
    found = [items[:3]] + [(items * 20)[:length] for length in wanted if 0 <= length <= 20]
    return found + [[value] for value in items[:6]] + [(items * 8)[start:start + 7] for start in (0, 1, 3)]


def candidates_for(module, function, parameter, default):
    """The values of one parameter that are worth asking about, those that decide most directly first."""
    annotated, used = by_annotation(parameter.annotation), by_use(function, parameter.arg)
    deciding = Deciding(module, function, parameter.arg)
    lists = (annotated, default, deciding.direct, deciding.derived, deciding.shifts)
    is_decimal = any(type(value) is Decimal for values in lists for value in values)
    if is_decimal:  # floats do not mix with them
        for values in lists:
            values[:] = [Decimal(str(value)) if type(value) is float else value for value in values]
    is_float = any(type(value) is float for value in annotated + default)
    near = lambda constants: [value for one in constants for value in around(one, is_float)]
    fields = fields_of(function, parameter.arg)
    if fields and not annotated:
        return dictionaries(module, function, fields)
    direct, derived = near(deciding.direct), near(deciding.derived)
    numbers = [one for one in unique(deciding.direct + deciding.derived) if type(one) in NUMBERS][:4]
    for shift in deciding.shifts[:2]:
        derived += around(shift, is_float) + [round(shift + sign * one, 10) for one in numbers for sign in (1, -1)]
    if any(type(value) is list for value in annotated + used):
        return unique(lists_of(direct + derived + [part for one in annotated if one for part in one],
                               deciding.lengths) + [value for value in annotated + used if type(value) is list])
    # What comes of it may be of another kind than it: a rate that is looked up by a zone.
    kinds = {kind_of(value) for value in direct + annotated + default} - {"None"}
    values = direct + [value for value in derived if not kinds or kind_of(value) in kinds]
    values += list(annotated) + [near for value in default for near in around(value)[:3] + BY_TYPE.get(
        type(value).__name__, [])]
    values += near([length for length in deciding.lengths]) if kinds == {"number"} else []
    if is_tested_bare(function, parameter.arg) and not values:
        values = [True, False]
    if all(value is None for value in values):  # what else it may be, nothing tells
        values = values + list(used)
    values = unique(values)[:MOST_VALUES]
    kinds = {kind_of(value) for value in values}
    extras = [MISSING_CATEGORY, ""] if "str" in kinds else []
    extras += [0, -1, *between(deciding.direct + deciding.derived)] if "number" in kinds else []
    if is_decimal and any(type(value) is Decimal for value in annotated + default):
        return unique([Decimal(str(value)) if type(value) in NUMBERS else value for value in values + extras])
    return unique(values + extras)


class Draw:
    """Numbers that are the same each time (Knuth's linear congruence)."""

    def __init__(self):
        self.state = 1

    def share(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2 ** 64
        return (self.state >> 33) / 2 ** 31

    def one_of(self, values):
        return values[int(len(values) * self.share())]


def boundaries(module, function):
    """Inputs in which one parameter takes each of its values, beside several bases, and some in which all vary."""
    parameters, defaults = positional(function), function.args.defaults
    required = len(parameters) - len(defaults)
    candidates = []
    for at, parameter in enumerate(parameters):
        known, value = constant(defaults[at - required], module.constants) if at >= required else (False, None)
        candidates.append(candidates_for(module, function, parameter, [value] if known else []))
    draw = Draw()
    # The first ones, which decide most directly, more often.
    varying = [[values[int(len(values) * draw.share() ** 2)] for values in candidates] for _ in range(MOST_VARYING)]
    bases = [[values[min(at, len(values) - 1)] for values in candidates] for at in (0, 2)] + varying[:1]
    inputs = list(bases)
    for base in bases:
        ones = [base[:at] + [values[turn]] + base[at + 1:] for turn in range(max(map(len, candidates), default=0))
                for at, values in enumerate(candidates) if turn < len(values)]
        inputs += ones[:(MOST_BOUNDARIES - MOST_VARYING) // len(bases)]
    return unique(inputs + varying)[:MOST_BOUNDARIES]


def is_number(value):
    return type(value) in NUMBERS


def another(value, column, draw):
    """A number between those of its column or beyond them, as fine as they are; a list of such; anything else as it
    is."""
    numbers = [one for part in column for one in (part if type(part) is list else [part]) if is_number(one)]
    if type(value) is list and all(map(is_number, value)) and numbers:
        return [another(one, numbers, draw) for one in value]
    if not is_number(value) or not numbers or draw.share() < 0.3:
        return value
    low, high, is_whole = min(numbers), max(numbers), all(type(one) is int for one in numbers)
    if draw.share() < 0.25:  # where little decides there is little between
        high += max(high - low, 20 if is_whole else 0)
    share = draw.share()
    if any(type(one) is Decimal for one in numbers):
        low, high, share = Decimal(str(low)), Decimal(str(high)), round(Decimal(share), 4)
    found = low + (high - low) * share
    return round(found) if is_whole else round(found, draw.one_of([0, 1, 1, 2]))


def practice(near):
    """More inputs like the boundaries, with other numbers: to be run, and not to be asked about."""
    draw, columns = Draw(), list(zip(*near))
    found = [[another(value, column, draw) for value, column in zip(draw.one_of(near), columns)]
             for _ in range(MOST_VARYING if near else 0)]
    known = {repr(one) for one in near}
    return [one for one in unique(found) if repr(one) not in known]


def proposals(module, function, near):
    """What to try it on: of the boundaries, and arguments of one kind each."""
    required = len(positional(function)) - len(function.args.defaults)
    if kept_defaults(function) and near:  # what a call leaves behind in them shows where they are used
        near = [near[0][:required], *near]
    kinds = [[value] * len(positional(function)) for value in (5, 2.5, "a", [1, 2, 3])]
    return unique(near[:MOST_PROPOSALS - len(kinds)] + kinds)


def raised_by_itself(reached):
    """The exceptions that the code raises in so many words."""
    found = set()
    for node in reached:
        for part in ast.walk(node):
            if isinstance(part, ast.Assert):
                found.add("AssertionError")
            named = part.exc if isinstance(part, ast.Raise) else None
            named = named.func if isinstance(named, ast.Call) else named
            if isinstance(named, (ast.Name, ast.Attribute)):
                found.add(getattr(named, "id", getattr(named, "attr", "")))
    return sorted(found)
