# What runs in the forked process, beside the program.
import io
import sys
import types
from _json import encode_basestring_ascii as quoted  # in C: a program cannot change what it does


class Sink(io.TextIOBase):
    """Where the program's prints go: counted, then dropped."""

    def __init__(self, room):
        self.room = room

    def writable(self):
        return True

    def write(self, text):
        if type(text) is not str:
            raise TypeError("write() argument must be str")
        self.room -= len(text)
        if self.room < 0:
            raise TooMuch("the program prints too much")
        return len(text)


def message_of(error):
    """Its type's name and message, and its line, without running any code of the program's."""
    kind, arguments = type(error), BaseException.args.__get__(error)
    text = ""
    if len(arguments) == 1 and type(arguments[0]) is str:
        text = arguments[0]
    elif kind in BUILT_IN and all(type(argument) in ATOMS for argument in arguments):
        text = str(error)
    line, entry = None, error.__traceback__
    while entry is not None:
        if entry.tb_frame.f_code.co_filename == FILE:
            line = entry.tb_lineno
        entry = entry.tb_next
    if isinstance(error, SyntaxError) and line is None:
        line, text = error.lineno, str(error.msg)
    return name_of(kind), text[:2000], line


def described(kind, text, line=None):
    return kind + (": " + text if text else "") + (" (line %d)" % line if line else "")


class Program:
    """One source, compiled once, and run from the start for every call."""

    def __init__(self, request, limits):
        self.name, self.traced, self.limits = request["name"], request["traced"], limits
        self.statements = self.wrappers = None
        tree = source = request["source"]
        if self.traced:
            tree = ast.parse(source, FILE)
            self.statements, self.wrappers = number_statements(tree, source), decorators_of(tree)
        self.code = compile(tree, FILE, "exec")

    def call(self, arguments, tracing, before=None):
        """(status, value, detail, steps, the exception that is its outcome); `before`: of a call to make first"""
        trace = raised = None
        if self.traced:
            trace = Trace(self.statements, self.wrappers, self.limits["steps"], self.limits["output"], tracing.unlock)
        sys.stdout = sys.stderr = sink = Sink(self.limits["output"])
        status, value, detail, called = "returned", None, "", False
        try:
            # A module such as dataclasses and enum look for; a new one for each call.
            module = sys.modules["program"] = types.ModuleType("program")
            namespace = vars(module)
            exec(self.code, namespace)
            if self.name not in namespace:
                raise NameError("the source defines no " + self.name)
            if before is not None:
                self.call_before(namespace[self.name], before)
            called = True
            try:
                tracing.begin(trace)
                result = namespace[self.name](*arguments)
            finally:
                tracing.begin(None)
            value = literal(result, self.limits["output"])
            if value is None:
                status, detail = "not_a_value", "a value of type " + name_of(type(result))
        except BaseException as error:
            status, detail, raised = self.verdict(error, called)
            if raised and trace and not trace.stopped:
                self.end_trace(trace, error, raised[0])
        # Even where the program caught it.
        if sink.room < 0:
            status, detail = "too_much_output", "the program prints too much"
        elif trace and isinstance(trace.stopped, TooMuch) or trace and trace.stopped and status != "raised":
            status, detail = "too_much_output", described(*message_of(trace.stopped)[:2])
        return status, value, detail, trace.steps if trace else [], raised if status == "raised" else None

    def call_before(self, function, arguments):
        try:
            function(*arguments)
        except Exception:
            pass  # as the call that is told of will show

    def verdict(self, error, called):
        """(status, detail, the exception that is the call's outcome); `called`: it is of the function's own."""
        if isinstance(error, TooMuch):
            return "too_much_output", str(error), None
        kind, text, line = message_of(error)
        from_function = called and line is not None
        if line and self.statements:  # a traced statement stands on the line of its number
            line = self.statements[line].line if line < len(self.statements) else line
        if isinstance(error, MemoryError):
            return "out_of_memory", described(kind, text), None
        is_outcome = (from_function and isinstance(error, Exception) and not isinstance(error, RecursionError)
                      and kind.isidentifier() and kind.isascii())
        return "raised", described(kind, text, line), (kind, text) if is_outcome else None

    def end_trace(self, trace, error, kind):
        """Its last step: where the exception left the function that was called."""
        entry = error.__traceback__
        while entry is not None and entry.tb_frame.f_code.co_filename != FILE:
            entry = entry.tb_next
        step = "raise " + kind
        if entry is None or trace.steps and trace.steps[-1][2] == step:
            return
        try:
            trace.emit(self.statements[entry.tb_lineno], step, step)
        except TooMuch as too_much:
            trace.stop(too_much)


def encoded(status, value, detail, steps, raised=None):
    rows = ",".join("[%d,%s,%s,%s]" % (line, quoted(text), quoted(step), quoted(pattern))
                    for line, text, step, pattern in steps)
    outcome = '"raised":[%s,%s],' % (quoted(raised[0]), quoted(sound(raised[1]))) if raised else ""
    return '{"status":%s,"value":%s,"detail":%s,%s"trace":[%s]}' % (
        quoted(status), quoted(value or ""), quoted(sound(detail)), outcome, rows)


def sound(text):
    return text.encode("utf-8", "replace").decode()


class Tracing:
    """sys.settrace for us alone: a traced program cannot set another trace function, or none."""

    def __init__(self, traced, settrace=sys.settrace):
        self.traced, self.settrace, self.locked = traced, settrace, True
        if traced:
            sys.addaudithook(self.refuse)

    def refuse(self, event, _):
        if self.locked and (event == "sys.settrace" or event == "sys.setprofile"):
            raise RuntimeError(event + " is not allowed here")

    def unlock(self):
        self.locked = False

    def begin(self, trace):
        if self.traced:
            self.unlock()
            self.settrace(trace)
            self.locked = True


def run_request(request, limits, send):
    """Runs the calls in order, up to the first that does not return."""
    try:
        program = Program(request, limits)
    except MemoryError as error:
        return send(encoded("out_of_memory", None, described(*message_of(error)[:2]), []))
    except Exception as error:  # it does not compile
        return send(encoded("raised", None, described(*message_of(error)), []))
    tracing = Tracing(program.traced)
    for text in request["calls"]:
        result = program.call(arguments_of(text), tracing, arguments_of(text) if request.get("again") else None)
        send(encoded(*result))
        if result[0] != "returned" and not result[4]:
            return
