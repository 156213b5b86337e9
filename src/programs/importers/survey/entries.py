# Entries: which functions of a file are rules of their own, and of each what slices.py cuts out for it.


def has_own_imports(units, sources):
    """Whether it imports modules of the user's own at its top."""
    probe = Slice.__new__(Slice)
    probe.sources, probe.owners, probe.uses, probe.lines = sources, {units.name: units}, {}, {units.name: 1}
    for node in (node for unit in units.all for node in unit.nodes):
        if isinstance(node, ast.ImportFrom) and not is_standard(node) and (
                probe.own_module(units, node) or any(probe.own_module(units, node, one.name) for one in node.names)):
            return True
        if isinstance(node, ast.Import) and not is_standard(node) and any(
                one.name in sources or one.name + ".__init__" in sources for one in node.names):
            return True
    return False


def functions_of(module, stem):
    """The functions at the top by name, those under a condition too, that are the file's rules."""
    functions = {node.name: node for node in module.tree.body if isinstance(node, FUNCTIONS)}
    named = functions.get(unicodedata.normalize("NFKC", stem))
    if named is not None:
        return {named.name: named}, True
    is_one = len(functions) == 1
    for node in module.tree.body:
        if isinstance(node, (ast.If, ast.Try)) and not Module.is_guard(node) and not is_for_types_alone(node):
            functions.update({part.name: part for part in ast.walk(node) if isinstance(part, FUNCTIONS)
                              and part.name in module_names(node) and part.name not in functions})
    public = said_public(module)
    return {name: node for name, node in functions.items() if is_one or is_public(name, public)}, is_one


def entry_of(name, line, left_out, cut):
    """[name, line, its source, the file's line of each of its lines, why it is left out or "", [line, why it is
    refused, hint] or []]; `cut` gives source and lines."""
    if left_out:
        return [name, line, "", [], left_out, []]
    try:
        return [name, line, *cut(), "", []]
    except Refused as refused:
        return [name, line, "", [], "", [refused.line, refused.text, refused.hint]]


def cut_function(sources, units, function):
    if function not in units.module.tree.body:
        raise Refused(function.lineno, function.name + " is defined under a condition",
                      "define it in any case, at the start of a line")
    return Slice(sources, units, function).text()


def slices(stem, sources, main):
    """Of a module of several functions or classes, none of them with the file's name, an entry for each public one, and
    for each method; of one that imports others of the user's own, for its one function too. Of a module that is a
    program as a whole []."""
    try:
        units = Units(sources[main], main)
    except SyntaxError:
        return []
    functions, is_whole = functions_of(units.module, stem)
    if is_whole and not has_own_imports(units, sources):
        return []
    found = [entry_of(name, function.lineno, "" if is_whole else no_rule(function),
                      lambda function=function: cut_function(sources, units, function))
             for name, function in functions.items()]
    if not is_whole:
        return sorted(found + method_entries(units, sources), key=lambda entry: entry[1])
    if stem in functions:
        function = functions[stem]
        found += [entry_of(name, line, "no rule of its own, as the file is named after " + stem, None)
                  for line, name in others(units.module, function, units.module.reached(function))]
    return found
