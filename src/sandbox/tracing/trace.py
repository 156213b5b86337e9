# The steps of one call of a program, over all the calls that it makes of its own functions.


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
        try:
            self.enter(frame)
        except TooMuch as error:
            self.stop(error)
            raise
        self.frames.append(FrameTrace(self, frame))
        return self.frames[-1]

    def enter(self, frame):
        """A step for what the parameters are: "price = 100, rate = 0.1", so that each has its name beside it; of
        another function of the program it also says that it is called, and for what, before its own steps: when it
        has returned, what is to be done with its value stands there to be copied."""
        code = frame.f_code
        names = code.co_varnames[:code.co_argcount + code.co_kwonlyargcount]
        values = [(name, literal(frame.f_locals.get(name), self.room) if name in frame.f_locals else None)
                  for name in names]
        step = ", ".join(name if value is None else name + " = " + value for name, value in values)
        pattern = ", ".join(name if value is None else name + " = " + BOX for name, value in values)
        if self.frames:
            end = ": " if names else ""
            why, why_pattern = self.why_called(frame)
            step, pattern = ("call " + code.co_name + why + end + step, "call " + code.co_name + why_pattern + end + pattern)
        if step:
            self.emit(self.statements[code.co_firstlineno], step, pattern)

    def why_called(self, frame):
        """Of the statement that makes the call: " for return max(f(3), 5)"."""
        caller = self.frames[-1]
        pending = caller.pending if caller.frame is frame.f_back else None
        texts = caller.working(pending) if pending and pending.statement.view.template else None
        if not texts or len(texts[0]) > MOST_CHARACTERS_SHOWN:
            return "", ""
        return " for " + texts[0], " for " + texts[1]

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
