# The shape.

class Renamed(ast.NodeTransformer):
    """Names that the source itself gives, by the order in which they come; docstrings and annotations left out."""

    def __init__(self, own):
        self.own, self.numbers = own, {}

    def rename(self, name):
        return "v%d" % self.numbers.setdefault(name, len(self.numbers)) if name in self.own else name

    def generic_visit(self, node):
        for field in ("id", "arg", "name"):
            name = getattr(node, field, None)
            if type(name) is str and not isinstance(node, ast.alias):
                setattr(node, field, self.rename(name))
        for field in ("annotation", "returns"):
            if getattr(node, field, None) is not None and not isinstance(node, ast.AnnAssign):
                setattr(node, field, None)
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        return super().generic_visit(node)


def shape(module, function, reached):
    parts = [part for part in reached if not (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
             and not isinstance(part, (ast.Import, ast.ImportFrom))
             and not any(isinstance(target, ast.Name) and target.id.startswith("__")
                         for target in getattr(part, "targets", []))]
    needed = {part.id for node in parts if isinstance(node, (*FUNCTIONS, ast.ClassDef)) for part in ast.walk(node)
              if isinstance(part, ast.Name)}
    parts = [part for part in parts if isinstance(part, (*FUNCTIONS, ast.ClassDef)) or not isinstance(part, ast.Assign)
             or any(isinstance(target, ast.Name) and target.id in needed for target in part.targets)]
    own = set(module.defined)
    for node in parts:
        own |= {part.arg for part in ast.walk(node) if isinstance(part, ast.arg)}
        own |= {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
    parts.sort(key=lambda node: node is not function)  # the function first, so that names begin with it
    renamed = Renamed(own)
    text = "\n".join(ast.dump(renamed.visit(node)) for node in parts)
    imported = sorted(set(module.imported.values()))
    return hashlib.sha256((text + repr(imported)).encode("utf-8", "replace")).hexdigest()


def survey(source, stem):
    try:
        module = Module(source)
        function = choose(module, stem)
    except SyntaxError as error:
        return {"refused": [error.lineno or 1, "Python cannot read it: " + str(error.msg), ""]}
    except Refused as refused:
        return {"refused": [refused.line, refused.text, refused.hint]}
    reached, arguments, near = module.reached(function), function.args, boundaries(module, function)
    found = {
        "refused": [], "name": function.name, "line": function.lineno,
        "parameters": [parameter.arg for parameter in positional(function)],
        "defaults": [[value] if known else [] for known, value in map(constant, arguments.defaults)],
        "any_number": arguments.vararg is not None,
        "proposals": proposals(module, function, near), "boundaries": near, "practice": practice(near),
        "raises": raised_by_itself(reached), "not_plain": not_plain(module, function),
        "dependences": dependences(module, reached), "changes": changes(module, reached),
        "others": others(module, function, reached), "told": told(module, source)}
    found["shape"] = shape(module, function, reached)  # last: it renames the tree
    return found
