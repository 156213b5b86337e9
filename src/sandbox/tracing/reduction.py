# The working of an expression: one stage after another, each of which works out every operation whose operands are
# values, so that no step asks for more than one operation at a time: 4 * (5 + 3) = 4 * 8 = 32.
import bisect
import math
import operator
import types

OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
             ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow, ast.BitAnd: operator.and_,
             ast.BitOr: operator.or_, ast.BitXor: operator.xor, ast.Eq: operator.eq, ast.NotEq: operator.ne,
             ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
             ast.Is: operator.is_, ast.IsNot: operator.is_not, ast.In: lambda a, b: a in b,
             ast.NotIn: lambda a, b: a not in b, ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Not: operator.not_,
             ast.Invert: operator.invert}
NUMBERS = (int, float, bool, Decimal)
MOST_STAGES = 24
# What loops go through besides plain values.
ITERATED = {name: PURE_NAMES[name] for name in ("enumerate", "range", "reversed", "zip")}
VIEWS_OF_DICTS = ("items", "keys", "values")
# Functions of modules whose values hang on their arguments alone.
PURE_OF_MODULES = [Decimal] + [vars(math)[name] for name in ("ceil", "floor", "sqrt", "trunc")] + [
    vars(bisect)[name] for name in ("bisect", "bisect_left", "bisect_right")]


class Stuck(Exception):
    """Not worked out here: the expression stays as it is."""


class Worked:
    """A value that stands in an expression, and its text."""

    def __init__(self, value, text):
        self.value, self.text = value, text


def worked_value(value, room):
    """None for a value that is not shown. Lists and the like are copied: the program may change its own."""
    text = literal(value, room)
    if text is None:
        return None
    return Worked(value if type(value) in ATOMS else copy.deepcopy(value), text)


class Reduction:
    """Works on a copy of `node`. `values`: Worked, by name. `returns`: (name, literal) of each call of a function of
    the program's own, in the order in which they were made. `find`: of names that stand for functions."""

    def __init__(self, node, values, returns, find, room):
        self.node = copy.deepcopy(node)
        self.values = {name: worked for name, worked in values.items() if worked}
        self.returns, self.find, self.room = list(returns), find, room
        self.waiting = False  # a call of the program's own stands before, and is not made yet

    def stages(self):
        """The expressions that follow, and the values in them by name."""
        for _ in range(MOST_STAGES):
            self.waiting = False
            node = self.reduced(self.node)
            if node is self.node:
                return
            self.node = node
            yield node, {name: worked.text for name, worked in self.values.items()}

    def is_complete(self):
        return self.known(self.node) is not None

    def iterated(self):
        """What a loop over the expression goes through, or None."""
        node, worked = self.node, self.known(self.node)
        try:
            if worked:  # a set's copy may have another order
                return worked.value if type(worked.value) in (list, tuple, dict, str) else None
            if not isinstance(node, ast.Call):
                return None
            if isinstance(node.func, ast.Name) and node.func.id in ITERATED and not self.find(node.func.id)[0]:
                return ITERATED[node.func.id](*self.arguments(node), **self.keywords(node))
            if isinstance(node.func, ast.Attribute) and node.func.attr in VIEWS_OF_DICTS and not node.args:
                owner = self.operand(node.func.value)
                return getattr(owner, node.func.attr)() if type(owner) is dict else None
        except Exception:  # as in reduced()
            pass
        return None

    def known(self, node):
        """The Worked that `node` is, or None."""
        if isinstance(node, ast.Name):
            return self.values.get(node.id)
        if isinstance(node, ast.Constant):
            return Worked(node.value, None) if type(node.value) in ATOMS else None
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant) \
                and type(node.operand.value) in (int, float):
            return Worked(-node.operand.value, None)
        if isinstance(node, ast.Call):
            return self.decimal(node)
        if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
            parts = [self.known(part) for part in node.elts]
            kind = {ast.Tuple: tuple, ast.List: list, ast.Set: set}[type(node)]
            return None if None in parts else self.display(lambda: kind(part.value for part in parts))
        if isinstance(node, ast.Dict):
            keys, parts = [self.known(key) for key in node.keys if key], [self.known(part) for part in node.values]
            if len(keys) < len(parts) or None in keys or None in parts:
                return None
            return self.display(lambda: {key.value: part.value for key, part in zip(keys, parts)})
        return None

    def decimal(self, node):
        """Of `Decimal('0.10')`, which is how that value is written."""
        digits = node.args[0] if len(node.args) == 1 and not node.keywords else None
        if not isinstance(node.func, ast.Name) or not isinstance(digits, ast.Constant) or \
                type(digits.value) is not str or self.find(node.func.id) != (True, Decimal):
            return None
        try:
            value = Decimal(digits.value)
        except ArithmeticError:
            return None
        return Worked(value, None) if value.is_finite() and str(value) == digits.value else None

    def display(self, make):
        try:
            return Worked(make(), None)
        except TypeError:  # no key of a dict
            return None

    def reduced(self, node):
        """`node` itself where nothing in it can be worked out."""
        if self.known(node) or isinstance(node, (ast.Name, ast.Constant)):
            return node
        try:
            if isinstance(node, ast.IfExp):
                return self.chosen(node)
            if isinstance(node, ast.BoolOp):
                return self.joined(node)
            if isinstance(node, (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Subscript, ast.Call, ast.Tuple, ast.List,
                                 ast.Dict, ast.Set)):
                return self.operation(node)
            self.waiting = self.waiting or any(self.own_function(part) for part in ast.walk(node))
        except Exception:  # Stuck, or it raises: what the program makes of that is not told here
            pass
        return node

    def part_fields(self, node):
        """Its operands: (list or node that holds each, its place there)."""
        if isinstance(node, ast.BinOp):
            return [(node, "left"), (node, "right")]
        if isinstance(node, ast.UnaryOp):
            return [(node, "operand")]
        if isinstance(node, ast.Compare):
            return [(node, "left"), *((node.comparators, i) for i in range(len(node.comparators)))]
        if isinstance(node, ast.Subscript):
            return [(node, "value"), (node, "slice")]
        if isinstance(node, ast.Dict):
            return [(node.values, i) for i in range(len(node.values))]
        if isinstance(node, ast.Call):
            method = [(node.func, "value")] if isinstance(node.func, ast.Attribute) and not self.module_function(
                node.func) else []
            return method + [(node.args, i) for i in range(len(node.args))] + [(k, "value") for k in node.keywords]
        return [(node.elts, i) for i in range(len(node.elts))]

    def reduced_parts(self, node):
        """Whether any of its operands changed."""
        changed = False
        for holder, place in self.part_fields(node):
            part = holder[place] if isinstance(holder, list) else getattr(holder, place)
            new = self.reduced(part)
            if new is part:
                continue
            changed = True
            if isinstance(holder, list):
                holder[place] = new
            else:
                setattr(holder, place, new)
        return changed

    def operation(self, node):
        node = copy.copy(node)
        for field in ("comparators", "elts", "values", "args"):
            if isinstance(getattr(node, field, None), list):
                setattr(node, field, list(getattr(node, field)))
        if isinstance(node, ast.Call):
            node.func, node.keywords = copy.copy(node.func), [copy.copy(keyword) for keyword in node.keywords]
        if self.reduced_parts(node):
            self.waiting = self.waiting or self.own_function(node)
            return node
        return self.put(self.result(node))

    def put(self, value):
        worked = worked_value(value, self.room)
        if worked is None:
            raise Stuck
        name = "worked_%d_" % len(self.values)
        self.values[name] = worked
        return ast.Name(id=name, ctx=ast.Load())

    def operand(self, node):
        worked = self.known(node)
        if worked is None:
            raise Stuck
        return worked.value

    def result(self, node):
        if isinstance(node, ast.BinOp):
            return self.calculated(node.op, self.operand(node.left), self.operand(node.right))
        if isinstance(node, ast.UnaryOp):
            return OPERATORS[type(node.op)](self.operand(node.operand))
        if isinstance(node, ast.Compare):
            parts = [self.operand(part) for part in (node.left, *node.comparators)]
            return all(OPERATORS[type(op)](parts[i], parts[i + 1]) for i, op in enumerate(node.ops))
        if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Slice):
            return self.operand(node.value)[self.operand(node.slice)]
        if isinstance(node, ast.Call):
            return self.called(node)
        raise Stuck

    def calculated(self, op, left, right):
        kinds = (type(left), type(right))
        if isinstance(op, ast.Pow):  # of a size that a step can show
            if not all(kind in NUMBERS for kind in kinds) or abs(left) > 10**6 or abs(right) > 16:
                raise Stuck
        elif isinstance(op, ast.Mult) and not all(kind in NUMBERS for kind in kinds):
            raise Stuck
        return OPERATORS[type(op)](left, right)

    def own_function(self, node):
        """Whether it is a call of a function of the program's own."""
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            return False
        found, function = self.find(node.func.id)
        return found and type(function) is types.FunctionType

    def module_function(self, attribute):
        """A pure function of a module, or None."""
        if not isinstance(attribute.value, ast.Name) or attribute.value.id in self.values:
            return None
        found, module = self.find(attribute.value.id)
        if not found or type(module) is not types.ModuleType:
            return None
        function = vars(module).get(attribute.attr)
        return function if any(function is pure for pure in PURE_OF_MODULES) else None

    def called(self, node):
        if self.own_function(node):
            if self.waiting or not self.returns or self.returns[0][0] != node.func.id:
                self.waiting = True
                raise Stuck
            text = self.returns.pop(0)[1]
            if text is None:
                raise Stuck
            return arguments_of(text)
        arguments, keywords = self.arguments(node), self.keywords(node)
        if isinstance(node.func, ast.Name):
            return self.plain_function(node.func.id)(*arguments, **keywords)
        if not isinstance(node.func, ast.Attribute):
            raise Stuck
        function = self.module_function(node.func)
        if function is None:
            owner = self.operand(node.func.value)
            if node.func.attr not in (("quantize",) if type(owner) is Decimal else PURE_METHODS):
                raise Stuck
            function = getattr(owner, node.func.attr)
        return function(*arguments, **keywords)

    def arguments(self, call):
        return [self.operand(part) for part in call.args]

    def keywords(self, call):
        return {keyword.arg: self.operand(keyword.value) for keyword in call.keywords}

    def plain_function(self, name):
        found, function = self.find(name)
        if found and any(function is pure for pure in PURE_OF_MODULES):
            return function
        if found or name not in PURE_NAMES or name == "pow":
            raise Stuck
        return PURE_NAMES[name]

    def chosen(self, node):
        """Of `a if test else b`: the test is worked out, then one of the two stands alone."""
        test = self.known(node.test)
        if test:
            return node.body if test.value else node.orelse
        new = self.reduced(node.test)
        self.waiting = self.waiting or any(self.own_function(part) for part in ast.walk(node))
        if new is node.test:
            raise Stuck
        return ast.IfExp(test=new, body=node.body, orelse=node.orelse)

    def joined(self, node):
        """Of `a and b` all parts are worked out side by side, as far as they can be: b may be what a guards."""
        is_and = isinstance(node.op, ast.And)
        for part in node.values:
            worked = self.known(part)
            if worked is None:
                break
            if bool(worked.value) != is_and or part is node.values[-1]:
                return self.put(worked.value)
        parts = [self.reduced(part) for part in node.values]
        if all(new is part for new, part in zip(parts, node.values)):
            raise Stuck
        return ast.BoolOp(op=node.op, values=parts)
