# Whether a slice does what the module does that it was cut from: both are run, with the same inputs.


class StandIn:
    """For what a module imports that is not here: the slice uses none of it."""

    def __init__(self, *_arguments, **_named):
        pass

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn()

    def __call__(self, *arguments, **_named):  # as a decorator, it decorates with nothing
        return arguments[0] if len(arguments) == 1 and callable(arguments[0]) else StandIn()

    def __iter__(self):
        return iter(())

    def __getitem__(self, _key):
        return StandIn()


class StandInModule(types.ModuleType):
    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (StandIn,), {})


class Finder:
    """Finds the modules whose sources are given, before any other; or, last, stand-ins for those not there."""

    def __init__(self, sources, stands_in):
        self.stands_in = stands_in
        self.sources = {name: text for name, text in sources.items()
                        if name.split(".")[0] not in sys.stdlib_module_names}

    def is_package(self, name):
        return any(other.startswith(name + ".") for other in self.sources) or name + ".__init__" in self.sources

    def find_spec(self, name, path=None, target=None):
        if not self.stands_in and name not in self.sources and not self.is_package(name):
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=self.stands_in or self.is_package(name))

    def create_module(self, spec):
        return StandInModule(spec.name) if self.stands_in else None

    def exec_module(self, module):
        source = self.sources.get(module.__name__ + ".__init__", self.sources.get(module.__name__, ""))
        exec(compile(source, module.__name__, "exec"), module.__dict__)


def decimal_context():
    """What Decimals go by, which is then as at first again."""
    decimal = sys.modules.get("decimal")
    if decimal is None:
        return None
    context = decimal.getcontext()
    decimal.setcontext(decimal.Context(prec=28))
    return context.prec, context.rounding, [bool(one) for one in context.traps.values()]


def run_module(source, name):
    module = types.ModuleType(name)
    sys.modules[name] = module  # where dataclasses look
    exec(compile(source, name, "exec"), module.__dict__)
    return module.__dict__


def outcome(function, arguments):
    try:
        value = function(*copy.deepcopy(arguments))
    except Exception as error:
        return "raises " + type(error).__name__
    return value


def is_same(one, other):
    if not is_plain(one) or not is_plain(other):
        return type(one).__name__ == type(other).__name__
    return type(one) is type(other) and (one == other or repr(one) == repr(other))


def short(value):
    text = repr(value) if is_plain(value) else "a value of type " + type(value).__name__
    return text if len(text) <= 60 else text[:57] + "..."


def agreement(source, name, inputs, sources, main):
    """[] where the slice agrees with the module `main` of `sources` (a dict of them by name), else [what differs, ""],
    or ["", why the module cannot be run]."""
    import importlib.machinery
    mine = run_module(source, "slice_of_it")
    context = decimal_context()
    sys.meta_path.insert(0, Finder(sources, False))
    sys.meta_path.append(Finder({}, True))
    try:
        whole = importlib.import_module(main).__dict__
    except BaseException as error:
        return ["", "%s: %s" % (type(error).__name__, error)]
    its_context = decimal_context()
    if "decimal" in source and context != its_context and context is not None:
        return ["the module sets how decimals are worked out, and the slice does not", ""]
    method = None if name in whole else method_called(Units(sources[main], main), name)
    if method is not None:
        exec(method.beside(), whole)
    if name not in whole:
        return ["the module, when it is run, has no %s" % name, ""]
    loaded = [vars(sys.modules[key.removesuffix(".__init__")]) for key in [main, *sources]
              if key.removesuffix(".__init__") in sys.modules]
    for one in sorted(mine):
        if one.startswith("__") or not is_plain(mine[one]):
            continue
        there = [names[one] for names in loaded if one in names]
        if not any(is_same(mine[one], value) for value in there):
            return ["%s is %s in the slice and %s when the module is run" % (
                one, short(mine[one]), short(there[0]) if there else "not there"), ""]
    for arguments in inputs:
        answers = outcome(mine[name], arguments), outcome(whole[name], arguments)
        if not is_same(*answers):
            return ["%s(%s) is %s in the slice and %s in the module" % (
                name, ", ".join(map(repr, arguments)), *map(short, answers)), ""]
    return []
