# The constants that decide about a parameter: what it, or what comes of it, is compared with or looked up in.

MOST_CALLS_DEEP = 3


def mentions(node, names):
    return any(isinstance(part, ast.Name) and part.id in names for part in ast.walk(node))


def targets_of(node):
    """(targets, value) of a statement or expression that gives names a value, else ([], None)."""
    if isinstance(node, ast.Assign):
        return node.targets, node.value
    if isinstance(node, (ast.AugAssign, ast.AnnAssign, ast.NamedExpr)):
        return [node.target], node.value
    if isinstance(node, (ast.For, ast.comprehension)):
        return [node.target], node.iter
    return [], None


def names_in(targets):
    return {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}


def coming_of(function, name):
    """The names in a function whose values come of one of its parameters, itself among them."""
    names, given = {name}, [targets_of(node) for node in own_nodes(function)]
    for _ in range(len(given) + 1):
        grown = set(names)
        for targets, value in given:
            if value is not None and mentions(value, names):
                grown |= names_in(targets)
        if grown == names:
            break
        names = grown
    return names


def iterated(node, constants):
    """The values that a loop over a constant takes, else []."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
        inner = iterated(node.args[0], constants)
        if node.func.id == "enumerate":
            return list(enumerate(inner))
        return inner if node.func.id in ("sorted", "reversed", "list", "tuple", "set") else []
    view = ""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args:
        view, node = node.func.attr, node.func.value
    known, value = constant(node, constants)
    if not known or type(value) not in (list, tuple, set, dict):
        return []
    if type(value) is dict:
        return list({"items": value.items(), "values": value.values()}.get(view, value))
    return list(value)


def bind(target, values, found):
    """Notes all that the names of a loop's target stand for."""
    if isinstance(target, ast.Name):
        found[target.id] = values
    elif isinstance(target, ast.Tuple):
        for at, part in enumerate(target.elts):
            bind(part, [value[at] for value in values if type(value) in (list, tuple) and len(value) > at], found)


def constants_of(module, function):
    """The module's constants, and what stands for one or several in the function itself."""
    found = dict(module.constants)
    for parameter, default in zip(function.args.kwonlyargs, function.args.kw_defaults):
        known, value = constant(default, found) if default is not None else (False, None)
        if known:
            found[parameter.arg] = value
    for node in own_nodes(function):
        targets, value = targets_of(node)
        if isinstance(node, (ast.For, ast.comprehension)):
            values = iterated(value, found)
            if values:
                bind(targets[0], values, found)
        elif isinstance(node, ast.Assign) and len(targets) == 1 and isinstance(targets[0], ast.Name):
            known, value = constant(value, found)
            if known:
                found.setdefault(targets[0].id, value)
    return found


def compared_pairs(node):
    """(an expression, what it is held against), both ways round, of a comparison, look-up, match, min or bisect."""
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        return [pair for a, b in zip(sides, sides[1:]) for pair in ((a, b), (b, a))]
    if isinstance(node, ast.Subscript):
        return [(node.slice, node.value)]
    if isinstance(node, ast.Call):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called == "get" and isinstance(node.func, ast.Attribute):
            return [(part, node.func.value) for part in node.args[:1]]
        if called in ("min", "max") or called.startswith("bisect"):
            return [(a, b) for a in node.args for b in node.args if a is not b]
    if isinstance(node, ast.Match):
        return [(node.subject, part.value) for case in node.cases for part in ast.walk(case.pattern)
                if isinstance(part, (ast.MatchValue, ast.MatchSingleton))]
    return []


def is_length(node, names):
    return (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len"
            and node.args and mentions(node.args[0], names))


class Deciding:
    """Constants by how they decide about a parameter of a function, in the order in which they stand."""

    def __init__(self, module, function, name, depth=0):
        self.direct, self.derived, self.lengths, self.shifts = [], [], [], []
        names, constants = coming_of(function, name), constants_of(module, function)
        nodes = sorted((node for node in own_nodes(function) if hasattr(node, "lineno")),
                       key=lambda node: (node.lineno, node.col_offset))
        for node in nodes:
            for side, other in compared_pairs(node):
                known, value = (True, other) if not isinstance(other, ast.AST) else constant(other, constants)
                if not known or not mentions(side, names):
                    continue
                kind = (self.lengths if is_length(side, names) else
                        self.direct if mentions(side, {name}) else self.derived)
                kind.append(value)
            if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
                for side, other in ((node.left, node.right), (node.right, node.left)):
                    known, value = constant(other, constants)
                    if known and type(value) in NUMBERS and mentions(side, names):
                        self.shifts.append(value)
            if depth < MOST_CALLS_DEEP and isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                self.follow(module, node, names, depth)

    def follow(self, module, call, names, depth):
        """A helper that is given the parameter, or what comes of it."""
        helper = module.defined.get(call.func.id)
        if not isinstance(helper, ast.FunctionDef):
            return
        given = [(parameter.arg, argument) for parameter, argument in zip(positional(helper), call.args)]
        given += [(part.arg, part.value) for part in call.keywords if part.arg]
        for parameter, argument in given:
            if mentions(argument, names):
                inner = Deciding(module, helper, parameter, depth + 1)
                mine = self.direct if isinstance(argument, ast.Name) and len(names) == 1 else self.derived
                mine += inner.direct + inner.derived
                self.lengths += inner.lengths
                self.shifts += inner.shifts
