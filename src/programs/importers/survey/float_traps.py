# Comparisons that binary floats decide otherwise than the decimals do in which a source and its inputs are written:
# 25.05 - 25.0 is more than 0.05. The function is run on floats that know which decimal number they stand for.

COMPARED_AS = "<the rule>"  # the file's name, by which its frames are known
MOST_DIGITS = 4096          # bits of an exact number that is still followed
MOST_TEXT = 60


class Told(float):
    """A float with the decimal number that it stands for, and how it was worked out."""
    __slots__ = ("exact", "text")
    found, lines = [], ()

    __hash__ = float.__hash__

    def __abs__(self):
        return exact_float(abs(float(self)), abs(self.exact), "abs(%s)" % self.text)

    def __neg__(self):
        return exact_float(-float(self), -self.exact, "-" + grouped(self))

    def __pos__(self):
        return self

    def __round__(self, digits=None):
        rounded = round(float(self), digits)
        return rounded if digits is None else exact_float(rounded)

    def __reduce__(self):  # a copy is a plain float
        return float, (float(self),)


def exact_float(value, exact=None, text=None):
    """`value` as a Told; as it is where it is no number that can be followed."""
    if type(value) is not float or value - value != 0:
        return value
    made = Told(value)
    made.exact = fractions.Fraction(repr(value)) if exact is None else exact
    made.text = repr(value) if text is None or len(text) > MOST_TEXT else text
    if max(made.exact.numerator.bit_length(), made.exact.denominator.bit_length()) > MOST_DIGITS:
        return value
    return made


def plain(value):
    return float(value) if type(value) is Told else value


def exact_of(value):
    return value.exact if type(value) is Told else fractions.Fraction(value) if type(value) is int else None


def grouped(value):
    text = value.text if type(value) is Told else repr(value)
    return "(%s)" % text if " " in text and not text.startswith("abs(") else text


def calculate(left, right, symbol, compute):
    value = compute(plain(left), plain(right))
    exact = exact_of(left), exact_of(right)
    if None in exact:
        return value
    return exact_float(value, compute(*exact), "%s %s %s" % (grouped(left), symbol, grouped(right)))


def compare(left, right, symbol, decide):
    answer, exact = decide(plain(left), plain(right)), exact_of(right)
    if exact is None or left.exact != exact or answer == decide(exact, exact):
        return answer
    frame = sys._getframe(2)
    if frame.f_code.co_filename == COMPARED_AS and frame.f_lineno in Told.lines:
        text = "%s %s %s" % (left.text, symbol, right.text if type(right) is Told else repr(right))
        Told.found.append([frame.f_lineno, text, bool(answer), repr(plain(left)), repr(plain(right))])
    return answer


def add_operators():
    def both_ways(symbol, compute):
        def forward(self, other):
            return calculate(self, other, symbol, compute) if isinstance(other, (int, float)) else NotImplemented

        def backward(self, other):
            return calculate(other, self, symbol, compute) if isinstance(other, (int, float)) else NotImplemented
        return forward, backward

    def comparison(symbol, decide):
        return lambda self, other: (compare(self, other, symbol, decide) if isinstance(other, (int, float))
                                    else NotImplemented)

    for name, symbol in (("add", "+"), ("sub", "-"), ("mul", "*"), ("truediv", "/")):
        forward, backward = both_ways(symbol, getattr(operator, name))
        setattr(Told, "__%s__" % name, forward)
        setattr(Told, "__r%s__" % name, backward)
    for name, symbol in (("lt", "<"), ("le", "<="), ("gt", ">"), ("ge", ">="), ("eq", "=="), ("ne", "!=")):
        setattr(Told, "__%s__" % name, comparison(symbol, getattr(operator, name)))


add_operators()


class Wrapping(ast.NodeTransformer):
    """Every float that is written in a source becomes a Told, but for those in patterns, which must be literals."""

    def visit_Constant(self, node):
        if type(node.value) is not float:
            return node
        return ast.copy_location(ast.Call(ast.Name("__exact_float__", ast.Load()), [node], []), node)

    def visit_match_case(self, node):
        node.guard = node.guard and self.visit(node.guard)
        node.body = [self.visit(part) for part in node.body]
        return node


def followed(value):
    """An argument with its floats as Tolds."""
    if type(value) is dict:
        return {key: followed(part) for key, part in value.items()}
    if type(value) in (list, tuple):
        return type(value)(followed(part) for part in value)
    return exact_float(value)


def load(source):
    """The names of a module whose floats are followed."""
    tree = ast.fix_missing_locations(Wrapping().visit(ast.parse(source)))
    Told.lines = {line for node in ast.walk(tree) if isinstance(node, ast.Compare)
                  for line in range(node.lineno, node.end_lineno + 1)}
    module = types.ModuleType("followed_rule")
    sys.modules[module.__name__] = module  # where dataclasses look
    module.__dict__["__exact_float__"] = exact_float
    exec(compile(tree, COMPARED_AS, "exec"), module.__dict__)
    return module.__dict__


def float_traps(source, stem, inputs):
    """[line, comparison, its answer, left side, right side, arguments] of the first on each line, on the inputs given
    and then those at which the answer may change. Nothing of what is no program, or raises: others judge that."""
    global fractions
    import fractions  # which takes a while, and no survey needs it
    try:
        module = Module(source)
        function = choose(module, stem)
        if not any(isinstance(node, ast.Compare) for node in ast.walk(module.tree)):
            return []
        tried, names = unique(inputs + boundaries(module, function)), load(source)
    except Exception:
        return []
    traps = {}
    for arguments in tried:
        Told.found = []
        try:
            names[function.name](*map(followed, copy.deepcopy(arguments)))
        except Exception:
            pass
        for trap in Told.found:
            traps.setdefault(trap[0], trap + [arguments])
    return [traps[line] for line in sorted(traps)]
