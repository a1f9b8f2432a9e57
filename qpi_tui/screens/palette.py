"""The palette: type what to do, or where to go: an action, a screen, a record, a view, a verb with its object."""

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
# So many that were picked are remembered.
_RECENT = 30

COLUMNS: Sequence[Column] = (
    Column("what", "what", width=40, flex=True, cell=lambda offer: offer.what),
    Column("area", "where", width=14, cell=lambda offer: offer.area),
    Column("key", "key", width=8, cell=lambda offer: offer.key),
)


def open_palette(screen: ConsoleScreen) -> None:
    """Open the palette over a screen, and do or go to what is picked."""

    def picked(offer: Offer | None) -> None:
        if offer is not None:
            recent = screen.console.recent
            recent[:] = [offer.id, *[id for id in recent if id != offer.id]][:_RECENT]
            offer.run(screen)

    screen.app.push_screen(Palette(screen), picked)


def _run(id: str, screen: ConsoleScreen) -> None:
    """Run an action: here, or on the screen that has it."""
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
    """Answers with what was picked.

    The verb comes first, then its object: `disable aer`. Tab completes what is under the cursor.
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
        # Records of the lists that were read, and the lists that were asked for.
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
        # What is done on another screen is found too, behind what can be done here.
        elsewhere = [area for area in registry() if area not in here]
        return [
            Offer(
                action.id,
                # A screen is found by its name too, and leaving by `q`.
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
        """What does not depend on what is typed, but for records."""
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
        """A line to type in and what matches."""
        with Vertical():
            box = Input(placeholder="what to do, or where to go; tab completes", select_on_focus=False, compact=True)
            box.cursor_blink = False
            yield box
            yield RecordTable(COLUMNS, empty="Nothing matches.")
            yield Static("", id="whole")

    def on_mount(self) -> None:
        """Offer everything; the records follow once they are read."""
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
        """The records of a list, as far as they are known; they are asked for once."""
        if place not in self._objects and place not in self._asked and self._sources:
            self._asked.add(place)
            self.run_worker(self._read(place), exit_on_error=False)
        return self._objects.get(place, ())

    async def _read(self, place: str) -> None:
        try:
            self._objects[place] = await read_objects(self._sources, place)
        except Exception:
            # The screen of the list says what is wrong.
            _log.debug("the objects of a verb could not be read", exc_info=True)
            return
        self._show()

    def _show(self) -> None:
        """What matches what is typed: what is meant by a verb first, then what was picked lately."""
        if not self.is_mounted:
            return
        typed = self.query_one(Input).value
        words = typed.casefold().split()
        found = recent_first(
            [offer for offer in (*self._offers, *self._records) if offer.found_by(words)], self._shell.recent
        )
        if words:
            verbs = verb_offers(typed, self._meaning)
            # A screen's name, or `q`, is meant as what it is.
            meant = [offer for offer in found if offer.id in NAMED and " ".join(words) in _names(offer.id)]
            if len(words) > 1:
                # What begins as it is typed is meant by its own words, and no list with a filter.
                meant += [offer for offer in found if offer.what.casefold().startswith(" ".join(words))]
            meant += [*setting_offers(typed), *typed_view_offers(typed, self._views, self._over)]
            # A verb without an object is first of all what its key does here.
            alone = " ".join(words) in self._verbs
            found = [*meant, *found, *verbs] if alone else [*meant, *verbs, *found]
            found = found or self._near(words)
        self.query_one(RecordTable).set_records(each_once(found))

    def _near(self, words: Sequence[str]) -> list[Offer]:
        """The verb that was probably meant, where nothing matches."""
        import difflib

        known = {*self._verbs, *SETTINGS, *(name for names in SYNONYMS.values() for name in names)}
        near = difflib.get_close_matches(words[0], known - {words[0]}, n=1, cutoff=0.75)
        if not near:
            return []
        typed = " ".join([near[0], *words[1:]])
        return [Offer("near", f"Did you mean {clean(typed, 80)}?", "", typed=typed, asks=True)]

    def on_record_table_highlighted(self, event: RecordTable.Highlighted) -> None:
        """Say whole what its column cuts."""
        cut = self.query_one(RecordTable).unseen(event.record).get("what", "") if event.record is not None else ""
        line = self.query_one("#whole", Static)
        line.display = bool(cut)
        line.update(Content(cut))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Only what matches, from the first."""
        self._show()
        # Not where it was left among the words typed before.
        self.query_one(RecordTable).action_cursor_top()

    def on_input_submitted(self) -> None:
        """Pick what is under the cursor."""
        self._pick(self.query_one(RecordTable).cursor_record)

    def on_record_table_chosen(self, event: RecordTable.Chosen) -> None:
        """Pick with the mouse."""
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
        """Put what is under the cursor into the line, as it is typed."""
        offer = self.query_one(RecordTable).cursor_record if self.is_mounted else None
        if offer is not None and offer.typed:
            self._type(offer.typed)

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
    names = {verb, label, verb.removesuffix("s"), label.removesuffix("s"), *SYNONYMS.get(verb, ())}
    return names | ({registry()[verb].user_title.lower()} if verb in registry() else set())


def _exists(place: str, generation: str) -> bool:
    """Whether the server has what a screen shows; everything that is no screen exists."""
    resource = registry().get(place)
    return resource is None or resource.exists_on(generation)
