# Describes a Python source without running it: which function is the program, its signature, inputs to try it on,
# the calls that its text tells the answers of, what would make it no function of its arguments alone, and its shape
# (equal of two sources that differ in names, comments and layout only). Run in the sandbox as a program of its own,
# whose source is module.py, dependence.py, deciding.py, proposals.py, told.py, shape.py, float_traps.py, units.py,
# slices.py, methods.py and agreement.py, one after the other: survey(source, stem), in shape.py, is a pure function
# that gives plain values; programs/importers/survey.h says what they mean. slices(...) likewise (importers/slices.h).
# float_traps(...) does run the source (importers/float_traps.h), and agreement(...) runs a slice and a module.
import ast
import builtins
import copy
import hashlib
import importlib
import io
import operator
import re
import symtable
import sys
import tokenize
import types
import unicodedata
from decimal import Decimal

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
PLAIN = {int, float, str, bool, type(None), Decimal}
NUMBERS = (int, float, Decimal)
MOST_PROPOSALS = 32


# Plain values.

def is_plain(value):
    if type(value) in PLAIN:
        return True
    if type(value) is dict:
        return all(is_plain(part) for pair in value.items() for part in pair)
    return type(value) in (list, tuple, set) and all(is_plain(part) for part in value)


def constant(node, constants={}):
    """(True, its value) of an expression that is a plain literal, or the name of one."""
    if isinstance(node, ast.Name) and node.id in constants:
        return True, constants[node.id]
    try:
        value = decimal_of(node) if isinstance(node, ast.Call) else ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError, ArithmeticError):
        return False, None
    return is_plain(value), value


def decimal_of(call):
    """Of Decimal("0.50") or decimal.Decimal(5)."""
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    if name != "Decimal" or len(call.args) != 1 or call.keywords:
        raise ValueError
    value = Decimal(ast.literal_eval(call.args[0]))
    if not value.is_finite():
        raise ValueError
    return value


# What the module consists of.

class Module:
    def __init__(self, source):
        self.tree = ast.parse(source)
        self.lines = source.split("\n")
        self.defined, self.imported, self.constants, self.running = {}, {}, {}, []
        for node in self.tree.body:
            if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
                self.defined[node.name] = node
                continue
            if self.is_guard(node):
                continue
            self.running.append(node)
            for target in getattr(node, "targets", [getattr(node, "target", None)]):
                if isinstance(target, ast.Name) and getattr(node, "value", None) is not None:
                    self.defined[target.id] = node
                    known, value = constant(node.value)
                    if known:
                        self.constants[target.id] = value
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    self.imported[alias.asname or alias.name.split(".")[0]] = (
                        alias.name if alias.asname else alias.name.split(".")[0])
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    self.imported[alias.asname or alias.name] = (node.module or "") + "." + alias.name

    @staticmethod
    def is_guard(node):
        """if __name__ == "__main__", which does not run here."""
        return isinstance(node, ast.If) and any(isinstance(part, ast.Name) and part.id == "__name__"
                                                for part in ast.walk(node.test))

    def reached(self, function):
        """The statements at the top that run when the function is called, or before; in the source's order."""
        found, stack = [], [function, *self.running]
        while stack:
            node = stack.pop()
            if any(node is other for other in found):
                continue
            found.append(node)
            for part in ast.walk(node):
                if isinstance(part, ast.Name) and part.id in self.defined:
                    stack.append(self.defined[part.id])
        return sorted(found, key=lambda node: node.lineno)

    def dotted(self, node):
        """"datetime.date.today" of an expression that names something imported, else ""."""
        if isinstance(node, ast.Name):
            return self.imported.get(node.id, "")
        if isinstance(node, ast.Attribute):
            base = self.dotted(node.value)
            return base and base + "." + node.attr
        return ""


class Refused(Exception):
    def __init__(self, line, text, hint=""):
        self.line, self.text, self.hint = line, text, hint


def choose(module, stem):
    """The function of the file's name, else the only one."""
    stem = unicodedata.normalize("NFKC", stem)  # as Python reads names
    functions = [node for node in module.tree.body if isinstance(node, FUNCTIONS)]
    node = module.defined.get(stem)
    if node is None:
        names = {function.name for function in functions}
        classes = [part for part in module.tree.body if isinstance(part, ast.ClassDef)]
        if len(names) > 1:
            raise Refused(functions[1].lineno, "%d functions in it, and none is called %s" % (len(names), stem),
                          "name the file after the function that is the program")
        if not names and classes:
            raise Refused(classes[0].lineno, "only a class in it (%s), and a program is a function" % classes[0].name,
                          wrapper(classes[0], stem))
        if not names:
            raise Refused(1, "no function in it", "each program is a file NAME.py with a function NAME")
        node = functions[-1]
    if isinstance(node, ast.ClassDef):
        raise Refused(node.lineno, node.name + " is a class, and a program is a function", wrapper(node, stem.lower() + "_of"))
    if isinstance(node, ast.AsyncFunctionDef):
        raise Refused(node.lineno, node.name + " is async: a call gives a coroutine, no value",
                      "write it as a plain def")
    if not isinstance(node, ast.FunctionDef):
        raise Refused(node.lineno, stem + " is not defined by def", "write it as def %s(...):" % stem)
    if any(isinstance(part, (ast.Yield, ast.YieldFrom)) for part in own_nodes(node)):
        raise Refused(node.lineno, node.name + " is a generator: a call gives no value", "return a list")
    if not node.name.isascii():
        raise Refused(node.lineno, node.name + " cannot be a program's name: ASCII letters, digits and underscores",
                      "give function and file another name, such as " + ascii_name(node.name))
    for parameter, default in zip(node.args.kwonlyargs, node.args.kw_defaults):
        if default is None:
            raise Refused(node.lineno, "%s can only be given by name, and inputs are given by place" % parameter.arg,
                          "give it a default, or move it before the *")
    return node


def ascii_name(name):
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"\W+", "", plain)
    return plain if len(plain) > 2 and plain.isidentifier() else "rule_1"


def wrapper(node, name, around="%s"):
    """What to add so that a class, or a function `around` an object of it, can be asked for plain values."""
    fields = [part.target.id for part in node.body if isinstance(part, ast.AnnAssign)
              and isinstance(part.target, ast.Name)]
    methods = [part.name for part in node.body if isinstance(part, ast.FunctionDef) and not part.name.startswith("_")]
    if around == "%s" and not methods:
        return "write a function of plain values"
    listed = ", ".join(fields) or "..."
    value = around % ("%s(%s)" % (node.name, listed))
    if around == "%s":
        value += ".%s()" % methods[0]
    return "add a function of plain values, and name the file after it: def %s(%s): return %s" % (name, listed, value)


def positional(function):
    return function.args.posonlyargs + function.args.args


def own_nodes(function):
    """What stands in a function itself, not in functions within it."""
    stack = list(function.body)
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
            stack.extend(ast.iter_child_nodes(node))
