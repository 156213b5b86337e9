# What a loop goes through. Its steps say what is left, so that none has to look back for how far the loop has come:
# "for i in range(3) = [0, 1, 2]: i = 0", then "for i in [1, 2]: i = 1", and at the end "for i in []".
import itertools

MOST_ITEMS_SHOWN = 8
MOST_CHARACTERS_SHOWN = 100  # but one item at least


class Loop:
    """A for statement under way. `values`: what it goes through, of the tracer's own."""

    def __init__(self, values, room):
        self.values, self.room, self.ahead = iter(values), room, []

    def left(self):
        """What is left, as a list that may end in "..."; None where it is not all plain values."""
        missing = MOST_ITEMS_SHOWN + 1 - len(self.ahead)
        self.ahead += [literal(value, self.room) for value in itertools.islice(self.values, missing)]
        if None in self.ahead:
            return None
        shown = self.ahead[:MOST_ITEMS_SHOWN]
        while len(shown) > 1 and sum(map(len, shown)) > MOST_CHARACTERS_SHOWN:
            shown.pop()
        return "[" + ", ".join(shown + ["..."] * (len(shown) < len(self.ahead))) + "]"

    def take(self, value):
        """Whether the next item is the one that the program took, which then is no longer left."""
        item = self.ahead.pop(0) if self.ahead else None
        return item is not None and value in (item, item[1:-1])
