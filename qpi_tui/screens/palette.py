"""The palette: type a few letters of an action, a screen, or a record that the console knows, and go there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from qpi_tui.actions import ACTIONS, allowed, in_areas, key_word
from qpi_tui.domain.columns import Column
from qpi_tui.domain.roles import Role
from qpi_tui.domain.sanitize import clean
from qpi_tui.resources import registry
from qpi_tui.screens.palette_records import PREFIX, Offer, findable, target
from qpi_tui.session.connection import Connection
from qpi_tui.session.known_servers import other_profiles
from qpi_tui.widgets.modal import Modal
from qpi_tui.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from qpi_tui.screens.base import ConsoleScreen

NAMED = {f"go.{place}" for place in registry()} | {"app.quit"}
PROFILE_PREFIX = "profile:"
"""An offer whose id begins so is another profile's server."""
OWN_PREFIX = "own:"
"""An offer whose id begins so is a command of one's own."""

COLUMNS: Sequence[Column] = (
    Column("what", "what", width=40, flex=True, cell=lambda offer: offer.what),
    Column("area", "where", width=14, cell=lambda offer: offer.area),
    Column("key", "key", width=8, cell=lambda offer: offer.key),
)


def open_palette(screen: ConsoleScreen) -> None:
    """Open the palette over a screen, and do or go to what is picked."""

    def picked(id: str | None) -> None:
        if id is None:
            return
        if id.startswith(PROFILE_PREFIX):
            screen.console.sign_in_flow.switch_profile(id.removeprefix(PROFILE_PREFIX))
        elif id.startswith(OWN_PREFIX):
            screen.action_own_command(id.removeprefix(OWN_PREFIX))
        elif id.startswith(PREFIX):
            screen.console.go_to(*target(id))
        elif (place := ACTIONS[id].area) in registry() and place not in screen.areas:
            from qpi_tui.screens.base import ConsoleScreen

            screen.console.go(place)
            there = screen.app.screen
            if screen.console.current_place == place and isinstance(there, ConsoleScreen):
                there.do_once_read(id)
        else:
            screen.action_do(id)

    screen.app.push_screen(Palette(screen), picked)


class Palette(Modal[str]):
    """Answers with the id of the action or record that was picked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", show=False),
        Binding("down,ctrl+n", "move(1)", show=False),
        Binding("up,ctrl+p", "move(-1)", show=False),
    ]
    DEFAULT_CSS = """
    Palette { align: center top; background: $background 60%; }
    Palette > Vertical { width: 80; max-width: 96%; height: 18; max-height: 90%; margin-top: 2; background: $surface;
        padding: 1 1; border-left: wide $primary; }
    Palette Input { border: none; height: 1; background: $boost; padding: 0 1; }
    Palette RecordTable { height: 1fr; }
    Palette #whole { height: auto; max-height: 4; padding: 0 1; color: $text-muted; display: none; }
    """

    def __init__(self, over: ConsoleScreen) -> None:
        super().__init__()
        console = over.console
        self._connection = console.connection
        role = console.role or Role.USER
        here = [*over.areas, "app", "go"]
        # What is done on another screen is found too, behind what can be done here.
        elsewhere = [area for area in registry() if area not in here]
        self._offers = (
            [
                Offer(
                    action.id,
                    # A screen is found by its name too, and leaving by `q`.
                    f"{_name(action.id, role)} · {action.help}" if action.id in NAMED else action.help,
                    action.area,
                    console.keys.word(action.id) if action.area in here else "",
                )
                for action in in_areas((*here, *elsewhere))
                if action.area not in {"table", "dialog"}
                and (action.area in here or registry()[action.area].visible(role))
                and _exists(action.verb if action.area == "go" else action.area, console.generation)
                and allowed(action, console.role, read_only=console.read_only)
                and action.id not in {"app.palette", "app.back"}
            ]
            + [
                Offer(f"{PROFILE_PREFIX}{name}", f"Go to the server {clean(name)}", "server")
                for name in other_profiles(console.settings.name)
            ]
            + [
                Offer(f"{OWN_PREFIX}{command.name}", clean(command.label, 120), "your command", key_word(command.key))
                for command in over.own_commands()
            ]
        )

    def compose(self) -> ComposeResult:
        """A line to type in and what matches."""
        with Vertical():
            box = Input(placeholder="what to do, or where to go", select_on_focus=False, compact=True)
            box.cursor_blink = False
            yield box
            yield RecordTable(COLUMNS, empty="Nothing matches.")
            yield Static("", id="whole")

    def on_mount(self) -> None:
        """Offer everything; the records follow once they are read."""
        self.set_focus(self.query_one(Input))
        self.query_one(RecordTable).set_records(self._offers)
        if self._connection is not None:
            self.run_worker(self._find(self._connection), exit_on_error=False)

    async def _find(self, connection: Connection) -> None:
        found = await findable(connection)
        self.query_one(RecordTable).set_records([*self._offers, *found])

    def on_record_table_highlighted(self, event: RecordTable.Highlighted) -> None:
        """Say whole what its column cuts."""
        cut = self.query_one(RecordTable).unseen(event.record).get("what", "") if event.record is not None else ""
        line = self.query_one("#whole", Static)
        line.display = bool(cut)
        line.update(Content(cut))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Only what matches, from the first; a screen's name, or `q`, is meant as what it is and has the cursor."""
        table = self.query_one(RecordTable)
        table.filter_text = event.value
        # Not where it was left among the words typed before.
        table.action_cursor_top()
        word = event.value.strip().lower()
        if word:
            meant = next((id for id in sorted(NAMED) if word in _names(id)), "")
            if meant:
                table.move_to(meant)

    def on_input_submitted(self) -> None:
        """Pick what is under the cursor."""
        record = self.query_one(RecordTable).cursor_record
        self.dismiss(record.id if record is not None else None)

    def on_record_table_chosen(self, event: RecordTable.Chosen) -> None:
        """Pick with the mouse."""
        self.dismiss(event.record.id)

    def action_move(self, step: int) -> None:
        """Up and down while typing."""
        if not self.is_mounted:
            return
        table = self.query_one(RecordTable)
        if step > 0:
            table.action_cursor_down()
        else:
            table.action_cursor_up()

    def action_close(self) -> None:
        """Close without picking."""
        self.dismiss(None)


def _name(id: str, role: Role) -> str:
    place = registry().get(ACTIONS[id].verb)
    return place.title_for(role) if place is not None else ACTIONS[id].label


def _names(id: str) -> set[str]:
    """What a person types who means this: `jobs` or `job`, `notices` or `announcements`, `q` or `quit`."""
    verb, label = ACTIONS[id].verb, ACTIONS[id].label.lower()
    names = {verb, label, verb.removesuffix("s"), label.removesuffix("s")}
    return names | ({"q"} if id == "app.quit" else {registry()[verb].user_title.lower()})


def _exists(place: str, generation: str) -> bool:
    """Whether the server has what a screen shows; everything that is no screen exists."""
    resource = registry().get(place)
    return resource is None or resource.exists_on(generation)
