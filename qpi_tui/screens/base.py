"""What all screens share: the frame of lines, the feed that keeps them fresh, and the dispatch from key to method."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import ComposeResult
from textual.content import Content

from qpi_tui.actions import ACTIONS, OPEN_A_LINE, allowed, bindings, in_areas
from qpi_tui.domain.action import Action
from qpi_tui.domain.columns import WIDE
from qpi_tui.domain.styled_text import Part
from qpi_tui.live.feed import Feed, Health
from qpi_tui.screens.key_help import AREAS, KeyHelp
from qpi_tui.session.connection import Connection, explain
from qpi_tui.widgets.lines import KeyLine, Line, Notice, StatusLine, TabLine, assemble

if TYPE_CHECKING:
    from qpi_client import ChangeEvent
    from qpi_tui.edits.edit import Edit
    from qpi_tui.edits.outcome import Outcome
    from qpi_tui.screens.shell import Shell
    from qpi_tui.widgets.step import Option, Step


class ConsoleScreen(KeyHelp):
    """A screen of the console: `area` names its actions, `topics` the changes that concern it.

    A subclass yields its body in `body`, reads in `read` and paints in `show`; an action `area.verb` runs `do_verb`.
    """

    area: ClassVar[str] = ""
    areas: ClassVar[tuple[str, ...]] = ()
    topics: ClassVar[tuple[str, ...]] = ()
    # Maximum seconds between reads, for data without change events.
    at_most: ClassVar[float] = float("inf")
    # Minimum seconds between reads, for data that is expensive to read.
    at_least: ClassVar[float] = 0.0
    # Whether events cover all changes of the data. If a timed read finds another change, events are being lost.
    told_by_events: ClassVar[bool] = False
    DEFAULT_CSS = """
    ConsoleScreen { layout: vertical; background: $background; }
    ConsoleScreen #notice { padding: 0 1; }
    ConsoleScreen #banner { padding: 0 1; background: $panel; display: none; }
    ConsoleScreen #banner.-warns { background: $warning 20%; }
    """

    def __init_subclass__(cls, **options: Any) -> None:
        """Bind the keys of the screen's areas."""
        if cls.area:
            cls.areas = (cls.area, *[area for area in cls.areas if area != cls.area])
            cls.BINDINGS = [*bindings(*cls.areas, *AREAS)]
        super().__init_subclass__(**options)

    def __init__(self) -> None:
        super().__init__()
        self.feed: Feed[Any] = Feed(
            self._read,
            every=lambda: max(
                min(self.console.interval_for(self._requests), self.at_most), self.at_least, self.slowed_down()
            ),
            on_data=self._data,
            on_health=lambda health: self._health(health),
            on_missed_event=lambda: self.console.changes.event_missed() if self.told_by_events else None,
        )
        # Whether the screen shows the server's data yet; before that, nothing is counted.
        self.answered = False
        self._requests = 1
        self._shown_error = ""
        self._once_read = ""

    @property
    def console(self) -> Shell:
        """The console, as the ports that screens get."""
        return cast("Shell", self.app)

    @property
    def signed_in(self) -> bool:
        """Whether there is a connection."""
        return self.console.connection is not None

    @property
    def connection(self) -> Connection:
        """The connection. Only after sign-in."""
        connection = self.console.connection
        if connection is None:
            raise RuntimeError("nobody is signed in")
        return connection

    @property
    def is_shown(self) -> bool:
        """Whether the screen is on the screen stack."""
        return self in self.app.screen_stack

    @property
    def wide(self) -> bool:
        """Whether there is room for a detail beside the list."""
        return self.app.size.width >= WIDE

    # -- the frame ---------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Compose the status, tabs, body, notice and key lines."""
        yield StatusLine()
        yield TabLine()
        yield Notice(id="banner")
        yield from self.body()
        yield Notice(id="notice")
        yield KeyLine()

    def body(self) -> ComposeResult:
        """Yield the widgets between the top and the bottom lines."""
        yield from ()

    def on_mount(self) -> None:
        """Start to keep the screen fresh."""
        self.run_worker(self.feed.run(), exit_on_error=False)
        self.bind_own()
        self.repaint_frame()
        self.app.call_later(self.console.key_queue.screen_is_there)

    def on_screen_resume(self) -> None:
        """The screen is on top again (also called twice when it opens)."""
        self.repaint_frame()
        self.app.call_later(self.console.key_queue.screen_is_there)
        self.console.follow_shown()
        if self.console.connection is not None:
            self.feed.wake()
            self.console.sign_in_flow.typing_over()

    def on_screen_suspend(self) -> None:
        """The screen is covered: a dialog leaves it visible, another screen does not."""
        from qpi_tui.widgets.dialogs import Dialog

        if self not in self.app.screen_stack or not isinstance(self.app.screen, Dialog):
            self.feed.sleep()

    def drop_data(self) -> None:
        """Another account or server: show nothing of the one before, and do nothing that was requested there."""
        self.feed.forget()
        self.answered = False
        self._once_read = ""

    def connected(self) -> None:
        """A user signed in: earlier data no longer counts."""
        self.feed.forget()
        self.answered = False
        self._shown_error = ""
        if self in self.app.screen_stack:
            self.feed.wake()
            self.feed.poke()
        self.repaint_frame()

    def repaint_frame(self) -> None:
        """Show server, account, tabs and keys."""
        if not self.is_mounted:
            return
        status = self.console.status(self.feed.health)
        self.query_one(StatusLine).set(status._replace(fresh=(*self.server_warning(), *status.fresh)))
        self.query_one(TabLine).set(self.console.tabs(), self.console.current_place)
        self.query_one(KeyLine).set(self.key_words())
        self.query_one("#notice", Line).show(self.console.notice_line)
        announced = self.console.announcements.line()
        banner = self.query_one("#banner", Notice)
        banner.hint(f" {self.console.keys.word('app.help')} shows the full text")
        banner.show(announced)
        banner.set_class(self.console.announcements.warns, "-warns")
        banner.display = bool(announced)

    def slowed_down(self) -> float:
        """The minimum seconds between reads, for data that proved expensive."""
        return 0.0

    def server_warning(self) -> tuple[Part, ...]:
        """The warning in the top line about a slow server."""
        return ()

    def key_words(self) -> list[tuple[str, str]]:
        """The pairs for the key line: actions that are available and worth showing; help last."""
        shown = [
            action
            for action in in_areas((*self.areas, "app"))
            if action.shown
            and self.may(action.id)
            and self.applies(action.id)
            and action.id not in {"app.help", "app.palette"}
        ]
        keys = self.console.keys
        pairs = [(keys.word(action.id), self.label_of(action)) for action in shown]
        return [*pairs, *self.own_words(), (keys.word("app.palette"), "command"), (keys.word("app.help"), "help")]

    def on_key_line_picked(self, event: KeyLine.Picked) -> None:
        """A key of the bottom line was clicked."""
        for action in in_areas((*self.areas, "app")):
            if self.console.keys.word(action.id) == event.key and self.may(action.id):
                self.action_do(action.id)
                return
        self.pick_own(event.key)

    def applies(self, id: str) -> bool:
        """Whether an action has an effect on the shown data: the key line omits the others."""
        return True

    def label_of(self, action: Action) -> str:
        """The label of an action in the key line of this screen."""
        return action.label

    # -- data --------------------------------------------------------------------------------------------------------

    async def read(self, connection: Connection) -> Any:
        """Read the screen's data from the server. Overridden by every screen."""
        raise AssertionError("a screen reads something")

    def show(self, data: Any) -> None:
        """Paint the data."""

    def merge(self, data: Any, events: Sequence[ChangeEvent]) -> Any | None:
        """Return the data after these events of `topics`; None if it has to be read again.

        Returns `data` itself if the events do not concern it.
        """
        return None

    def changed(self, events: Sequence[ChangeEvent]) -> None:
        """Records of `topics` changed."""
        self.feed.merge(lambda data: self.merge(data, events))

    def stale(self, dim: bool) -> None:
        """Dim or undim the body."""

    async def _read(self) -> Any:
        connection = self.connection
        before = connection.requests
        try:
            data = await self.read(connection)
        except Exception:
            if self.console.connection in (None, connection):
                raise
        if self.console.connection not in (None, connection):
            # Meanwhile another server is shown: the one before it must not appear as its data, nor as its failure.
            return await self._read()
        self._requests = max(connection.requests - before, 1)
        return data

    def _data(self, data: Any) -> None:
        if not self.display:
            # It is being closed: some of its widgets may be gone.
            return
        if self.is_mounted:
            self.answered = True
            self.show(data)
            self.release_frames()
        else:
            # Nothing else would show it: unchanged data is delivered once.
            self.call_later(self._data, data)

    def _health(self, health: Health) -> None:
        if not (self.is_mounted and self.display):
            return
        self.console.feed_health(self, health)
        if health.error is not None:
            self.release_frames()
        self.stale(health.mood == "offline")
        if health.error is not None and _absent(health.error):
            # The console opens another screen, and reports it.
            pass
        elif health.error is not None:
            sentence = explain(health.error)
            if sentence != self._shown_error:
                self._shown_error = sentence
                self.console.say([("▲ ", "$text-error"), (sentence, "")])
        elif self._shown_error:
            self._shown_error = ""
            self.console.say([])
        self.repaint_frame()
        if self._once_read and health.read_at is not None:
            id, self._once_read = self._once_read, ""
            if self.is_active:
                # Paint the data first.
                self.call_later(self.action_do, id)

    # -- actions -----------------------------------------------------------------------------------------------------

    def may(self, id: str) -> bool:
        """Whether the signed-in role may run this action here."""
        role = self.console.role
        return allowed(ACTIONS[id], role, read_only=self.console.read_only)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A key of an action for other roles does nothing."""
        if action == "do" and parameters and isinstance(parameters[0], str):
            id = parameters[0]
            if id in OPEN_A_LINE and self.console.typing:
                # While the user types, it is a letter like any other.
                return False
            return allowed(ACTIONS[id], self.console.role, read_only=False)
        return super().check_action(action, parameters)

    def action_do(self, id: str) -> None:
        """Run the method of an action: of the screen for its own areas, of the app for others."""
        action = ACTIONS[id]
        if not self.may(id):
            self.console.say([("▲ ", "$text-warning"), ("Read-only mode: changes are disabled.", "")])
            return
        if not self.is_mounted and action.area not in AREAS:
            return
        if self.console.connection is None and (action.area not in (*AREAS, "table") or id == "table.open"):
            self.console.say([("Still connecting. Press the key again in a moment.", "$text-muted")])
            return
        owner: object = self.console if action.area in AREAS else self
        name = f"do_{action.verb}"
        if action.area in AREAS and hasattr(self, f"do_{action.area}_{action.verb}"):
            owner, name = self, f"do_{action.area}_{action.verb}"
        elif action.area == "go":
            self.console.go(action.verb)
            return
        method = getattr(owner, name, None)
        if method is not None:
            method()

    def do_once_read(self, id: str) -> None:
        """Run an action as soon as the screen has its records, if it is still visible then."""
        if self.feed.health.read_at is not None and self.is_mounted:
            self.action_do(id)
        else:
            self._once_read = id

    def do_batch(
        self,
        title: str,
        steps: Sequence[Step],
        *,
        confirm: str,
        doing: str,
        note: Sequence[Part] = (),
        final: str = "",
        careful: bool = False,
        after: Callable[[list[Step]], None] | None = None,
        option: Option | None = None,
    ) -> None:
        """Ask, make the changes, report, and read again. A single outcome becomes the notice.

        `final` is the edit's sentence on what cannot be undone; the question ends with it. Deletions are asked with
        `careful`: they need Tab and Enter, as several steps always do.
        """
        from qpi_tui.widgets.batch import Batch

        def closed(done: list[Step] | None) -> None:
            if not done:
                return
            outcomes = [step.outcome for step in done if step.outcome is not None]
            undo = [edit for outcome in outcomes if (edit := getattr(outcome, "undo", None)) is not None]
            if len(done) == 1 and outcomes:
                self.console.say_outcome(done[0].who, outcomes[0])
            elif outcomes:
                failed = sum(not outcome.ok for outcome in outcomes)
                words = f"{len(outcomes) - failed} done" + (f", {failed} failed" if failed else "")
                self.console.say_undo([(words, "bold")], undo)
            if after is not None:
                after(done)
            self.feed.poke()

        if final:
            note = [*note, (f" {final}" if any(text for text, _ in note) else final, "")]
        asked = Batch(title, steps, confirm=confirm, doing=doing, note=note, careful=careful, option=option)
        self.app.push_screen(asked, closed)

    async def make(self, edit: Edit) -> Outcome:
        """Make a change, and return the outcome."""
        return await self.console.make(edit)

    def tell(self, sentence: str, *, warn: bool = True) -> None:
        """Show a sentence on the notice line."""
        self.console.say([("▲ ", "$text-warning"), (sentence, "")] if warn else [(sentence, "")])


def lines_of(*lines: Sequence[Part]) -> Content:
    """Join lines of parts to one text."""
    return Content("\n").join([assemble(line) for line in lines])


def _absent(error: BaseException) -> bool:
    """Whether the server's generation lacks what a screen reads."""
    from qpi_client import NotOnThisGeneration

    return isinstance(error, NotOnThisGeneration)
