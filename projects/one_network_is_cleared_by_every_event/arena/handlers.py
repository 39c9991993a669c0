class Clearing:
    def turn_begins(self, arena, name):
        arena.opts["forger"].zero_grad()

    def turn_ends(self, arena, name):
        pass


class Counting:
    turns = 0

    def turn_begins(self, arena, name):
        self.turns += 1

    def turn_ends(self, arena, name):
        pass


HANDLERS = [Clearing, Counting]
