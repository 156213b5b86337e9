# What makes an answer hang on more than the arguments.

CLOCK = {"time." + name for name in ("time time_ns monotonic monotonic_ns perf_counter perf_counter_ns process_time "
                                     "localtime gmtime ctime asctime strftime").split()}
CLOCK |= {"datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"}
NEEDS_NO_CLOCK_WITH = {"time.localtime": 1, "time.gmtime": 1, "time.ctime": 1, "time.asctime": 1, "time.strftime": 2}
CHANCE = re.compile(r"random\.(?!Random$|seed$)\w+$|secrets\.|uuid\.uuid[14]$|os\.urandom$|numpy\.random\.")
# The zone of the machine, unless another is named.
ZONE = set("time.localtime time.ctime time.mktime datetime.datetime.fromtimestamp datetime.date.fromtimestamp".split())
ZONE_NAMES = set("time.timezone time.altzone time.tzname time.daylight".split())
SURROUNDINGS = re.compile(
    r"os\.(environb?|getenvb?|getp?pid|getcwdb?|getlogin|gete?[ug]id|uname|listdir|scandir|walk|l?stat|access|cpu_count|"
    r"getloadavg|times|system|popen|open|path\.(l?exists|isfile|isdir|islink|get\w+|realpath|abspath|expand\w+))\b|"
    r"sys\.(argv|stdin|platform|executable|path|modules|getsizeof|getrefcount)\b|"
    r"(socket|subprocess|platform|locale|getpass|tempfile|shutil|glob|sqlite3|ctypes|http\.client|urllib\.request)\.")
FILE_METHODS = set("exists is_file is_dir is_symlink stat lstat read_text read_bytes open iterdir glob rglob resolve "
                   "absolute expanduser owner cwd home samefile".split())


def is_local_time(name, call):
    """Whether what is called goes by the machine's time zone."""
    takes_zone = name == "datetime.datetime.fromtimestamp"
    return name in ZONE and not (takes_zone and (len(call.args) > 1 or call.keywords)) or (
        isinstance(call.func, ast.Attribute) and call.func.attr == "astimezone" and not call.args and not call.keywords)


def dependence(module, node):
    """What is wrong with an expression that is reached, or nothing."""
    if isinstance(node, ast.Call):
        name = module.dotted(node.func)
        if name in CLOCK and len(node.args) < NEEDS_NO_CLOCK_WITH.get(name, 99):
            return "asks the clock (%s)" % name
        if CHANCE.match(name) or name == "random.Random" and not node.args:
            return "draws at random (%s)" % name
        if is_local_time(name, node):
            return "depends on the machine (its time zone)"
        if isinstance(node.func, ast.Attribute) and node.func.attr in FILE_METHODS and any(
                one.split(".")[0] == "pathlib" for one in module.imported.values()):
            return "depends on the machine (files)"
        if isinstance(node.func, ast.Name) and node.func.id not in module.defined:
            if node.func.id == "input":
                return "reads what is typed (input)"
            if node.func.id == "open":
                return "opens a file"
    if isinstance(node, (ast.Attribute, ast.Name)):
        if module.dotted(node) in ZONE_NAMES:
            return "depends on the machine (its time zone)"
        found = SURROUNDINGS.match(module.dotted(node))
        return "depends on the machine (%s)" % found.group().rstrip(".") if found else None
    return None


def dependences(module, reached):
    """Lines that ask for more than the arguments: [line, what]."""
    seeded = any(isinstance(part, ast.Call) and module.dotted(part.func) == "random.seed" and part.args
                 for node in reached for part in ast.walk(node))
    found = set()
    for node in reached:
        for part in ast.walk(node):
            what = dependence(module, part)
            if what and not (seeded and "(random." in what):
                found.add((part.lineno, what))
    return [list(entry) for entry in sorted(found)]


def kept_defaults(function):
    """The parameters whose default is one list, dict, set or other object for all calls."""
    arguments = function.args
    pairs = list(zip(reversed(positional(function)), reversed(arguments.defaults)))
    pairs += [pair for pair in zip(arguments.kwonlyargs, arguments.kw_defaults) if pair[1] is not None]
    fixed = (ast.Constant, ast.Name, ast.Attribute, ast.UnaryOp, ast.BinOp, ast.Tuple)
    return {parameter.arg for parameter, default in pairs if not isinstance(default, fixed)}


CHANGING = set("append extend insert remove pop clear sort reverse add discard update setdefault popitem".split())


def changes(module, reached):
    """Lines at which functions change what stands outside of them: [line, what]."""
    found = set()
    decorators = {part.id for node in reached if isinstance(node, FUNCTIONS) for decorator in node.decorator_list
                  for part in ast.walk(decorator) if isinstance(part, ast.Name)}
    for function in reached:
        if not isinstance(function, FUNCTIONS) or function.name in decorators:
            continue
        outer = {name for part in ast.walk(function) if isinstance(part, ast.Global) for name in part.names}
        own = {part.id for part in ast.walk(function) if isinstance(part, ast.Name)
               and isinstance(part.ctx, ast.Store)} - outer
        kept = kept_defaults(function)
        own |= {part.arg for part in ast.walk(function) if isinstance(part, ast.arg)} - kept
        for part in ast.walk(function):
            base = part
            if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr in CHANGING:
                base = part.func.value
            elif not isinstance(getattr(part, "ctx", None), (ast.Store, ast.Del)):
                continue
            while isinstance(base, (ast.Subscript, ast.Attribute)):
                base = base.value
            if not isinstance(base, ast.Name) or base.id in own:
                continue
            if base.id in kept:
                if base is not part:
                    found.add((part.lineno, "changes the default of %s, which all calls share" % base.id))
            elif base.id in module.defined:
                found.add((part.lineno, "changes %s, which is not its own" % base.id))
    return [list(entry) for entry in sorted(found)]


# Arguments that are no plain values.

PLAIN_NAMES = set("int float str bool None list tuple set dict object List Tuple Set Dict Optional Union Any Literal "
                  "Sequence Iterable Mapping Collection Number Real Annotated Final Decimal".split())


def annotation_of(node):
    if isinstance(node, ast.Constant) and type(node.value) is str:
        try:
            return ast.parse(node.value, mode="eval").body
        except SyntaxError:
            return None
    return node


def not_plain(module, function):
    """[line, what, hint] of the first parameter that is annotated as no plain value, else []."""
    for parameter in positional(function):
        annotation = annotation_of(parameter.annotation)
        for part in ast.walk(annotation) if annotation else ():
            if isinstance(part, ast.Attribute) or isinstance(part, ast.Name) and part.id not in PLAIN_NAMES:
                name = module.dotted(part) or (part.id if isinstance(part, ast.Name) else "")
                if name.split(".")[-1] in PLAIN_NAMES:
                    continue
                defined = module.defined.get(name)
                if isinstance(defined, ast.ClassDef) or name.split(".")[0] in ("datetime", "decimal", "fractions",
                                                                             "pandas", "numpy", "pathlib"):
                    hint = wrapper(defined, function.name + "_of", function.name + "(%s)") if isinstance(defined, ast.ClassDef) else \
                        "take numbers or text (days, an ISO date), or give inputs in NAME.inputs.jsonl"
                    return [function.lineno, "argument %s is a %s, no plain value" % (
                        parameter.arg, name.split(".")[-1]), hint]
    return []
