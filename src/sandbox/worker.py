# The worker: a server of trusted code that forks a process for every request and passes on what it answers.
# Second half of the worker's source, after steps.py. Run by `python3 -c SOURCE MARKER`; descriptor 3 is the socket.
#
# Lines from us:  first {"filter", "seconds", "memory", "output", "steps"}, then one request a line:
#                 {"source", "name", "traced", "calls": ["(5, 'oak')", ...]}
# Lines to us:    the first byte says who speaks, and only the server writes it: "s" the server, "p" a program.
#                 s{"ready": true} or s{"error"}; for each request, a result a call in order, passed on as the
#                 program's process sent it, whatever it is, and never more of them than there are calls:
#                 p{"status", "value", "detail", "raised": [type, message] where that is the call's outcome,
#                 "trace": [[line, text, step, pattern], ...]}; then
#                 s{"end": true, "exit", "signal", "fault"} once the process is gone.
import ctypes
import gc
import io
import json
import os
import random
import resource
import signal
import sys
import types
from _json import encode_basestring_ascii as quoted  # in C: a program cannot change what it does

SOCKET = 3
SERVER, PROGRAM = b"s", b"p"  # who speaks
LAST_DESCRIPTOR = 63
HEADER = 32 + 16  # the nonce and the length, in hex


# What runs in the forked process, beside the program.

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

    def call(self, arguments, tracing):
        """(status, value, detail, steps, the exception that is its outcome)"""
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


def arguments_of(text):
    return eval(text, {"__builtins__": {}, "set": set, "nan": float("nan"), "inf": float("inf")})


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
        result = program.call(arguments_of(text), tracing)
        send(encoded(*result))
        if result[0] != "returned" and not result[4]:
            return


class Confinement:
    """Limits a forked process before it runs the program. Prepared in the server, where everything still works."""

    def __init__(self, config):
        self.config = config
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.filter = ctypes.create_string_buffer(bytes.fromhex(config["filter"]))

        class SockFprog(ctypes.Structure):
            _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]

        self.fprog = SockFprog(len(self.filter) // 8, ctypes.addressof(self.filter))

    def prctl(self, option, *values):
        if self.libc.prctl(option, *[ctypes.c_ulong(value) for value in values + (0,) * (4 - len(values))]):
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))

    def apply(self, calls):
        seconds = int(self.config["seconds"] * calls) + 2
        for which, soft, hard in ((resource.RLIMIT_CORE, 0, 0), (resource.RLIMIT_FSIZE, 0, 0),
                                  (resource.RLIMIT_NPROC, 0, 0), (resource.RLIMIT_MEMLOCK, 0, 0),
                                  (resource.RLIMIT_NOFILE, LAST_DESCRIPTOR + 1, LAST_DESCRIPTOR + 1),
                                  (resource.RLIMIT_CPU, seconds, seconds + 1),
                                  (resource.RLIMIT_AS, self.config["memory"], self.config["memory"])):
            highest = resource.getrlimit(which)[1]
            if highest != resource.RLIM_INFINITY:
                soft, hard = min(soft, highest), min(hard, highest)
            resource.setrlimit(which, (soft, hard))
        set_no_new_privileges, set_seccomp, filter_mode = 38, 22, 2
        self.prctl(set_no_new_privileges, 1)
        self.prctl(set_seccomp, filter_mode, ctypes.addressof(self.fprog))


# The server: runs nothing of the program's.

def forked(body):
    """Forks a process that runs body(descriptor) and ends; returns (its id, where to read)."""
    reader, writer = os.pipe()
    server = os.getpid()
    child = os.fork()
    if child:
        os.close(writer)
        return child, reader
    try:
        set_death_signal = 1
        confinement.prctl(set_death_signal, signal.SIGKILL)
        if os.getppid() == server:
            number = random.SystemRandom().randrange(10, LAST_DESCRIPTOR + 1)
            descriptor = os.dup2(writer, number, inheritable=False)
            os.closerange(SOCKET, number)
            os.closerange(number + 1, os.sysconf("SC_OPEN_MAX"))
            body(descriptor)
    finally:
        os._exit(0)


def serve(request, limits, sock):
    nonce = os.urandom(16).hex()
    sys.stdout.flush()

    def body(descriptor, write=os.write):
        def send(text):
            data = memoryview(("%s%016x%s" % (nonce, len(text), text)).encode("ascii"))
            while data:
                data = data[write(descriptor, data):]

        gc.enable()
        confinement.apply(len(request["calls"]))
        run_request(request, limits, send)

    child, reader = forked(body)
    fault = relay(reader, nonce, len(request["calls"]), 8 * limits["output"] + (1 << 20), sock)
    if fault:
        os.kill(child, signal.SIGKILL)
    os.close(reader)
    status = os.waitpid(child, 0)[1]
    ended = os.WIFSIGNALED(status)
    answer(sock, {"end": True, "signal": os.WTERMSIG(status) if ended else 0,
                  "exit": 0 if ended else os.WEXITSTATUS(status), "fault": fault})


def relay(reader, nonce, calls, most, sock):
    """Passes the results on, one a call, until the process is gone; returns what else came, or nothing.

    The nonce tells results from what was written by accident or by guess. It is no secret to a program that looks
    for it, so what bears it is still only what a program says: it never speaks for us, nor for another process.
    """
    with open(reader, "rb", closefd=False) as stream:
        while header := stream.read(HEADER):
            size = header[32:].decode("ascii", "replace")
            if header[:32] != nonce.encode() or len(header) < HEADER or any(c not in "0123456789abcdef" for c in size):
                return "it wrote to the descriptor of its results"
            if calls == 0:
                return "it gave more results than there were calls"
            calls -= 1
            if int(size, 16) > most:
                return "its result is too long"
            result = stream.read(int(size, 16))
            if len(result) < int(size, 16) or b"\n" in result:
                return "it wrote to the descriptor of its results"
            sock.write(PROGRAM + result + b"\n")
            sock.flush()
    return ""


def answer(sock, message):
    sock.write(SERVER + json.dumps(message).encode() + b"\n")
    sock.flush()


def check_confinement():
    """What a confined process must not be able to do is tried once. Returns what could be done, or nothing."""
    def body(descriptor):
        confinement.apply(1)
        try:
            os.fork()
        except OSError:
            os.write(descriptor, b"confined")

    child, reader = forked(body)
    said = os.read(reader, 64)
    os.close(reader)
    os.waitpid(child, 0)
    return "" if said == b"confined" else "limits on processes do not hold here"


def main():
    global confinement
    sock = os.fdopen(SOCKET, "r+b", buffering=0)
    lines, output = io.BufferedReader(sock), io.BufferedWriter(sock)
    config = json.loads(lines.readline())
    sys.path[:] = [path for path in sys.path if path]
    try:
        if sys.version_info < (3, 11):
            raise OSError("Python 3.11 or later is needed, this is " + sys.version.split()[0])
        confinement = Confinement(config)
        problem = check_confinement()
    except OSError as error:
        problem = str(error)
    if problem:
        return answer(output, {"error": problem})
    os.dup2(1, 2)
    gc.disable()
    gc.freeze()
    answer(output, {"ready": True})
    while line := lines.readline():
        serve(json.loads(line), config, output)


if __name__ == "__main__":
    main()
