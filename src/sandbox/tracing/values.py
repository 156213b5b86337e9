# Plain values as text. The worker's source is, one after the other, what turns a running call into trace steps
# (tracing/: values.py, cases.py, views.py, reduction.py, loops.py, steps.py, trace.py) and what runs it in isolation (worker/:
# program.py, server.py).
#
# Only plain values (exact built-in types) are ever shown, so no __repr__ of a program runs.
import ast
import builtins
import copy
import opcode
import os
from _decimal import Decimal

# A private copy: what a program does to the builtins module does not reach the functions below.
__builtins__ = dict(vars(builtins))

FILE = "<program>"
BOX = "\u25a1"
OPEN, CLOSE = "slot_" + os.urandom(8).hex() + "_", "_"  # a slot's name while an expression is unparsed
DEPTH = 100  # as deep as parse_value reads
ATOMS = {int, float, bool, str, type(None), Decimal}
BUILT_IN = {kind for kind in vars(builtins).values() if isinstance(kind, type)}
PURE_NAMES = ("abs all any bool chr divmod enumerate float int len list max min ord pow range reversed round set "
              "sorted str sum tuple zip").split()
PURE_NAMES = {name: getattr(builtins, name) for name in PURE_NAMES}
PURE_METHODS = set("capitalize casefold count endswith find get index isalpha isdigit islower isupper join lower "
                   "lstrip removeprefix removesuffix replace rstrip split startswith strip title upper".split())
PURE_NODES = (ast.Name, ast.Constant, ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.IfExp, ast.List, ast.Tuple,
              ast.Dict, ast.Set, ast.Subscript, ast.Slice, ast.Call, ast.keyword, ast.operator, ast.unaryop,
              ast.cmpop, ast.boolop, ast.expr_context)


class TooMuch(BaseException):
    """More output, or more steps, than allowed."""


def name_of(kind, name=type.__dict__["__name__"].__get__):
    """A type's own name, whatever its metaclass says."""
    return name(kind)


def shown_name(kind):
    name = name_of(kind)
    return name if name.isidentifier() else ascii(name)


def ordered(value):
    """As repr, with the elements of sets in order: their own hangs on the hash seed."""
    kind = type(value)
    if kind is set and value:
        kinds = {type(part) for part in value}
        sortable = kinds == {str} or kinds <= {int, float, bool}
        return "{" + ", ".join(map(ordered, sorted(value)) if sortable else sorted(map(ordered, value))) + "}"
    if kind is list:
        return "[" + ", ".join(map(ordered, value)) + "]"
    if kind is tuple:
        return "(" + ", ".join(map(ordered, value)) + ("," if len(value) == 1 else "") + ")"
    if kind is dict:
        return "{" + ", ".join(ordered(key) + ": " + ordered(part) for key, part in value.items()) + "}"
    return repr(value)


def literal(value, room):
    """The Python literal of a plain value, None when it is not one; TooMuch when it needs more than `room`."""
    stack, size, has_set = [(value, 0)], 0, False
    while stack:
        item, depth = stack.pop()
        kind = type(item)
        size += 1
        if kind in ATOMS:
            if kind is str:
                size += len(item)
            elif kind is Decimal and not item.is_finite():
                return None
        elif depth >= DEPTH:
            return None
        elif kind is list or kind is tuple or kind is set or kind is dict:
            size += len(item)
            has_set = has_set or kind is set
            if size <= room:
                for part in item:
                    stack.append((part, depth + 1))
                if kind is dict:
                    for part in item.values():
                        stack.append((part, depth + 1))
        else:
            return None
        if size > room:
            raise TooMuch("a value of more than %d bytes" % room)
    try:
        text = ordered(value) if has_set else repr(value)
    except ValueError:  # an integer beyond sys.get_int_max_str_digits()
        raise TooMuch("an integer of too many digits") from None
    if len(text) > room:
        raise TooMuch("a value of more than %d bytes" % room)
    return text


def arguments_of(text):
    """What a literal says."""
    return eval(text, {"__builtins__": {}, "set": set, "nan": float("nan"), "inf": float("inf"), "Decimal": Decimal})
