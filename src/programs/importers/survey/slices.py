# Slices: of a module of several functions, each public one with what of the module it uses, and nothing else. A slice
# holds every statement at the top that gives a name it uses a value, or changes that value, in the file's order and
# as written; so running it leaves those names as running the whole module does. What the module imports from others of
# the user's own stands before it in the same way. What cannot be seen is refused.

BUILT_IN_NAMES = set(dir(builtins))
HIDING = set("globals eval exec __import__ __file__ __doc__ __spec__ __path__".split())
SETTING = {"decimal.setcontext", "decimal.getcontext", "random.seed", "locale.setlocale"}
KEEP_ONE = "keep one of them, or give each a name of its own"
TAKE_OVER = "take over what it needs, or do without it"


class Slice:
    """The units that a function needs, of its own module and of others of the user's."""

    def __init__(self, sources, main, function):
        self.sources, self.main, self.function = sources, main, function
        self.owners, self.lines, self.uses = {main.name: main}, {main.name: 0}, {main.name: []}
        self.taken, self.needed, self.told = [], set(), []
        self.need(function.name, main.binders[function.name][-1])
        self.settle()
        self.take_what_is_told()
        self.check_names()

    def refuse(self, owner, line, text, hint=""):
        if owner is not self.main:
            text, line = "%s (%s:%d)" % (text, owner.file, line), self.lines[owner.name]
        raise Refused(line, self.function.name + " " + text, hint)

    def take(self, unit):
        if unit in self.taken:
            return
        self.taken.append(unit)
        for name in sorted(unit.needs):
            self.need(name, unit)

    def need(self, name, unit):
        owner = unit.owner
        if (owner, name) in self.needed:
            return
        self.needed.add((owner, name))
        binders = list(owner.binders.get(name, []))
        for star, node in owner.stars:
            if not binders or star.first > binders[-1].first:
                binders += self.of_a_star(name, unit, star, node)
        if not binders:
            self.check_unbound(name, unit)
        definitions = [one for one in binders if one.of(*FUNCTIONS, ast.ClassDef)]
        if len(definitions) > 1:
            lines = definitions[0].first, definitions[-1].first
            self.refuse(owner, lines[1], ("" if name == self.function.name else "uses %s, which " % name) +
                        "is defined in line %d and again in line %d" % lines, KEEP_ONE)
        for binder in binders:
            self.take_binder(name, binder)

    def check_unbound(self, name, unit):
        if name in HIDING:
            self.refuse(unit.owner, unit.line_of(name), "uses %s, and what it needs cannot be seen therefore" % name,
                        "name what it uses")
        if name not in BUILT_IN_NAMES and name != "__name__":
            self.refuse(unit.owner, unit.line_of(name), "uses %s, which is defined nowhere in the file" % name)

    def of_a_star(self, name, unit, star, node):
        if is_standard(node):
            return [star] if name in exported(node.module) else []
        other = self.own_module(star.owner, node)
        if other is None:
            self.refuse(star.owner, star.first, "may have %s from here: from %s import *" % (
                name, imported_from(node)), "import what is used by its names")
        said = said_public(other.module)
        known = set(other.binders) | ({name} if other.stars else set())
        return [star] if name in known and is_public(name, said) else []

    def own_module(self, owner, node, name=""):
        """The module of the user's own that `from ... import` names, or `name` in it; else None."""
        package = owner.name.split(".")[:-node.level] if node.level else []
        wanted = ".".join(package + [part for part in (node.module, name) if part])
        for key in (wanted, wanted + ".__init__"):
            # One file may be imported by two names, shop.rates and .rates.
            key = next((one for one in self.owners if key in self.sources and self.sources[one] == self.sources[key]
                        and one.split(".")[-1] == key.split(".")[-1]), key)
            if key in self.sources and key not in self.owners:
                try:
                    self.owners[key], self.uses[key] = Units(self.sources[key], key), []
                except SyntaxError:
                    return None
                self.lines[key] = self.lines[owner.name] or node.lineno
            if key in self.sources:
                return self.owners[key]
        return None

    def take_binder(self, name, binder):
        owner = binder.owner
        for node in binder.imports():
            if is_standard(node):
                continue
            if node not in binder.nodes:
                if name in binder.binds:
                    self.refuse(owner, node.lineno, "uses %s, which hangs on whether %s is there" % (
                        name, imported_from(node)), TAKE_OVER)
            elif isinstance(node, ast.ImportFrom):
                return self.follow(name, binder, node)
            else:
                self.refuse_import(name, binder, node)
        self.take(binder)

    def refuse_import(self, name, binder, node):
        names = [alias.name for alias in node.names]
        if any(one in self.sources or one + ".__init__" in self.sources for one in names):
            self.refuse(binder.owner, node.lineno, "uses the module %s as a whole" % ", ".join(names),
                        "import what is used of it by its names: from %s import ..." % names[0])
        self.refuse(binder.owner, node.lineno, "uses %s of %s, which is not of the standard library" % (
            name, imported_from(node)), TAKE_OVER)

    def follow(self, name, binder, node):
        """Into the module of the user's own that a name is imported from."""
        owner, other = binder.owner, self.own_module(binder.owner, node)
        alias = next((one for one in node.names if one.name != "*" and (one.asname or one.name) == name), None)
        original = alias.name if alias else name
        if self.own_module(owner, node, original) is not None and not (other and original in other.binders):
            self.refuse(owner, node.lineno, "uses the module %s as a whole" % original,
                        "import what is used of it by its names: from %s import ..." % (
                            imported_from(node).rstrip(".") + "." + original))
        if other is None:
            self.refuse(owner, node.lineno, "uses %s of %s, which is not of the standard library%s" % (
                name, imported_from(node), " and not found beside it" if node.level else ""), TAKE_OVER)
        if original != name:
            self.refuse(owner, node.lineno, "uses %s of %s under another name, %s" % (
                original, imported_from(node), name), "import it under its own name")
        if len(binder.nodes) > 1:
            self.refuse(owner, node.lineno, "imports %s on a line with other statements" % name, "give it its own line")
        if name not in other.binders and not other.stars:
            self.refuse(owner, node.lineno, "uses %s, which %s does not define" % (name, other.file))
        self.uses[owner.name].append(other.name)
        self.need(name, next(iter(other.binders.get(name, ())), other.all[0]))

    def sets(self, unit):
        """Whether it sets what a module of the standard library, which the slice uses, goes by."""
        used = {owner.module.imported[name].split(".")[0] for owner, name in self.needed
                if name in owner.module.imported}
        for part in (part for node in unit.nodes for part in ast.walk(node)):
            is_set = isinstance(part, (ast.Attribute, ast.Subscript)) and not isinstance(part.ctx, ast.Load)
            while is_set and isinstance(part, (ast.Attribute, ast.Subscript)):
                part = part.value
            name = unit.owner.module.dotted(part.func) if isinstance(part, ast.Call) else ""
            if name in SETTING and (is_set or name != "decimal.getcontext") and name.split(".")[0] in used:
                return True
        return False

    def settle(self):
        """What changes values that the slice uses belongs to it; a function that does so when called does not."""
        grows = True
        while grows:
            grows = False
            for unit in [unit for owner in list(self.owners.values()) for unit in owner.all]:
                if unit in self.taken or any(map(Module.is_guard, unit.nodes)):
                    continue
                found = sorted(name for name in unit.alters | unit.changes if (unit.owner, name) in self.needed)
                if unit.of(*FUNCTIONS, ast.ClassDef):
                    self.refuse_changer(unit, found)
                elif found or self.sets(unit):
                    self.take(unit)
                    grows = True

    def refuse_changer(self, unit, names):
        module = unit.owner.module
        for name in names:
            if name in unit.owner.binders and (name not in module.imported or name in module.defined):
                self.refuse(unit.owner, unit.line_of(name), "uses %s, which %s changes" % (
                    name, getattr(unit.nodes[0], "name", "a function")),
                    "an answer must follow from the arguments alone: make it one")

    def take_what_is_told(self):
        """What stands in annotations alone, where it can be had."""
        for unit in list(self.taken):
            for name in sorted(unit.told):
                before = list(self.taken), set(self.needed), {key: list(used) for key, used in self.uses.items()}
                try:
                    if name in unit.owner.binders:
                        self.need(name, unit)
                        self.settle()
                except Refused:
                    self.taken, self.needed = before[:2]
                    self.uses = {key: before[2].get(key, []) for key in self.owners}

    def check_names(self):
        """In one file each name is one thing."""
        seen = {}
        for unit in self.taken:
            module = unit.owner.module
            for name in sorted(unit.binds):
                is_own = name not in module.imported or name in module.defined
                what = unit.owner.name if is_own else module.imported[name]
                if seen.setdefault(name, what) != what:
                    self.refuse(self.main, self.function.lineno, "uses two things of the name %s: of %s and of %s" % (
                        name, seen[name].split(".")[-1], what.split(".")[-1]), "rename one of them")

    def in_order(self):
        """The modules, each after those that it uses."""
        done, open_ones = [], []

        def visit(name):
            if name in open_ones:
                self.refuse(self.main, self.function.lineno, "uses modules that import each other: %s" % ", ".join(
                    self.owners[one].file for one in open_ones), "move what they share to a module of its own")
            if name in done:
                return
            open_ones.append(name)
            for other in self.uses[name]:
                visit(other)
            done.append(open_ones.pop())
        visit(self.main.name)
        return [self.owners[name] for name in done]

    def text(self):
        """(its source, of each line the line in the file)"""
        text, numbers, seen = [], [], set()
        owners, is_annotated = self.in_order(), any(unit.is_annotated() for unit in self.taken)
        futures = [unit for owner in owners for unit in owner.all if any(
            node.module == "__future__" for node in unit.of(ast.ImportFrom))]
        for unit in futures[:1] if is_annotated else []:
            text, numbers = list(unit.text), [self.line_in_file(unit, line) for line in unit.numbers]
        for owner in owners:
            blank = 1 if owner is not owners[0] else 0
            for unit in owner.all:
                blank = max(blank, min(unit.blank, 2))
                if unit not in self.taken or unit.of(ast.ImportFrom, ast.Import) and "\n".join(unit.text) in seen:
                    continue
                seen.add("\n".join(unit.text))
                blank = blank if text else 0
                text += [""] * blank + unit.text
                numbers += [self.line_in_file(unit, line) for line in unit.numbers[:1] * blank + unit.numbers]
                blank = 0
        return "\n".join(text) + "\n", numbers

    def line_in_file(self, unit, line):
        return line if unit.owner is self.main else self.lines[unit.owner.name]
