# Methods that only read fields of self, as functions: the fields are their first arguments, or their last where they
# have defaults. Its text is the method's own, with `self.price` as `price`.


def fields_of_class(node):
    """{field: (its default or None)} of a class, in the order in which it names them."""
    found = {}
    for part in node.body:
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
            found[part.target.id] = part.value if constant(part.value)[0] else None
        elif isinstance(part, ast.Assign):
            found.update({name.id: part.value if constant(part.value)[0] else None
                          for name in part.targets if isinstance(name, ast.Name)})
    start = next((part for part in node.body if isinstance(part, ast.FunctionDef) and part.name == "__init__"), None)
    if start is None:
        return found
    arguments = positional(start)
    defaults = dict(zip([one.arg for one in reversed(arguments)], reversed(start.args.defaults)))
    defaults.update({one.arg: value for one, value in zip(start.args.kwonlyargs, start.args.kw_defaults) if value})
    for part in ast.walk(start):
        for target in getattr(part, "targets", [getattr(part, "target", None)]):
            if isinstance(target, ast.Attribute) and getattr(target.value, "id", "") == arguments[0].arg:
                value = getattr(part, "value", None)
                value = defaults.get(value.id) if isinstance(value, ast.Name) else value
                found.setdefault(target.attr, value if value and constant(value)[0] else None)
    return found


def function_name(holder, method):
    """StockItem.order is stock_item_order."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", holder.name).lower() + "_" + method.name


class Method:
    """A method as a function; Refused where it does more than read fields."""

    def __init__(self, units, holder, method):
        self.units, self.holder, self.method = units, holder, method
        self.name, self.itself = function_name(holder, method), positional(method)[0].arg
        self.fields, self.reads = fields_of_class(holder), []
        self.check()
        self.arguments = self.sorted_arguments()

    def refuse(self, node, text, hint="take the fields that it needs as arguments of a function"):
        raise Refused(node.lineno, "%s.%s %s" % (self.holder.name, self.method.name, text), hint)

    def check(self):
        arguments = self.method.args
        if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.posonlyargs:
            self.refuse(self.method, "has arguments that are given by name or in any number")
        inside = {id(part.value): part for part in ast.walk(self.method) if isinstance(part, ast.Attribute)}
        methods = {part.name for part in self.holder.body if isinstance(part, FUNCTIONS)}
        for part in ast.walk(self.method):
            if not isinstance(part, ast.Name) or part.id not in (self.itself, "super", "__class__"):
                continue
            read = inside.get(id(part))
            if read is None or part.id != self.itself:
                self.refuse(part, "uses %s as a whole" % part.id)
            if not isinstance(read.ctx, ast.Load):
                self.refuse(part, "changes %s.%s" % (self.itself, read.attr))
            if read.attr in methods:
                self.refuse(part, "uses %s.%s, another method" % (self.itself, read.attr))
            if read.attr not in self.fields:
                self.refuse(part, "reads %s.%s, which its class does not name" % (self.itself, read.attr))
            self.reads.append(read)
        taken = {part.id for part in ast.walk(self.method) if isinstance(part, ast.Name)}
        taken |= {part.arg for part in ast.walk(self.method) if isinstance(part, ast.arg)}
        for read in self.reads:
            if read.attr in taken or read.attr in self.units.binders:
                self.refuse(read, "reads %s.%s, and %s is something else there" % (
                    self.itself, read.attr, read.attr), "give one of them another name")

    def sorted_arguments(self):
        """[(name, text)], those without defaults first."""
        used = {read.attr for read in self.reads}
        fields = [(name, default) for name, default in self.fields.items() if name in used]
        own, defaults = self.method.args.args[1:], self.method.args.defaults
        required = len(own) - len(defaults)
        return ([(name, name) for name, default in fields if default is None] +
                [(one.arg, ast.unparse(one)) for one in own[:required]] +
                [(one.arg, ("%s = %s" if one.annotation else "%s=%s") % (ast.unparse(one), ast.unparse(value)))
                 for one, value in zip(own[required:], defaults)] +
                [(name, "%s=%s" % (name, ast.unparse(default))) for name, default in fields if default is not None])

    def unit(self):
        """As a statement at the top of its module."""
        lines, method = self.units.module.lines, self.method
        head = "def %s(%s)%s:" % (self.name, ", ".join(text for _, text in self.arguments),
                                  " -> " + ast.unparse(method.returns) if method.returns else "")
        first = method.body[0]
        if first.lineno == method.lineno or any("#" in row for row in lines[method.lineno:first.lineno - 1]):
            self.refuse(method, "is not written in lines below its head")
        rows = {line: lines[line - 1].encode() for line in range(first.lineno, method.end_lineno + 1)}
        for read in sorted(self.reads, key=lambda one: (one.lineno, one.col_offset), reverse=True):
            row, end = rows.get(read.lineno, b""), read.end_col_offset
            if row[read.col_offset:end] != ("%s.%s" % (self.itself, read.attr)).encode():
                self.refuse(read, "reads %s within a text" % self.itself, "give it a name before")
            rows[read.lineno] = row[:read.col_offset] + read.attr.encode() + row[end:]
        indent = first.col_offset
        text = [row.decode() if row.strip() else "" for row in rows.values()]
        text = [head] + ["    " + row[indent:] if row and not row[:indent].strip() else row for row in text]
        try:
            unit = Unit(ast.parse("\n".join(text)).body[0])
        except SyntaxError:
            self.refuse(method, "is not written in lines below its head")
        unit.owner, unit.blank, unit.first, unit.last = self.units, 2, method.lineno, method.end_lineno
        unit.text, unit.numbers = text, [method.lineno, *rows]
        unit.name(self.units.is_postponed)
        return unit

    def cut(self, sources):
        """Its slice, as text."""
        unit = self.unit()
        if self.name in self.units.binders:
            self.refuse(self.method, "would be %s, which is something else" % self.name, "rename one of them")
        after = next(at for at, other in enumerate(self.units.all) if self.holder in other.nodes)
        self.units.all.insert(after + 1, unit)
        self.units.binders[self.name] = [unit]
        try:
            return Slice(sources, self.units, unit.nodes[0]).text()
        finally:
            self.units.all.remove(unit)
            del self.units.binders[self.name]

    def beside(self):
        """What calls the method itself, with the same arguments: to compare with."""
        fields = {read.attr for read in self.reads}
        names = [name for name, _ in self.arguments]
        call = "" if self.method.decorator_list else "(%s)" % ", ".join(
            name for name in (one.arg for one in self.method.args.args[1:]))
        rows = ["def %s(%s):" % (self.name, ", ".join(text for _, text in self.arguments)),
                "    made = object.__new__(%s)" % self.holder.name]
        rows += ["    object.__setattr__(made, %r, %s)" % (name, name) for name in names if name in fields]
        return "\n".join(rows + ["    return made.%s%s" % (self.method.name, call)]) + "\n"


def methods_of(module):
    """(class, method) of each public method of a public class that builds on no other."""
    said = said_public(module)
    return [(node, part) for node in module.tree.body if isinstance(node, ast.ClassDef) and is_public(node.name, said)
            for part in node.body if isinstance(part, ast.FunctionDef) and not part.name.startswith("_")
            and all(getattr(base, "id", "") == "object" for base in node.bases) and not node.keywords]


def left_out_method(method):
    """Why a method is no rule, else ""."""
    if any(getattr(one, "id", "") != "property" for one in method.decorator_list):
        return "a method under a decorator"
    if not positional(method):
        return "a method without self"
    return "it returns nothing" if no_rule(method) == "it returns nothing" else ""


def method_entries(units, sources):
    return [entry_of(function_name(holder, method), method.lineno, left_out_method(method),
                     lambda holder=holder, method=method: Method(units, holder, method).cut(sources))
            for holder, method in methods_of(units.module)]


def method_called(units, name):
    """The method that is a function of that name, or None."""
    return next((Method(units, holder, method) for holder, method in methods_of(units.module)
                 if function_name(holder, method) == name), None)
