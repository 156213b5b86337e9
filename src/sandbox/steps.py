# Turns a running call into trace steps. First half of the worker's source (worker.py is the second half).
#
# Every statement is compiled as if it stood on a line of its own (its number among the statements), so that one
# line event is one executed statement, however the source is laid out. Names are shown as the values they had when
# the statement began; only plain values (exact built-in types) are ever shown, so no __repr__ of a program runs.
import ast
import builtins
import copy
import opcode
import os
from _decimal import Decimal

# A private copy: what a program does to the builtins module does not reach the functions below.
__builtins__ = dict(vars(builtins))

FILE = "<program>"
BOX = "\u25a1"
OPEN, CLOSE = "slot_" + os.urandom(8).hex() + "_", "_"  # a slot's name while an expression is unparsed
DEPTH = 100  # as deep as parse_value reads
ATOMS = {int, float, bool, str, type(None)}
BUILT_IN = {kind for kind in vars(builtins).values() if isinstance(kind, type)}
PURE_NAMES = ("abs all any bool chr divmod enumerate float int len list max min ord pow range reversed round set "
              "sorted str sum tuple zip").split()
PURE_NAMES = {name: getattr(builtins, name) for name in PURE_NAMES}
PURE_METHODS = set("capitalize casefold count endswith find get index isalpha isdigit islower isupper join lower "
                   "lstrip removeprefix removesuffix replace rstrip split startswith strip title upper".split())
PURE_NODES = (ast.Name, ast.Constant, ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.IfExp, ast.List, ast.Tuple,
              ast.Dict, ast.Set, ast.Subscript, ast.Slice, ast.Call, ast.keyword, ast.operator, ast.unaryop,
              ast.cmpop, ast.boolop, ast.expr_context)


class TooMuch(BaseException):
    """More output, or more steps, than allowed."""


def name_of(kind, name=type.__dict__["__name__"].__get__):
    """A type's own name, whatever its metaclass says."""
    return name(kind)


def shown_name(kind):
    name = name_of(kind)
    return name if name.isidentifier() else ascii(name)


def literal(value, room):
    """The Python literal of a plain value, None when it is not one; TooMuch when it needs more than `room`."""
    stack, size = [(value, 0)], 0
    while stack:
        item, depth = stack.pop()
        kind = type(item)
        size += 1
        if kind in ATOMS:
            if kind is str:
                size += len(item)
        elif depth >= DEPTH:
            return None
        elif kind is list or kind is tuple or kind is set or kind is dict:
            size += len(item)
            if size <= room:
                for part in item:
                    stack.append((part, depth + 1))
                if kind is dict:
                    for part in item.values():
                        stack.append((part, depth + 1))
        else:
            return None
        if size > room:
            raise TooMuch("a value of more than %d bytes" % room)
    try:
        text = repr(value)
    except ValueError:  # an integer beyond sys.get_int_max_str_digits()
        raise TooMuch("an integer of too many digits") from None
    if len(text) > room:
        raise TooMuch("a value of more than %d bytes" % room)
    return text


def visible(value, room, digits=Decimal.__str__):
    """As a step shows a value: its literal; a Decimal by its digits. None when it is not to be shown."""
    return digits(value) if type(value) is Decimal else literal(value, room)


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
    """A place in a template: the name or expression that stands there in the source."""

    def __init__(self, node, tight):
        self.node, self.tight = node, tight
        self.name = node.id if isinstance(node, ast.Name) else None
        self.text = None if self.name else ast.unparse(node)

    def show(self, value):
        if self.tight == "operand" and value.startswith("-") or self.tight == "object" and value[0] in "-0123456789":
            return "(" + value + ")"
        return value


class Slots(ast.NodeTransformer):
    """Puts a slot in the place of each name that is read and, with `calls`, of each outermost call."""

    def __init__(self, node, calls=(), keep=()):
        self.slots, self.calls = [], calls
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
        if node in self.calls or isinstance(node, ast.Name) and node.id not in self.bound:
            self.slots.append(Slot(node, getattr(node, "tight", None)))
            return ast.Name(id="%s%d%s" % (OPEN, len(self.slots) - 1, CLOSE), ctx=ast.Load())
        return self.generic_visit(node)


class Template:
    """The text of an expression with slots for the values."""

    def __init__(self, node, calls=(), keep=(), bare=False):
        node, calls = copy.deepcopy((node, list(calls)))
        transformer = Slots(node, calls, keep)
        node = transformer.visit(node)
        if bare and isinstance(node, ast.Tuple) and node.elts:
            text = ", ".join(ast.unparse(part) for part in node.elts) + ("," if len(node.elts) == 1 else "")
        else:
            text = ast.unparse(node)
        self.slots, self.parts = transformer.slots, text.split(OPEN)

    def fill(self, values):
        """(text, pattern); `values` maps names and calls' texts to literals."""
        text = pattern = self.parts[0]
        for part in self.parts[1:]:
            index, _, rest = part.partition(CLOSE)
            slot = self.slots[int(index)]
            value = values.get(slot.name or slot.text)
            plain = slot.name or slot.text
            text += (plain if value is None else slot.show(value)) + rest
            pattern += (plain if value is None else BOX) + rest
        return text, pattern


def outermost_calls(node):
    """Calls within an expression that are evaluated once each, whatever happens."""
    found, stack = [], [node]
    while stack:
        part = stack.pop()
        if isinstance(part, ast.Call):
            found.append(part)
        elif not isinstance(part, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.BoolOp,
                                   ast.IfExp, ast.JoinedStr)):
            stack.extend(reversed(list(ast.iter_child_nodes(part))))
    return found


class Pure:
    """An expression of plain values, operators and pure built-in functions: evaluating it again changes nothing."""

    def __init__(self, node, methods=False):
        self.names, self.code = set(), None
        for part in ast.walk(node):
            method = methods and isinstance(part, ast.Attribute) and part.attr in PURE_METHODS
            if not isinstance(part, PURE_NODES) and not method:
                return
            if isinstance(part, ast.Name):
                self.names.add(part.id)
            if isinstance(part, ast.Call) and not (
                    isinstance(part.func, ast.Name) and part.func.id in PURE_NAMES or
                    methods and isinstance(part.func, ast.Attribute)):
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
        self.template = self.worked = self.target = self.subject = self.pattern = None
        self.calls, self.pure, self.reads, self.bound = [], [], [], []
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and node.value is not None:
            self.assignment(node)
        elif isinstance(node, (ast.If, ast.While)):
            self.evaluated(node.test)
            negation = isinstance(node.test, ast.UnaryOp) and isinstance(node.test.op, ast.Not)
            if not negation and not isinstance(node.test, (ast.Compare, ast.BoolOp)):
                self.subject = Pure(node.test)
        elif isinstance(node, ast.Return) and node.value is not None:
            self.evaluated(node.value)
        elif isinstance(node, ast.Match):
            self.evaluated(node.subject)
            self.subject = Pure(node.subject, methods=True)
        elif isinstance(node, ast.match_case):
            self.bound = [part.name for part in ast.walk(node.pattern)
                          if isinstance(part, (ast.MatchAs, ast.MatchStar)) and part.name]
            self.bound += [part.rest for part in ast.walk(node.pattern)
                           if isinstance(part, ast.MatchMapping) and part.rest]
            self.pattern = ast.unparse(node.pattern)
            if node.guard:
                self.template = Template(node.guard, keep=self.bound)
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            self.read_back([node.target])
        elif isinstance(node, ast.Expr):
            function = node.value.func if isinstance(node.value, ast.Call) else None
            method_of = function.value if isinstance(function, ast.Attribute) else None
            self.template = Template(node.value, keep=[method_of.id] if isinstance(method_of, ast.Name) else [])

    def evaluated(self, node, bare=False, extra=()):
        self.calls = [] if isinstance(node, ast.Call) else outermost_calls(node)
        self.pure = [(ast.unparse(part), Pure(part)) for part in [*self.calls, *extra]]
        self.template = Template(node, calls=extra, bare=bare)
        if self.calls:
            self.worked = Template(node, calls=[*self.calls, *extra], bare=bare)

    def assignment(self, node):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        self.read_back(targets)
        if not self.target:
            return
        if isinstance(node, ast.AugAssign):
            left = copy.deepcopy(node.target)
            left.ctx = ast.Load()
            extra = [left] if isinstance(left, ast.Subscript) else []
            self.evaluated(ast.BinOp(left=left, op=node.op, right=node.value), extra=extra)
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
        templates = [self.template, self.worked, *(self.target or []), *(self.more_targets if self.target else [])]
        return {slot.name for template in templates if template for slot in template.slots if slot.name}


RETURNING = {opcode.opmap[name] for name in ("RETURN_VALUE", "RETURN_CONST") if name in opcode.opmap}


class Pending:
    """A statement under way: what it found when it began."""

    def __init__(self, statement, start, values, variables, subject):
        self.statement, self.start, self.values = statement, start, values
        self.variables, self.subject, self.returns = variables, subject, []


class FrameTrace:
    """Follows one call of one function of the program."""

    def __init__(self, trace, frame):
        self.trace, self.frame = trace, frame
        self.pending = self.leaving = None
        self.raising = False

    def __call__(self, frame, event, argument):
        try:
            self.follow(frame, event, argument)
        except BaseException as error:  # Python ends the tracing; RecursionError is as deep as the program went
            self.trace.stop(error)
            raise
        return self

    def follow(self, frame, event, argument):
        if event == "line":
            statement = self.trace.statements[frame.f_lineno]
            pending = self.pending
            if pending and pending.statement is statement and frame.f_lasti > pending.start:
                return  # still the same statement (an inlined comprehension)
            self.finish(frame.f_lineno)
            self.raising = False
            # Reached without a line of its own: `case _` compiles to nothing.
            if statement.case and pending and pending.statement is not statement.case and \
                    statement.case.match in (pending.statement, pending.statement.match):
                self.begin(statement.case)
                self.finish(frame.f_lineno)
            self.begin(statement)
        elif event == "exception":
            self.exception(argument[0])
        elif event == "return":
            # None is also what an exception gives, be it after a finally clause.
            self.raising = argument is None and frame.f_code.co_code[frame.f_lasti] not in RETURNING
            self.finish(None, argument)
            self.trace.leave(self, argument)

    def find(self, name):
        for scope in (self.frame.f_locals, self.frame.f_globals):
            if name in scope:
                return True, scope[name]
        return False, None

    def shown(self, name):
        found, value = self.find(name)
        return visible(value, self.trace.room) if found else None

    def begin(self, statement):
        if statement.view is None:
            try:
                statement.view = View(statement.node)
            except (ValueError, RecursionError):  # ast.unparse cannot write it: shown as it stands
                statement.view = View(ast.Pass())
        view, values, variables = statement.view, {}, None
        for name in view.names():
            values[name] = self.shown(name)
        for text, pure in view.pure:
            values[text] = pure.value(self.find, self.trace.room)
        if view.target is None and not isinstance(statement.node, (ast.If, ast.While, ast.Return, ast.Match,
                                                                         ast.match_case)):
            variables = {name: visible(value, self.trace.room) for name, value in self.frame.f_locals.items()}
        subject = view.subject.value(self.find, self.trace.room) if view.subject else None
        self.pending = Pending(statement, self.frame.f_lasti, values, variables, subject)

    def exception(self, kind):
        pending, self.raising = self.pending, True
        if pending is None:
            return
        if isinstance(pending.statement.node, (ast.For, ast.AsyncFor)) and kind is StopIteration:
            self.raising = False  # how a loop over a program's own iterator ends
            return
        self.pending = None
        if isinstance(pending.statement.node, ast.Raise):
            step = "raise " + shown_name(kind)
            return self.trace.emit(pending.statement, step, step)
        ending = " raises " + shown_name(kind)
        text, pattern = self.working(pending) or (pending.statement.text, pending.statement.text)
        self.trace.emit(pending.statement, text + ending, pattern + ending)

    def working(self, pending):
        """The statement with its names replaced by values, as far as that goes before it is done."""
        view, node = pending.statement.view, pending.statement.node
        if view.template is None or isinstance(node, ast.For):
            return None
        text, pattern = view.template.fill(pending.values)
        for kind, word in ((ast.Return, "return "), (ast.Match, "match "),
                           (ast.match_case, "case %s if " % view.pattern)):
            if isinstance(node, kind):
                return word + text, word + pattern
        if view.target:
            left, left_pattern = self.targets(pending)
            return left + " = " + text, left_pattern + " = " + pattern
        return text, pattern

    def finish(self, following, returned=None):
        """The pending statement is done: the statement numbered `following` comes next, or the call ends."""
        pending, self.pending = self.pending, None
        node = pending.statement.node if pending else None
        if isinstance(node, ast.Return):
            self.leaving, pending = pending, None  # a finally clause may still come between
        if pending:
            if isinstance(node, (ast.If, ast.While)):
                self.condition(pending, pending.statement.body_holds(following))
            elif isinstance(node, (ast.For, ast.AsyncFor)):
                if pending.statement.body_holds(following):
                    self.assigned(pending)
            elif isinstance(node, ast.Match):
                self.matched(pending)
            elif isinstance(node, ast.match_case):
                if pending.statement.body_holds(following):
                    self.case(pending)
            elif pending.statement.view.target:
                self.assigned(pending)
            else:
                self.other(pending)
        if following is None and not self.raising:
            self.returned(returned)

    def stages(self, pending):
        """The working of an expression: names replaced; then calls replaced as well."""
        view = pending.statement.view
        stages = [view.template.fill(pending.values)]
        if view.worked:
            returns = list(pending.returns)
            values = dict(pending.values)
            for call in view.calls:  # of the program's own functions: what they were seen to return, in order
                key = ast.unparse(call)
                if values.get(key) is None and returns and isinstance(call.func, ast.Name) and \
                        call.func.id == returns[0][0]:
                    values[key] = returns.pop(0)[1]
            if not returns and all(values.get(ast.unparse(call)) is not None for call in view.calls):
                stages.append(view.worked.fill(values))
        return stages

    def chain(self, pending, value):
        stages = self.stages(pending)
        if value is not None and stages[-1][0] != value[0]:
            stages.append(value)
        elif value is not None and len(stages) > 1:
            stages[-1] = value
        return " = ".join(s[0] for s in stages), " = ".join(s[1] for s in stages)

    def targets(self, pending):
        view = pending.statement.view
        filled = [template.fill(pending.values) for template in view.target]
        more = [template.fill(pending.values) for template in view.more_targets]
        return [" = ".join([", ".join(t[i] for t in filled) + view.trailing, *(t[i] for t in more)]) for i in (0, 1)]

    def assigned(self, pending):
        view = pending.statement.view
        values = []
        for name, element in view.reads:
            values.append(element.value(self.find, self.trace.room) if element else self.shown(name))
        value = None
        if values and all(text is not None for text in values):
            value = (", ".join(values) + view.trailing, ", ".join([BOX] * len(values)) + view.trailing)
        if isinstance(pending.statement.node, (ast.For, ast.AsyncFor)):
            if value is None:
                return self.other(pending)
            text, pattern = value
        else:
            text, pattern = self.chain(pending, value)
        left, left_pattern = self.targets(pending)
        self.trace.emit(pending.statement, left + " = " + text, left_pattern + " = " + pattern)

    def condition(self, pending, truth):
        if isinstance(pending.statement.node.test, ast.Constant):
            return  # while True: nothing is decided
        stages = self.stages(pending)
        if pending.subject is not None and stages[-1][0] != pending.subject:
            stages.append((pending.subject, BOX))
        self.trace.emit(pending.statement, "%s is %s" % (": ".join(s[0] for s in stages), truth),
                        "%s is %s" % (": ".join(s[1] for s in stages), BOX))

    def matched(self, pending):
        value = pending.subject
        text, pattern = self.chain(pending, None if value is None else (value, BOX))
        self.trace.emit(pending.statement, "match " + text, "match " + pattern)

    def case(self, pending):
        """The case that was taken, and what it bound."""
        view = pending.statement.view
        text, pattern = self.working(pending) or ("case " + view.pattern,) * 2
        bound = [(name, self.shown(name)) for name in view.bound]
        if bound:
            text += ": " + ", ".join(name + " = " + value if value is not None else name for name, value in bound)
            pattern += ": " + ", ".join(name + " = " + BOX if value is not None else name for name, value in bound)
        self.trace.emit(pending.statement, text, pattern)

    def other(self, pending):
        """Any other statement: its text and the variables it changed."""
        node = pending.statement.node
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return  # a docstring
        text = pattern = pending.statement.text
        if isinstance(node, (ast.Pass, ast.Break, ast.Continue)):
            text = pattern = type(node).__name__.lower()
        elif pending.statement.view.template:
            text, pattern = pending.statement.view.template.fill(pending.values)
        changes = []
        for name, value in self.frame.f_locals.items():
            now = visible(value, self.trace.room)
            if pending.variables is not None and now is not None and now != pending.variables.get(name):
                changes.append((name + " = " + now, name + " = " + BOX))
        if changes:
            text += ": " + ", ".join(change[0] for change in changes)
            pattern += ": " + ", ".join(change[1] for change in changes)
        self.trace.emit(pending.statement, text, pattern)

    def returned(self, value):
        pending, self.leaving = self.leaving, None
        shown = literal(value, self.trace.room)
        if pending is None or pending.statement.node.value is None:
            statement = pending.statement if pending else self.trace.statements[self.frame.f_lineno]
            self.trace.emit(statement, "return None", "return None", implicit=pending is None)
            return
        text, pattern = self.chain(pending, None if shown is None else (shown, BOX))
        self.trace.emit(pending.statement, "return " + text, "return " + pattern)


class Trace:
    """The steps of one call of the program. An instance is the function given to sys.settrace."""

    def __init__(self, statements, wrappers, max_steps, room, before_stop):
        self.statements, self.max_steps, self.room, self.before_stop = statements, max_steps, room, before_stop
        self.wrappers = tuple(name + ".<locals>." for name in wrappers)
        self.steps, self.frames, self.stopped = [], [], None

    def __call__(self, frame, event, argument):
        code = frame.f_code
        optimized_function, generators = 3, 0x20 | 0x80 | 0x200
        if code.co_filename != FILE or code.co_flags & 3 != optimized_function or code.co_flags & generators:
            return None
        if code.co_name.startswith("<"):  # lambdas and comprehensions belong to the statement they stand in
            return None
        if self.wrappers and code.co_qualname.startswith(self.wrappers):
            return None  # what a decorator put around a function is no part of the rule
        if self.frames:
            try:
                self.enter(frame)
            except TooMuch as error:
                self.stop(error)
                raise
        self.frames.append(FrameTrace(self, frame))
        return self.frames[-1]

    def enter(self, frame):
        """A step for the call of another function of the program, so that it is said before its own steps."""
        code = frame.f_code
        names = code.co_varnames[:code.co_argcount + code.co_kwonlyargcount]
        values = [visible(frame.f_locals.get(name), self.room) if name in frame.f_locals else None for name in names]
        head = "call " + code.co_name + "(%s)"
        self.emit(self.statements[code.co_firstlineno], head % ", ".join(
            name if value is None else value for name, value in zip(names, values)), head % ", ".join(
            name if value is None else BOX for name, value in zip(names, values)))

    def stop(self, error):
        self.stopped = self.stopped or error
        self.before_stop()

    def leave(self, frame_trace, value):
        while self.frames and self.frames.pop() is not frame_trace:
            pass
        caller = self.frames[-1] if self.frames else None
        if caller and caller.frame is frame_trace.frame.f_back and caller.pending and not frame_trace.raising:
            caller.pending.returns.append((frame_trace.frame.f_code.co_name, literal(value, self.room)))

    def emit(self, statement, step, pattern, implicit=False):
        self.room -= len(step) + len(pattern)
        if len(self.steps) >= self.max_steps or self.room < 0:
            raise TooMuch("more than %d trace steps" % self.max_steps if self.room >= 0 else "a trace too long")
        self.steps.append((statement.line, "" if implicit else statement.text, step, pattern))
