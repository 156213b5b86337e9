# The worker: a server of trusted code that forks a process for every request and passes on what it answers.
# Last part of the worker's source (../tracing/values.py names the others). Run by `python3 -c SOURCE MARKER`;
# descriptor 3 is the socket.
#
# Lines from us:  first {"filter", "seconds", "memory", "output", "steps"}, then one request a line:
#                 {"source", "name", "traced", "again", "calls": ["(5, 'oak')", ...]}; again: each is called
#                 twice, and the second call is told of
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

SOCKET = 3
SERVER, PROGRAM = b"s", b"p"  # who speaks
LAST_DESCRIPTOR = 63
HEADER = 32 + 16  # the nonce and the length, in hex


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
