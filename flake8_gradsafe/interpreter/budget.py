"""How much of a file is run and searched before it is given up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

#: Statements that are run in a whole file, for the module's own body, for another entry into the file, over all paths, and for
#: one call, before it is given up.
MAX_FILE_STEPS = 14_000
MAX_STEPS = 12_000
MAX_ENTRY_STEPS = 1_500
MAX_CALL_STEPS = 750
#: Those of an entry into a function that trains a model, and of a call of one: a training loop is long, and what it is about is
#: told at its end.
MAX_TRAINING_STEPS = 4_000
#: Those of the module's body, of an entry and a call where few paths are followed: they come by as many statements.
QUICK_SCRIPT_STEPS = 2_000
QUICK_ENTRY_STEPS = 1_000
QUICK_CALL_STEPS = 500
QUICK_TRAINING_STEPS = 3_000
#: Those that are run in the other files of a project, for one file that uses them: what is called there later is unknown.
MAX_LINKED_STEPS = 8_000
QUICK_LINKED_STEPS = 1_000
#: Those of a file that holds nothing suspicious itself, where few paths are followed.
QUICK_CLEAN_FILE_STEPS = 1_200
#: Tensors and objects that are looked at in a whole file to see which paths are the same: without that, fewer are joined.
MAX_SEARCHED = 500_000
#: Names and leaves that are looked through in a whole file, for messages to name leaves: those of later findings have no names.
MAX_NAMED = 500_000
#: As often as this much of its budget is used up, an entry goes on with half as many paths: better that it comes to its end.
BUDGET_PARTS = 4


@dataclass(slots=True)
class Budget:
    """How much may still be looked at: tensors and objects, to see which paths are the same; leaves, to name them."""

    left: int


class CallLimit(NamedTuple):
    """What bounds a caller: the statements up to which it runs, and how many of other files were run when it made the call."""

    steps: int
    linked: int


@dataclass(slots=True)
class StepBudget:
    """The statements that are run, in all and since the file was entered last, and how many more will be.

    `quick`: it is enough to see what may happen on some path. `is_truncated`: something was left out, because a budget was
    used up, `file_limit` how many there are in all. `linked` are the statements that were run in other files.
    """

    quick: bool = False
    linked: int = 0
    file_limit: int = MAX_FILE_STEPS
    steps: int = 0
    steps_before: int = 0
    limit: int = MAX_STEPS
    entry_limit: int = MAX_STEPS
    is_truncated: bool = False

    def start_entry(self, *, script: bool, trains: bool = False) -> None:
        """Begin to count anew, up to the budget of an entry and what is left of the file's. `script`: of the module's body;
        `trains`: of a function that differentiates.
        """
        limit = self._script_steps if script else self._training_steps if trains else self._entry_steps
        self.steps_before += self.steps
        self.steps, self.limit = 0, min(limit, max(0, self.file_limit - self.steps_before))
        self.entry_limit = self.limit

    def spend(self) -> bool:
        """Count a statement; False once there were too many."""
        self.steps += 1
        self.is_truncated |= self.steps > self.limit
        return self.steps <= self.limit

    @property
    def _script_steps(self) -> int:
        return QUICK_SCRIPT_STEPS if self.quick else MAX_STEPS

    @property
    def _entry_steps(self) -> int:
        return QUICK_ENTRY_STEPS if self.quick else MAX_ENTRY_STEPS

    @property
    def _training_steps(self) -> int:
        return QUICK_TRAINING_STEPS if self.quick else MAX_TRAINING_STEPS

    def begin_call(self, *, trains: bool = False) -> CallLimit:
        """Bound the statements of a call; gives the limit to go back to.

        `trains`: it differentiates.
        """
        most = self._training_steps if trains else QUICK_CALL_STEPS if self.quick else MAX_CALL_STEPS
        before = CallLimit(self.limit, self.linked)
        self.limit = min(self.limit, self.steps + most)
        return before

    def end_call(self, before: CallLimit, *, of_others: bool) -> None:
        """Go back to the limit of the caller, which may be one `of_others` itself: for it alone, what was run in other files
        meanwhile counts, which has a budget of its own.
        """
        granted = 0 if of_others else self.linked - before.linked
        self.limit = before.steps + granted
        self.entry_limit += granted if before.steps == self.entry_limit else 0

    @property
    def is_spent(self) -> bool:
        """True if no further statement will be run in this entry."""
        return self.steps >= self.limit

    @property
    def is_file_spent(self) -> bool:
        """True if no further statement will be run in the file."""
        return self.steps_before + self.steps >= self.file_limit

    @property
    def is_linked_spent(self) -> bool:
        """True if nothing more will be called in other files."""
        return self.linked >= (QUICK_LINKED_STEPS if self.quick else MAX_LINKED_STEPS)

    @property
    def path_limit_shift(self) -> int:
        """How often the number of paths that are followed at once was halved since the file was entered last."""
        return BUDGET_PARTS * self.steps // max(1, self.entry_limit)
