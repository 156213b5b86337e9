# The statements at the top of a module: their text, the names that they bind, need and change, and which functions are
# public. Of these, slices.py puts together what a function needs.

HEADER = re.compile(r"#!|#.*coding[:=]")


class Stripped(ast.NodeTransformer):
    """Without the annotations that are not evaluated."""

    def __init__(self, all_of_them):
        self.all, self.inside = all_of_them, False

    def visit_arguments(self, node):
        for part in ast.walk(node):
            if isinstance(part, ast.arg) and self.all:
                part.annotation = None
        return self.generic_visit(node)

    def visit_FunctionDef(self, node):
        before, self.inside = self.inside, True
        node.returns = None if self.all else node.returns
        self.generic_visit(node)
        self.inside = before
        return node

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_AnnAssign(self, node):
        if self.all or self.inside:
            node.annotation = ast.Constant(None)
        return self.generic_visit(node)


def names_of(text):
    """(bound at the top, read of the module's, bound by functions that say global) in a text, as Python tells them."""
    top = symtable.symtable(text, "unit", "exec")
    bound = {one.get_name() for one in top.get_symbols() if one.is_assigned() or one.is_imported()}
    read = {one.get_name() for one in top.get_symbols() if one.is_referenced()}
    changed, tables = set(), list(top.get_children())
    while tables:
        table = tables.pop()
        tables += table.get_children()
        for one in table.get_symbols():
            if one.is_global():
                read |= {one.get_name()}
                changed |= {one.get_name()} if one.is_declared_global() and one.is_assigned() else set()
    return bound, read, changed


def base_of(node):
    while isinstance(node, (ast.Subscript, ast.Attribute, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


class Unit:
    """A statement at the top, or those that share its lines, with the comments that belong to it."""

    def __init__(self, node):
        self.nodes = [node]
        self.first = min([node.lineno] + [part.lineno for part in getattr(node, "decorator_list", [])])
        self.last = node.end_lineno

    def read(self, lines, after):
        """Its text, from the line after the unit before; its last line."""
        self.top, self.bottom = self.first, self.last
        while self.top - 1 > after and lines[self.top - 2].startswith("#") and not (
                self.top <= 3 and HEADER.match(lines[self.top - 2])):
            self.top -= 1
        while self.bottom < len(lines) and re.match(r"[ \t]+#", lines[self.bottom]):
            self.bottom += 1
        self.blank = 0
        while self.top - 2 - self.blank >= 0 and not lines[self.top - 2 - self.blank].strip():
            self.blank += 1
        self.text, self.numbers = lines[self.top - 1:self.bottom], list(range(self.top, self.bottom + 1))
        return self.bottom

    def name(self, is_postponed):
        """Its names."""
        module = ast.Module([copy.deepcopy(node) for node in self.nodes], [])
        self.binds, everything, self.changes = names_of("\n".join(self.text))
        self.needs = names_of(ast.unparse(Stripped(is_postponed).visit(module)))[1]
        self.told = everything - self.needs | self.quoted()
        self.alters = self.altered() & everything

    def quoted(self):
        """Names in annotations that are written as text."""
        found = set()
        for node in self.nodes:
            for part in ast.walk(node):
                for text in (getattr(part, "annotation", None), getattr(part, "returns", None)):
                    parsed = annotation_of(text) if isinstance(text, ast.Constant) else None
                    found |= {name.id for name in ast.walk(parsed) if isinstance(name, ast.Name)} if parsed else set()
        return found

    def altered(self):
        """Names whose values it may change without binding them."""
        found = set()
        for part in (part for node in self.nodes for part in ast.walk(node)):
            if isinstance(part, (ast.Attribute, ast.Subscript)) and not isinstance(part.ctx, ast.Load):
                found.add(base_of(part))
            elif isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr in CHANGING:
                found.add(base_of(part.func.value))
            elif isinstance(part, ast.Call) and getattr(part.func, "id", "") in ("setattr", "delattr") and part.args:
                found.add(base_of(part.args[0]))
        return found

    def is_annotated(self):
        return any(getattr(part, "annotation", None) or getattr(part, "returns", None)
                   for node in self.nodes for part in ast.walk(node))

    def of(self, *kinds):
        return [node for node in self.nodes if isinstance(node, kinds)]

    def imports(self):
        return [part for node in self.nodes for part in ast.walk(node)
                if isinstance(part, (ast.Import, ast.ImportFrom))]

    def line_of(self, name):
        lines = [part.lineno for node in self.nodes for part in ast.walk(node)
                 if isinstance(part, ast.Name) and part.id == name]
        return min(lines, default=self.first)


def is_for_types_alone(node):
    return isinstance(node, ast.If) and not node.orelse and (
        getattr(node.test, "id", getattr(node.test, "attr", "")) == "TYPE_CHECKING")


def exported(name):
    """What `from NAME import *` of the standard library binds."""
    found = importlib.import_module(name)
    return set(getattr(found, "__all__", [one for one in vars(found) if not one.startswith("_")]))


def is_standard(node):
    """Whether an import is of the standard library alone."""
    if isinstance(node, ast.ImportFrom):
        return not node.level and node.module.split(".")[0] in sys.stdlib_module_names
    return all(alias.name.split(".")[0] in sys.stdlib_module_names for alias in node.names)


def imported_from(node):
    return "." * getattr(node, "level", 0) + (getattr(node, "module", None) or "") if isinstance(
        node, ast.ImportFrom) else ", ".join(alias.name for alias in node.names)


class Units:
    """The statements of a module, and who binds which name."""

    def __init__(self, source, name):
        self.name, self.file = name, name.removesuffix(".__init__").split(".")[-1] + ".py"
        self.module = Module(source)
        lines = self.module.lines
        self.all, self.stars, self.binders = [], [], {}
        self.is_postponed = any(isinstance(node, ast.ImportFrom) and node.module == "__future__" and
                           any(alias.name == "annotations" for alias in node.names) for node in self.module.tree.body)
        for node in self.module.tree.body:
            unit = Unit(node)
            if self.all and unit.first <= self.all[-1].last:
                self.all[-1].nodes.append(node)
                self.all[-1].last = max(self.all[-1].last, unit.last)
            else:
                self.all.append(unit)
        after = 0
        for unit in self.all:
            unit.owner = self
            after = unit.read(lines, after)
            unit.name(self.is_postponed)
            if any(Module.is_guard(node) or is_for_types_alone(node) for node in unit.nodes):
                continue
            for name in unit.binds:
                self.binders.setdefault(name, []).append(unit)
            self.stars += [(unit, node) for node in unit.imports()
                           if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"]


def module_names(node):
    """The names that a statement binds at the top."""
    return names_of(ast.unparse(node))[0]


def said_public(module):
    """The names in __all__, or None where the module does not say."""
    said = [constant(node.value)[1] for node in module.tree.body if isinstance(node, (ast.Assign, ast.AugAssign))
            and any(getattr(target, "id", "") == "__all__" for target in targets_of(node)[0])]
    return {name for names in said for name in names} if said and all(
        type(names) in (list, tuple) for names in said) else None


def is_public(name, said):
    return name in said if said is not None else not name.startswith("_")


def others(module, function, reached):
    """[line, name] of each function that would be a rule of its own, had the file not the name of this one."""
    said = said_public(module)
    return [[node.lineno, node.name] for node in module.tree.body if isinstance(node, FUNCTIONS) and is_public(
        node.name, said) and node.name != function.name and node not in reached and not no_rule(node)]


def no_rule(function):
    """Why a function is left out, else ""."""
    if function.name.startswith("test_"):
        return "a test"
    arguments = function.args
    if not (positional(function) or arguments.kwonlyargs or arguments.vararg or arguments.kwarg):
        return "it takes no arguments, so that nothing follows from them"
    if isinstance(function, ast.FunctionDef) and not any(
            isinstance(part, (ast.Raise, ast.Yield, ast.YieldFrom, ast.Assert)) or
            isinstance(part, ast.Return) and part.value is not None for part in own_nodes(function)):
        return "it returns nothing"
    return ""
