"""Every action of the console, once: its id, keys, texts, roles, and whether it changes the server.

Screens, the key line, the help page, the palette, `qpi-tui keys` and the key tables of the documentation use this list.
An id is `area.verb`; a screen names the areas that work on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from qpi_tui.domain.action import Action
from qpi_tui.domain.action import action as _act
from qpi_tui.domain.roles import ADMINS, SESSIONS, SUBMITTERS, USERS, Role
from qpi_tui.resources import registry

if TYPE_CHECKING:
    from textual.binding import Binding


_LIST: tuple[Action, ...] = (
    _act("go.next", "tab", "next screen", "Next screen", shown=False),
    _act("go.previous", "shift+tab", "previous screen", "Previous screen", shown=False),
    _act("table.down", "j down", "down", "One line down", shown=False),
    _act("table.up", "k up", "up", "One line up", shown=False),
    _act("table.top", "g home", "top", "To the first line", shown=False),
    _act("table.bottom", "G end", "bottom", "To the last line", shown=False),
    _act("table.page_down", "ctrl+f pagedown", "page down", "A page down", shown=False),
    _act("table.page_up", "ctrl+b pageup", "page up", "A page up", shown=False),
    _act("table.half_down", "ctrl+d", "half down", "Half a page down", shown=False),
    _act("table.half_up", "ctrl+u", "half up", "Half a page up", shown=False),
    _act("table.mark", "space", "mark", "Mark or unmark the row"),
    _act("table.mark_all", "asterisk", "mark all", "Mark all shown rows", shown=False),
    _act("table.unmark", "U", "unmark", "Clear all marks", shown=False),
    _act("table.open", "enter", "detail", "Open the row"),
    _act("table.filter", "slash", "filter", "Filter the list"),
    _act("table.sort", "o", "sort", "Sort by a column", shown=False),
    _act("table.columns", "W", "columns", "Choose, move and size the columns", shown=False),
    _act("table.reverse", "O", "reverse", "Reverse the sort order", shown=False),
    _act("table.copy", "c", "copy", "Copy the row's id", shown=False),
    _act("table.copy_row", "C", "copy line", "Copy the row", shown=False),
    _act(
        "requests.approve",
        "a",
        "approve",
        "Approve and credit the requested time",
        ADMINS,
        changes=True,
    ),
    _act("requests.reject", "r", "reject", "Reject with a reason for the user", ADMINS, changes=True),
    _act("requests.create", "n", "request time", "Request QPU time", USERS, changes=True),
    _act("requests.withdraw", "x", "withdraw", "Withdraw a pending request", USERS, changes=True),
    _act("requests.all", "t", "all/pending", "Toggle between all and pending requests", ADMINS),
    _act("requests.user", "u", "user", "Show the user", ADMINS, shown=False),
    _act("users.allocate", "a", "time", "Add, take or set QPU time", ADMINS, changes=True),
    _act("users.create", "n", "new user", "Create a user", ADMINS, changes=True),
    _act("users.edit", "e", "edit", "Edit name, e-mail and verification", ADMINS, changes=True),
    _act("users.delete", "X", "delete", "Delete the user and their records", ADMINS, changes=True, shown=False),
    _act("users.reset", "p", "reset mail", "Send a mail to reset the password", ADMINS, changes=True, shown=False),
    _act("users.look", "I", "look as", "View as this user, read-only; S returns", ADMINS, shown=False),
    _act("users.import", "i", "from CSV", "Allocate time from a CSV file", ADMINS, changes=True, shown=False),
    _act("users.jobs", "v", "jobs", "The user's jobs", ADMINS),
    _act("users.ledger", "L", "ledger", "Show what the user's jobs cost and what was credited", ADMINS, shown=False),
    _act("users.requests", "r", "requests", "The user's requests for time", ADMINS, shown=False),
    _act("users.slots", "s", "slots", "The user's slots", ADMINS, shown=False),
    _act("qpus.enable", "e", "enable", "Put into service", ADMINS, changes=True),
    _act("qpus.disable", "d", "disable", "Take out of service", ADMINS, changes=True),
    _act("qpus.maintenance", "m", "maintenance", "Start or end maintenance", ADMINS, changes=True),
    _act("qpus.register", "n", "register", "Register a QPU", ADMINS, changes=True),
    _act("qpus.rename", "R", "rename", "Rename the QPU", ADMINS, changes=True, shown=False),
    _act("qpus.qubits", "u", "qubits", "Set the number of qubits", ADMINS, changes=True, shown=False),
    _act(
        "qpus.online", "b", "mark online", "Mark online (if its driver is connected)", ADMINS, changes=True, shown=False
    ),
    _act("qpus.delete", "X", "delete", "Delete the QPU", ADMINS, changes=True, shown=False),
    _act("qpus.jobs", "v", "jobs", "The QPU's jobs", shown=False),
    _act("qpus.drivers", "V", "drivers", "The QPU's drivers", shown=False),
    _act("jobs.cancel", "x ctrl+k", "cancel", "Cancel pending or running jobs", changes=True),
    _act("jobs.submit", "s", "submit", "Submit an OpenQASM circuit", SUBMITTERS, changes=True),
    _act("jobs.delete", "X", "delete", "Delete finished jobs and their results", ADMINS, changes=True, shown=False),
    _act(
        "jobs.again",
        "R",
        "run again",
        "Submit the same circuits again",
        SUBMITTERS,
        changes=True,
        shown=False,
    ),
    _act("jobs.compare", "M", "compare", "Compare the results of two marked jobs", shown=False),
    _act("jobs.export", "E", "export", "Save the list or the result to a file"),
    _act("jobs.follow", "f", "follow", "Keep new and changed jobs in view"),
    _act("jobs.date", "at", "date", "Go to a date: @ 2026-10-01, @ 2d", shown=False),
    _act("jobs.count", "number_sign", "count", "Count running, queued and failed jobs exactly", shown=False),
    _act("jobs.search", "n", "search on", "Continue the search through the history", shown=False),
    _act("jobs.status", "t", "status", "Cycle the status filter", shown=False),
    _act("job.cancel", "x ctrl+k", "cancel", "Cancel the job", changes=True),
    _act("job.sort", "s", "sort", "Sort the histogram by count or by bitstring"),
    _act("job.next", "n right_square_bracket", "next circuit", "The next circuit's result"),
    _act("job.previous", "p left_square_bracket", "previous circuit", "The previous circuit", shown=False),
    _act("job.counts", "h", "histogram", "Show counts as a histogram"),
    _act("job.iq", "i", "IQ", "Show IQ points of a level-1 result"),
    _act("job.qubit", "b", "qubit", "Cycle through the qubits' IQ points"),
    _act("job.register", "r", "register", "Cycle through the classical registers"),
    _act("job.circuit", "w", "circuit", "Toggle full-width circuit"),
    _act("job.json", "v", "JSON", "Raw JSON"),
    _act("job.again", "R", "run again", "Submit the same circuits again", SUBMITTERS, changes=True),
    _act("job.export", "E", "export", "Save the result to a file"),
    _act("job.more", "plus equals_sign", "more", "More lines of the histogram"),
    _act("job.fewer", "minus", "fewer", "Fewer lines of the histogram", shown=False),
    _act("job.plain", "a", "ASCII", "Toggle plain ASCII", shown=False),
    _act("job.down", "j", "down", "Scroll down", shown=False),
    _act("job.up", "k", "up", "Scroll up", shown=False),
    _act("job.top", "g", "top", "To the top", shown=False),
    _act("job.bottom", "G", "bottom", "To the bottom", shown=False),
    _act("job.page_down", "ctrl+f", "page down", "A page down", shown=False),
    _act("job.page_up", "ctrl+b", "page up", "A page up", shown=False),
    _act("job.half_down", "ctrl+d", "half down", "Half a page down", shown=False),
    _act("job.half_up", "ctrl+u", "half up", "Half a page up", shown=False),
    _act("job.copy", "c", "copy", "Copy the job's id", shown=False),
    _act("json.fold", "enter space", "fold", "Expand or collapse"),
    _act("json.search", "slash", "search", "Search keys and values"),
    _act("json.next", "n", "next", "Next match"),
    _act("json.previous", "N", "previous", "Previous match", shown=False),
    _act("json.open_all", "asterisk", "open all", "Expand all", shown=False),
    _act("json.close_all", "U", "close all", "Collapse all", shown=False),
    _act("json.copy", "c", "copy", "Copy the value under the cursor"),
    _act("json.down", "j", "down", "One line down", shown=False),
    _act("json.up", "k", "up", "One line up", shown=False),
    _act("json.top", "g", "top", "To the first line", shown=False),
    _act("json.bottom", "G", "bottom", "To the last line", shown=False),
    _act("json.page_down", "ctrl+f", "page down", "A page down", shown=False),
    _act("json.page_up", "ctrl+b", "page up", "A page up", shown=False),
    _act("json.half_down", "ctrl+d", "half down", "Half a page down", shown=False),
    _act("json.half_up", "ctrl+u", "half up", "Half a page up", shown=False),
    _act("slots.book", "b", "book", "Book a slot", SESSIONS, changes=True),
    _act("slots.cancel", "x", "cancel", "Cancel a booking", SESSIONS, changes=True),
    _act("slots.move", "m", "move", "Move a booking", SESSIONS, changes=True),
    _act("slots.give", "p", "give", "Give a booking to another user", ADMINS, changes=True, shown=False),
    _act("slots.earlier", "h", "day before", "One day earlier", shown=False),
    _act("slots.later", "l", "day after", "One day later", shown=False),
    _act("slots.previous", "left_square_bracket", "week before", "The previous week", shown=False),
    _act("slots.next", "right_square_bracket", "week after", "The next week", shown=False),
    _act("slots.today", "t", "now", "Go to now"),
    _act("slots.view", "v", "grid/list", "Toggle between grid and list"),
    _act("slots.days", "w", "day/days", "Toggle between one day and several days"),
    _act("slots.export", "E", "export", "Save the week as .ics"),
    _act("drivers.enable", "e", "enable", "Enable the driver", ADMINS, changes=True),
    _act("drivers.disable", "d", "disable", "Disable the driver: it gets no more jobs", ADMINS, changes=True),
    _act(
        "drivers.register",
        "n",
        "register",
        "Register a driver; its token is shown once",
        ADMINS,
        changes=True,
    ),
    _act("drivers.rename", "R", "rename", "Rename the driver", ADMINS, changes=True, shown=False),
    _act("drivers.move", "m", "move", "Move the driver to another QPU", ADMINS, changes=True, shown=False),
    _act(
        "drivers.token",
        "t",
        "new token",
        "Register the driver again with a new token",
        ADMINS,
        changes=True,
        shown=False,
    ),
    _act("drivers.delete", "X", "delete", "Delete the driver", ADMINS, changes=True, shown=False),
    _act("drivers.qpu", "u", "QPU", "Go to the driver's QPU", shown=False),
    _act("announcements.create", "n", "write", "Write an announcement", ADMINS, changes=True),
    _act("announcements.edit", "e", "edit", "Edit the announcement", ADMINS, changes=True),
    _act("announcements.end", "x", "end now", "End the announcement now", ADMINS, changes=True),
    _act("announcements.delete", "X", "delete", "Delete the announcement", ADMINS, changes=True, shown=False),
    _act("announcements.dismiss", "d", "dismiss", "Dismiss the announcement for yourself", USERS, changes=True),
    _act("telemetry.span", "t", "span", "Cycle the time span: 15 minutes, 1 h, 6 h, 1 day"),
    _act("journal.scope", "t", "session/file", "Toggle between this session and the whole file"),
    _act("tokens.create", "n", "create", "Create a token; it is shown once", SESSIONS, changes=True),
    _act("tokens.rename", "R", "rename", "Rename the token", SESSIONS, changes=True),
    _act("tokens.expiry", "e", "expiry", "Change the token's expiry", SESSIONS, changes=True, shown=False),
    _act("tokens.revoke", "x", "revoke", "Revoke the token", SESSIONS, changes=True),
    _act("handout.copy", "c", "copy token", "Copy the token"),
    _act("handout.commands", "C", "copy commands", "Copy the commands"),
    _act("handout.save", "w", "save", "Save everything to a private file"),
    _act("dialog.confirm", "enter", "confirm", "Press the focused button, or submit the form", shown=False),
    _act("dialog.edit", "ctrl+e", "editor", "Edit a longer text in $EDITOR", shown=False),
    _act("dialog.option", "t", "other choice", "Toggle the option of the question", shown=False),
    _act("dialog.cancel", "escape", "cancel", "Close without changes", shown=False),
    _act("dialog.retry", "r", "try again", "Focus the retry button", shown=False),
    _act("app.undo", "z", "undo", "Undo the last change, for 10 s", shown=False, changes=True),
    _act("app.dismiss", "D", "dismiss", "Dismiss the shown announcement", USERS, shown=False),
    _act("app.palette", "colon ctrl+p", "command", "Run an action, or find a QPU, user or job"),
    _act("app.help", "question_mark f1", "help", "Keys for this screen"),
    _act("app.refresh", "ctrl+r f5", "refresh", "Refresh", shown=False),
    _act("app.back", "escape", "back", "Back", shown=False),
    _act(
        "app.account",
        "P",
        "account",
        "Your account: change your password or name, verify your address",
        SESSIONS,
        shown=False,
        changes=True,
    ),
    _act("app.sign_out", "S", "sign out", "Sign out and delete the session", shown=False),
    _act("app.server", "ctrl+s", "next server", "Go to the next server of --profile a,b, or to all", shown=False),
    _act("app.redraw", "ctrl+l", "redraw", "Redraw the screen", shown=False),
    _act("app.suspend", "ctrl+z", "suspend", "Suspend the console; fg resumes it", shown=False),
    _act("app.quit", "q ctrl+q ctrl+c", "quit", "Quit", shown=False),
)


def _all() -> Iterator[Action]:
    """Return the screens first, from their resources; then the list, and the resources' own actions."""
    resources = registry().values()
    yield from (resource.go for resource in resources)
    yield from _LIST
    yield from (each for resource in resources for each in resource.actions)


ACTIONS: Mapping[str, Action] = {each.id: each for each in _all()}

_KEY_WORDS = {
    "slash": "/",
    "question_mark": "?",
    "colon": ":",
    "asterisk": "*",
    "escape": "esc",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
    "at": "@",
    "number_sign": "#",
}


def in_areas(areas: Iterable[str]) -> list[Action]:
    """Return the actions of these areas, in the order of the areas and of the list."""
    order = list(areas)
    return [action for area in order for action in ACTIONS.values() if action.area == area]


def allowed(action: Action, role: Role | None, *, read_only: bool) -> bool:
    """Whether a role may run it. Nobody changes anything in read-only mode."""
    if action.changes and read_only:
        return False
    return role is None or role in action.who


def key_word(key: str) -> str:
    """Return a key as people write it: `question_mark` → `?`."""
    return _KEY_WORDS.get(key, key)


# Text typed right after these keys belongs to the line that they open, even in one burst: they are handled before the
# next key is handed out.
OPEN_A_LINE = frozenset({"table.filter", "json.search", "jobs.date"})


def bindings(*areas: str) -> list[Binding]:
    """Return Textual's bindings for these areas; the action's id is the binding's id, so that a keymap can move it."""
    # Commands use this list too, and need not wait for Textual.
    from textual.binding import Binding

    return [
        Binding(
            ",".join(action.keys),
            f"do('{action.id}')",
            action.label,
            id=action.id,
            show=False,
            priority=action.id in OPEN_A_LINE,
        )
        for action in in_areas(areas)
    ]


class Keys:
    """The keys in force: the list's, changed by the configuration.

    `moved` is id → keys separated by blanks. An unknown id is a `ValueError` that names the nearest one.
    """

    def __init__(self, moved: Mapping[str, str] | None = None) -> None:
        self._moved = {id: tuple(keys.split()) for id, keys in (moved or {}).items()}
        self._places: dict[str, str] | None = None
        for id in self._moved:
            if id not in ACTIONS:
                raise ValueError(unknown_action(id))

    def of(self, id: str) -> tuple[str, ...]:
        """Return the keys of an action, the shown one first."""
        return self._moved.get(id) or ACTIONS[id].keys

    def screen_of(self, key: str) -> str:
        """Return the action of a key that opens one screen, or nothing."""
        if self._places is None:
            here = [id for id in ACTIONS if id.startswith("go.") and id not in {"go.next", "go.previous"}]
            self._places = {each: id for id in here for each in self.of(id)}
        return self._places.get(key, "")

    def word(self, id: str) -> str:
        """Return the shown key of an action."""
        return key_word(self.of(id)[0])

    def table(self) -> dict[str, str]:
        """Return action id → its first key, as Textual and a terminal driver name it."""
        return {id: self.of(id)[0] for id in ACTIONS}

    def keymap(self) -> dict[str, str]:
        """Return the changes, in the form of Textual's `set_keymap`."""
        return {id: ",".join(keys) for id, keys in self._moved.items()}


def unknown_action(id: str) -> str:
    """Return the message for an unknown id."""
    import difflib

    near = difflib.get_close_matches(id, ACTIONS, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else " `qpi-tui keys` lists them."
    return f"Unknown action {id!r}.{hint}"
