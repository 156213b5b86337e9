# The statements of a program, and how each is shown with values in the place of names.
#
# Every statement is compiled as if it stood on a line of its own (its number among the statements), so that one
# line event is one executed statement, however the source is laid out. Names are shown as the values they had when
# the statement began.


class Statement:
    """A statement (or a case of one) and where it stands: its number is the line it is compiled to."""

    def __init__(self, node, lines):
        self.node = node
        self.line = node.pattern.lineno if isinstance(node, ast.match_case) else node.lineno
        self.text = lines[self.line - 1].strip() if self.line <= len(lines) else ""
        self.last = self.body_last = 0  # numbers of the last statement within, and within the body
        self.view = None  # how to show it, made when first needed
        self.case = None  # of a match statement, whose body begins with this statement
        self.match = None  # of a case: the statement that it belongs to

    def body_holds(self, number):
        return number is not None and self.node.body[0].lineno <= number <= self.body_last


def number_statements(tree, source):
    """Gives each statement of `tree` its own line number; returns the statements by that number."""
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    statements = [None]

    def visit(node, owner):
        statement = None
        if isinstance(node, (ast.stmt, ast.excepthandler, ast.match_case)):
            statement = Statement(node, lines)
            if isinstance(node, ast.match_case):
                statement.match = statements[owner]
            statements.append(statement)
            owner = len(statements) - 1
        if hasattr(node, "lineno"):
            node.lineno = node.end_lineno = owner
            node.col_offset = node.end_col_offset = 0
        for child in ast.iter_child_nodes(node):
            visit(child, owner)
        if statement:
            statement.last = len(statements) - 1
            if isinstance(node, (ast.If, ast.While, ast.For, ast.match_case)):
                statement.body_last = statements[node.body[-1].lineno].last
            if isinstance(node, ast.match_case):
                statements[node.body[0].lineno].case = statement

    visit(tree, 1)
    return statements


def decorators_of(tree):
    """The names of the program's own functions that decorate others of them."""
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    used = {part.id for node in tree.body if isinstance(node, ast.FunctionDef) for decorator in node.decorator_list
            for part in ast.walk(decorator) if isinstance(part, ast.Name)}
    return defined & used


class Slot:
    """A place in a template: the name that stands there in the source."""

    def __init__(self, name, tight):
        self.name, self.tight = name, tight

    def show(self, value):
        if self.tight == "operand" and value.startswith("-") or self.tight == "object" and value[0] in "-0123456789":
            return "(" + value + ")"
        return value


class Slots(ast.NodeTransformer):
    """Puts a slot in the place of each name that is read."""

    def __init__(self, node, keep=()):
        self.slots = []
        self.bound = set(keep)
        for part in ast.walk(node):
            if isinstance(part, ast.Lambda):
                self.bound.update(a.arg for a in ast.walk(part.args) if isinstance(a, ast.arg))
            elif isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load):
                self.bound.add(part.id)  # bound inside: comprehensions and :=

    def visit(self, node):
        for field, tight in (("operand", "operand"), ("value", "object"), ("left", "operand")):
            child = getattr(node, field, None)
            if isinstance(child, ast.expr) and (
                    isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Not) or
                    isinstance(node, ast.Attribute) or isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)):
                child.tight = tight
        if isinstance(node, ast.Name) and node.id not in self.bound:
            self.slots.append(Slot(node.id, getattr(node, "tight", None)))
            return ast.Name(id="%s%d%s" % (OPEN, len(self.slots) - 1, CLOSE), ctx=ast.Load())
        return self.generic_visit(node)


class Template:
    """The text of an expression with slots for the values."""

    def __init__(self, node, keep=(), bare=False):
        node = copy.deepcopy(node)
        transformer = Slots(node, keep)
        node = transformer.visit(node)
        if bare and isinstance(node, ast.Tuple) and node.elts:
            text = ", ".join(ast.unparse(part) for part in node.elts) + ("," if len(node.elts) == 1 else "")
        else:
            text = ast.unparse(node)
        self.slots, self.parts = transformer.slots, text.split(OPEN)

    def fill(self, values):
        """(text, pattern); `values` maps names to literals."""
        text = pattern = self.parts[0]
        for part in self.parts[1:]:
            index, _, rest = part.partition(CLOSE)
            slot = self.slots[int(index)]
            value = values.get(slot.name)
            text += (slot.name if value is None else slot.show(value)) + rest
            pattern += (slot.name if value is None else BOX) + rest
        return text, pattern


class Pure:
    """An expression of plain values, operators and pure built-in functions: evaluating it again changes nothing."""

    def __init__(self, node):
        self.names, self.code = set(), None
        for part in ast.walk(node):
            if not isinstance(part, PURE_NODES):
                return
            if isinstance(part, ast.Name):
                self.names.add(part.id)
            if isinstance(part, ast.Call) and not (isinstance(part.func, ast.Name) and part.func.id in PURE_NAMES):
                return
        expression = ast.Expression(copy.deepcopy(node))
        for part in ast.walk(expression):
            if hasattr(part, "ctx"):
                part.ctx = ast.Load()
        self.code = compile(expression, "<step>", "eval")

    def value(self, find, room):
        """Its value's literal, or None; `find(name)` gives (found, value)."""
        if self.code is None:
            return None
        namespace = {"__builtins__": {}}
        for name in self.names:
            found, value = find(name)
            if found:
                if literal(value, room) is None:
                    return None
                namespace[name] = value
            elif name in PURE_NAMES:
                namespace[name] = PURE_NAMES[name]
        try:
            return literal(eval(self.code, namespace), room)
        except Exception:
            return None


class View:
    """How a kind of statement is shown: templates of what it evaluates, and where the value goes."""

    def __init__(self, node):
        self.template = self.expression = self.target = self.pattern = None
        self.pure, self.reads, self.bound, self.bare = [], [], [], False
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and node.value is not None:
            self.assignment(node)
        elif isinstance(node, (ast.If, ast.While, ast.Assert)):
            self.evaluated(node.test)
        elif isinstance(node, ast.Return) and node.value is not None:
            self.evaluated(node.value)
        elif isinstance(node, ast.Match):
            self.evaluated(node.subject)
        elif isinstance(node, ast.match_case):
            self.bound = [part.name for part in ast.walk(node.pattern)
                          if isinstance(part, (ast.MatchAs, ast.MatchStar)) and part.name]
            self.bound += [part.rest for part in ast.walk(node.pattern)
                           if isinstance(part, ast.MatchMapping) and part.rest]
            self.pattern = ast.unparse(node.pattern)
            question = question_of(node)
            if question is not None:
                self.evaluated(question)
            elif node.guard:
                self.template = Template(node.guard, keep=self.bound)
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            self.read_back([node.target])
            self.evaluated(node.iter)
        elif isinstance(node, ast.Expr):
            function = node.value.func if isinstance(node.value, ast.Call) else None
            method_of = function.value if isinstance(function, ast.Attribute) else None
            self.template = Template(node.value, keep=[method_of.id] if isinstance(method_of, ast.Name) else [])

    def evaluated(self, node, bare=False):
        self.expression, self.bare = node, bare
        self.template = Template(node, bare=bare)

    def assignment(self, node):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        self.read_back(targets)
        if not self.target:
            return
        if isinstance(node, ast.AugAssign):
            left = copy.deepcopy(node.target)
            left.ctx = ast.Load()
            if isinstance(left, ast.Subscript):  # its value stands there at once
                self.pure = [(ast.unparse(left), Pure(left))]
                left = ast.Name(id=ast.unparse(left), ctx=ast.Load())
            self.evaluated(ast.BinOp(left=left, op=node.op, right=node.value))
        else:
            self.evaluated(node.value, bare=isinstance(targets[0], (ast.Tuple, ast.List)))

    def read_back(self, targets):
        """Where the assigned value is found again: names, and elements of named lists and dicts."""
        first = targets[0]
        parts = first.elts if isinstance(first, (ast.Tuple, ast.List)) else [first]
        keep = []
        for part in [*parts, *targets[1:]]:
            base = part.value if isinstance(part, ast.Subscript) else part
            if not isinstance(base, ast.Name):
                return
            if isinstance(part, ast.Subscript):
                if any(isinstance(inner, ast.Slice) or isinstance(inner, ast.Name) and inner.id == base.id
                       for inner in ast.walk(part.slice)):
                    return  # what is found there afterwards need not be what was assigned
                keep.append(base.id)
        self.reads = [(part.value.id if isinstance(part, ast.Subscript) else part.id,
                       Pure(part) if isinstance(part, ast.Subscript) else None) for part in parts]
        single = parts == [first]
        self.target = [Template(part, keep=keep, bare=True) for part in ([first] if single else parts)]
        self.more_targets = [Template(part, keep=keep, bare=True) for part in targets[1:]]
        self.trailing = "," if not single and len(parts) == 1 else ""

    def names(self):
        templates = [self.template, *(self.target or []), *(self.more_targets if self.target else [])]
        return {slot.name for template in templates if template for slot in template.slots}
