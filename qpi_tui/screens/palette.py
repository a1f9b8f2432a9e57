"""The palette: type an action, a screen, a record, a view, or a verb with its object."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import partial
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
from qpi_tui.domain.views import BUILT_IN, View
from qpi_tui.resources import registry
from qpi_tui.screens.palette_offers import Offer, each_once, recent_first
from qpi_tui.screens.palette_records import findable, read_objects, record_offers, sources
from qpi_tui.screens.palette_settings import PROMPTS, SETTINGS, save_offer, setting_offers
from qpi_tui.screens.palette_verbs import SYNONYMS, Context, Object, names_of, verb_offers
from qpi_tui.screens.palette_views import typed_view_offers, view_offers
from qpi_tui.session.known_servers import other_profiles
from qpi_tui.widgets.modal import Modal
from qpi_tui.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from qpi_tui.screens.base import ConsoleScreen

_log = logging.getLogger(__name__)
NAMED = {f"go.{place}" for place in registry()} | {"app.quit", "app.sign_out"}
# Number of recent choices to keep.
_RECENT = 30

COLUMNS: Sequence[Column] = (
    Column("what", "what", width=40, flex=True, cell=lambda offer: offer.what),
    Column("area", "where", width=14, cell=lambda offer: offer.area),
    Column("key", "key", width=8, cell=lambda offer: offer.key),
)


def open_palette(screen: ConsoleScreen) -> None:
    """Open the palette above a screen, and run the choice."""

    def picked(offer: Offer | None) -> None:
        if offer is not None:
            recent = screen.console.recent
            recent[:] = [offer.id, *[id for id in recent if id != offer.id]][:_RECENT]
            offer.run(screen)

    screen.app.push_screen(Palette(screen), picked)


def _run(id: str, screen: ConsoleScreen) -> None:
    """Run an action, here or on its screen."""
    if (place := ACTIONS[id].area) in registry() and place not in screen.areas:
        from qpi_tui.screens.base import ConsoleScreen

        screen.console.go(place)
        there = screen.app.screen
        if screen.console.current_place == place and isinstance(there, ConsoleScreen):
            there.do_once_read(id)
    else:
        screen.action_do(id)


def _run_own(name: str, screen: ConsoleScreen) -> None:
    screen.action_own_command(name)


def _switch(profile: str, screen: ConsoleScreen) -> None:
    screen.console.sign_in_flow.switch_profile(profile)


class Palette(Modal[Offer], inherit_bindings=False):
    """Returns the choice.

    A verb comes before its object: `disable aer`. Tab completes the suggestion under the cursor.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", show=False),
        Binding("down,ctrl+n", "move(1)", show=False),
        Binding("up,ctrl+p", "move(-1)", show=False),
        Binding("tab", "complete", show=False, priority=True),
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
        console = self._shell = over.console
        self._over = over
        self._sources = sources(console)
        role = self._role = console.role or Role.USER
        self._meaning = Context(role, console.read_only, console.generation, self._objects_of)
        # Records of the lists that were read, and the requested lists.
        self._objects: dict[str, Sequence[Object]] = {}
        self._asked: set[str] = set()
        self._views: Mapping[str, View] = BUILT_IN
        self._records: list[Offer] = []
        self._actions = self._offered_actions(over, role)
        self._verbs = {name for offer in self._actions for name in names_of(ACTIONS[offer.id])}
        self._offers = self._fixed_offers()

    def _offered_actions(self, over: ConsoleScreen, role: Role) -> list[Offer]:
        console = self._shell
        here = [*over.areas, "app", "go"]
        # Actions of other screens are found too, after those of this one.
        elsewhere = [area for area in registry() if area not in here]
        return [
            Offer(
                action.id,
                # A screen is also found by its name, and quit by `q`.
                f"{_name(action.id, role)} · {action.help}" if action.id in NAMED else action.help,
                action.area,
                console.keys.word(action.id) if action.area in here else "",
                words=" ".join(names_of(action)),
                run=partial(_run, action.id),
            )
            for action in in_areas((*here, *elsewhere))
            if action.area not in {"table", "dialog"}
            and (action.area in here or registry()[action.area].visible(role))
            and _exists(action.verb if action.area == "go" else action.area, console.generation)
            and allowed(action, console.role, read_only=console.read_only)
            and action.id not in {"app.palette", "app.back"}
        ]

    def _fixed_offers(self) -> list[Offer]:
        """Return the suggestions that do not depend on the input, except records."""
        profiles = [
            Offer(f"profile:{name}", f"Go to the server {clean(name)}", "server", run=partial(_switch, name))
            for name in other_profiles(self._shell.settings.name)
        ]
        own = [
            Offer(
                f"own:{command.name}",
                clean(command.label, 120),
                "your command",
                key_word(command.key),
                run=partial(_run_own, command.name),
            )
            for command in self._over.own_commands()
        ]
        return [*self._actions, *own, *view_offers(self._views, self._role), *PROMPTS, save_offer(), *profiles]

    def compose(self) -> ComposeResult:
        """Compose a line to type in and the matches."""
        with Vertical():
            box = Input(placeholder="type an action or a record; tab completes", select_on_focus=False, compact=True)
            box.cursor_blink = False
            yield box
            yield RecordTable(COLUMNS, empty="Nothing matches.")
            yield Static("", id="whole")

    def on_mount(self) -> None:
        """Suggest everything; records follow once they are read."""
        self.set_focus(self.query_one(Input))
        self._show()
        self.run_worker(self._find(), exit_on_error=False)

    async def _find(self) -> None:
        from qpi_tui.settings.views import ViewError, read_views

        try:
            self._views = read_views()
            self._offers = self._fixed_offers()
        except ViewError as error:
            self._offers = [*self._offers, Offer("view:mistake", clean(str(error), 400), "views")]
        if self._sources:
            self._objects |= await findable(self._sources)
            self._records = record_offers(self._objects)
        self._show()

    def _objects_of(self, place: str) -> Sequence[Object]:
        """Return the known records of a list, and request them once."""
        if place not in self._objects and place not in self._asked and self._sources:
            self._asked.add(place)
            self.run_worker(self._read(place), exit_on_error=False)
        return self._objects.get(place, ())

    async def _read(self, place: str) -> None:
        try:
            self._objects[place] = await read_objects(self._sources, place)
        except Exception:
            # The list's own screen reports the error.
            _log.debug("the objects of a verb could not be read", exc_info=True)
            return
        self._show()

    def _show(self) -> None:
        """Return the matches: the meaning of a verb first, then recent choices."""
        if not self.is_mounted:
            return
        typed = self.query_one(Input).value
        words = typed.casefold().split()
        found = recent_first(
            [offer for offer in (*self._offers, *self._records) if offer.found_by(words)], self._shell.recent
        )
        if words:
            verbs = verb_offers(typed, self._meaning)
            # A screen's name, or `q`, stands for itself.
            meant = [offer for offer in found if offer.id in NAMED and " ".join(words) in _names(offer.id)]
            if len(words) > 1:
                # Input that matches a beginning stands for that, not for a list with a filter.
                meant += [offer for offer in found if offer.what.casefold().startswith(" ".join(words))]
            meant += [*setting_offers(typed), *typed_view_offers(typed, self._views, self._over)]
            # A verb without an object stands for its key's action on this screen.
            alone = " ".join(words) in self._verbs
            found = [*meant, *found, *verbs] if alone else [*meant, *verbs, *found]
            found = found or self._near(words)
        self.query_one(RecordTable).set_records(each_once(found))

    def _near(self, words: Sequence[str]) -> list[Offer]:
        """Return the closest verb if nothing matches."""
        import difflib

        known = {*self._verbs, *SETTINGS, *(name for names in SYNONYMS.values() for name in names)}
        near = difflib.get_close_matches(words[0], known - {words[0]}, n=1, cutoff=0.75)
        if not near:
            return []
        typed = " ".join([near[0], *words[1:]])
        return [Offer("near", f"Did you mean {clean(typed, 80)}?", "", typed=typed, asks=True)]

    def on_record_table_highlighted(self, event: RecordTable.Highlighted) -> None:
        """Show the full text of what its column cuts."""
        cut = self.query_one(RecordTable).unseen(event.record).get("what", "") if event.record is not None else ""
        line = self.query_one("#whole", Static)
        line.display = bool(cut)
        line.update(Content(cut))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show only matches, from the first."""
        self._show()
        # Reset the cursor for the new input.
        self.query_one(RecordTable).action_cursor_top()

    def on_input_submitted(self) -> None:
        """Choose the suggestion under the cursor."""
        self._pick(self.query_one(RecordTable).cursor_record)

    def on_record_table_chosen(self, event: RecordTable.Chosen) -> None:
        """Choose with the mouse."""
        self._pick(event.record)

    def _pick(self, offer: Offer | None) -> None:
        if offer is not None and offer.asks:
            self._type(offer.typed)
        else:
            self.dismiss(offer)

    def _type(self, text: str) -> None:
        box = self.query_one(Input)
        box.value = text
        box.cursor_position = len(text)

    def action_complete(self) -> None:
        """Complete the input with the suggestion under the cursor."""
        offer = self.query_one(RecordTable).cursor_record if self.is_mounted else None
        if offer is not None and offer.typed:
            self._type(offer.typed)

    def action_move(self, step: int) -> None:
        """Move the cursor while typing."""
        if not self.is_mounted:
            return
        table = self.query_one(RecordTable)
        if step > 0:
            table.action_cursor_down()
        else:
            table.action_cursor_up()

    def action_close(self) -> None:
        """Close without a choice."""
        self.dismiss(None)


def _name(id: str, role: Role) -> str:
    place = registry().get(ACTIONS[id].verb)
    return place.title_for(role) if place is not None else ACTIONS[id].label


def _names(id: str) -> set[str]:
    """Return what a user types for this: `jobs` or `job`, `notices` or `announcements`, `q` or `quit`."""
    verb, label = ACTIONS[id].verb, ACTIONS[id].label.lower()
    names = {verb, label, verb.removesuffix("s"), label.removesuffix("s"), *SYNONYMS.get(verb, ())}
    return names | ({registry()[verb].user_title.lower()} if verb in registry() else set())


def _exists(place: str, generation: str) -> bool:
    """Whether the server supports a screen; True for other ids."""
    resource = registry().get(place)
    return resource is None or resource.exists_on(generation)
