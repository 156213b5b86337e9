# Following a running call, statement by statement.

RETURNING = {opcode.opmap[name] for name in ("RETURN_VALUE", "RETURN_CONST") if name in opcode.opmap}


class Pending:
    """A statement under way: what it found when it began."""

    def __init__(self, statement, start, worked, variables):
        self.statement, self.start, self.worked = statement, start, worked
        self.values = {name: one.text for name, one in worked.items() if one}
        self.variables, self.returns = variables, []
        self.loop, self.begins_loop = None, False


class FrameTrace:
    """Follows one call of one function of the program."""

    def __init__(self, trace, frame):
        self.trace, self.frame = trace, frame
        self.pending = self.leaving = None
        self.raising = False
        self.loops = {}  # under way, by their statements
        self.subjects = {}  # of match statements, by these

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
        return literal(value, self.trace.room) if found else None

    def begin(self, statement):
        if statement.view is None:
            try:
                statement.view = View(statement.node)
            except (ValueError, RecursionError):  # ast.unparse cannot write it: shown as it stands
                statement.view = View(ast.Pass())
        view, worked, variables = statement.view, {}, None
        for name in view.names():
            found, value = self.find(name)
            worked[name] = worked_value(value, self.trace.room) if found else None
        if isinstance(statement.node, ast.match_case):
            worked[SUBJECT] = self.subjects.get(statement.match)
        for text, pure in view.pure:
            value = pure.value(self.find, self.trace.room)
            worked[text] = value and Worked(arguments_of(value), value)
        if view.target is None and not isinstance(statement.node, (ast.If, ast.While, ast.Assert, ast.Return,
                                                                         ast.Match, ast.match_case)):
            variables = {name: literal(value, self.trace.room) for name, value in self.frame.f_locals.items()}
        self.pending = Pending(statement, self.frame.f_lasti, worked, variables)
        if isinstance(statement.node, ast.For):
            self.pending.begins_loop = self.frame.f_code.co_code[self.frame.f_lasti] != opcode.opmap["FOR_ITER"]
            self.pending.loop = self.loops.pop(statement, None)

    def exception(self, kind):
        pending, self.raising = self.pending, True
        if pending is None:
            return
        if isinstance(pending.statement.node, ast.For) and kind is StopIteration:
            self.raising = False  # how a loop over a program's own iterator ends
            return
        self.pending = None
        if isinstance(pending.statement.node, ast.Raise):
            step = "raise " + shown_name(kind)
            return self.trace.emit(pending.statement, step, step)
        if isinstance(pending.statement.node, ast.Assert) and kind is AssertionError:
            return self.condition(pending, False, "assert ")
        ending = " raises " + shown_name(kind)
        text, pattern = self.working(pending) or (pending.statement.text, pending.statement.text)
        self.trace.emit(pending.statement, text + ending, pattern + ending)

    def working(self, pending):
        """The statement with its names replaced by values, as far as that goes before it is done."""
        view, node = pending.statement.view, pending.statement.node
        if view.template is None or isinstance(node, ast.For):
            return None
        text, pattern = view.template.fill(pending.values)
        case = "case " if view.expression else "case %s if " % view.pattern
        for kind, word in ((ast.Return, "return "), (ast.Match, "match "), (ast.match_case, case)):
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
            elif isinstance(node, ast.Assert):
                self.condition(pending, True, "assert ")
            elif isinstance(node, ast.For):
                self.looped(pending, pending.statement.body_holds(following))
            elif isinstance(node, ast.Match):
                self.matched(pending)
            elif isinstance(node, ast.match_case):
                self.case(pending, pending.statement.body_holds(following))
            elif pending.statement.view.target:
                self.assigned(pending)
            else:
                self.other(pending)
        if following is None and not self.raising:
            self.returned(returned)

    def stages(self, pending):
        """The working of an expression: names replaced, then operation after operation; and what it has come to."""
        view = pending.statement.view
        stages = [view.template.fill(pending.values)]
        reduction = Reduction(view.expression, pending.worked, pending.returns, self.find, self.trace.room)
        for node, values in reduction.stages():
            stage = Template(node, bare=view.bare).fill(values)
            if stage[0] != stages[-1][0]:
                stages.append(stage)
        return stages, reduction

    def chain(self, pending, value):
        stages, reduction = self.stages(pending)
        if value is not None and stages[-1][0] != value[0]:
            if reduction.is_complete() and len(stages) > 1:  # the program did otherwise: what we worked out is not told
                del stages[1:]
            stages.append(value)
        elif value is not None and len(stages) > 1:
            stages[-1] = value
        return " = ".join(s[0] for s in stages), " = ".join(s[1] for s in stages)

    def targets(self, pending):
        view = pending.statement.view
        filled = [template.fill(pending.values) for template in view.target]
        more = [template.fill(pending.values) for template in view.more_targets]
        return [" = ".join([", ".join(t[i] for t in filled) + view.trailing, *(t[i] for t in more)]) for i in (0, 1)]

    def value_of_targets(self, pending):
        view, values = pending.statement.view, []
        for name, element in view.reads:
            values.append(element.value(self.find, self.trace.room) if element else self.shown(name))
        if not values or None in values:
            return None
        return ", ".join(values) + view.trailing, ", ".join([BOX] * len(values)) + view.trailing

    def assigned(self, pending):
        value = self.value_of_targets(pending)
        if isinstance(pending.statement.node, ast.For):
            if value is None:
                return self.other(pending)
            text, pattern = value
        else:
            text, pattern = self.chain(pending, value)
        left, left_pattern = self.targets(pending)
        self.trace.emit(pending.statement, left + " = " + text, left_pattern + " = " + pattern)

    def looped(self, pending, goes_on):
        """A loop's head was reached: its first round follows, or one more, or what is after it."""
        stages, loop = [], pending.loop
        if pending.begins_loop:
            stages, reduction = self.stages(pending)
            iterated = reduction.iterated()
            loop = None if iterated is None else Loop(iterated, self.trace.room)
        left = loop.left() if loop and pending.statement.view.target else None
        if left is None:
            return self.assigned(pending) if goes_on else None
        stages = [stage for stage in stages if stage[0] != left] + [(left, BOX if goes_on else left)]
        target, target_pattern = self.targets(pending)
        text = "for %s in %s" % (target, " = ".join(stage[0] for stage in stages))
        pattern = "for %s in %s" % (target_pattern, " = ".join(stage[1] for stage in stages))
        if not goes_on:
            return self.trace.emit(pending.statement, text, pattern) if left == "[]" else None
        value = self.value_of_targets(pending)
        if value is None or not loop.take(value[0]):
            return self.assigned(pending)
        self.loops[pending.statement] = loop
        self.trace.emit(pending.statement, "%s: %s = %s" % (text, target, value[0]),
                        "%s: %s = %s" % (pattern, target_pattern, value[1]))

    def condition(self, pending, truth, word=""):
        if isinstance(getattr(pending.statement.node, "test", None), ast.Constant):
            return  # while True: nothing is decided
        stages, reduction = self.stages(pending)
        if reduction.is_complete() and len(stages) > 1 and stages[-1][0] in ("True", "False"):
            if stages.pop()[0] != str(truth):  # the program did otherwise
                del stages[1:]
        self.trace.emit(pending.statement, "%s%s is %s" % (word, ": ".join(s[0] for s in stages), truth),
                        "%s%s is %s" % (word, ": ".join(s[1] for s in stages), BOX))

    def matched(self, pending):
        stages, reduction = self.stages(pending)
        subject = reduction.known(reduction.node)
        self.subjects[pending.statement] = subject and worked_value(subject.value, self.trace.room)
        self.trace.emit(pending.statement, "match " + " = ".join(s[0] for s in stages),
                        "match " + " = ".join(s[1] for s in stages))

    def case(self, pending, taken):
        """What a case asked; of one that is more than a condition, if it was taken, also what it bound."""
        view = pending.statement.view
        if view.expression and pending.worked.get(SUBJECT):
            return self.condition(pending, taken, "case ")
        if not taken:
            return
        text, pattern = (None if view.expression else self.working(pending)) or ("case " + view.pattern,) * 2
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
        elif pending.statement.view.template and not isinstance(node, ast.For):
            text, pattern = pending.statement.view.template.fill(pending.values)
        changes = []
        for name, value in self.frame.f_locals.items():
            now = literal(value, self.trace.room)
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
