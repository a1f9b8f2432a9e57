"""What the screens are given: the console, by the parts of it that they use."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from qpi_tui.ports import SignInShell

if TYPE_CHECKING:
    from textual.content import Content
    from textual.dom import DOMNode
    from textual.events import Key
    from textual.screen import Screen
    from textual.timer import Timer
    from textual.widget import Widget

    from qpi_tui.actions import Keys
    from qpi_tui.domain.roles import Role
    from qpi_tui.domain.styled_text import Part
    from qpi_tui.edits.audit_log import AuditLog
    from qpi_tui.edits.edit import Edit
    from qpi_tui.edits.outcome import Outcome
    from qpi_tui.edits.port import EditPort
    from qpi_tui.edits.runner import EditRunner
    from qpi_tui.edits.undo import Undo
    from qpi_tui.live.circuit_drawer import CircuitDrawer
    from qpi_tui.live.event_stream import EventStream
    from qpi_tui.live.feed import Feed, Health
    from qpi_tui.live.first_seen import FirstSeen
    from qpi_tui.live.header_counts import HeaderCounts
    from qpi_tui.live.reachability import Reachability
    from qpi_tui.live.servers import LiveSessions
    from qpi_tui.session.sign_in_flow import SignInFlow
    from qpi_tui.widgets.lines import StatusParts, Tab


class OutcomeNotices(Protocol):
    """The notice line, with what the undo key does."""

    notice_line: Content

    @property
    def undo(self) -> Undo:
        """The edits that undo the last change."""
        ...

    def say(self, parts: Sequence[Part]) -> None:
        """Put a sentence on the notice line, until the next one."""

    def say_outcome(self, who: str, outcome: Outcome, *, late: bool = False, again: Edit | None = None) -> None:
        """Put an outcome on the notice line, with its undo where there is one."""

    def say_undo(self, parts: Sequence[Part], edits: Sequence[Edit]) -> None:
        """Put a sentence on the notice line, with what the undo key does."""


class QueuedKeys(Protocol):
    """The keys that came ahead of a screen."""

    async def screen_is_there(self) -> None:
        """A screen can be used: the keys that came ahead of it are for it."""

    def opening(self, work: Awaitable[None]) -> Coroutine[Any, Any, None]:
        """Do what ends with a dialog that opens; keys that come meanwhile are for that."""


class LiveScreen(Protocol):
    """A screen that is kept fresh."""

    topics: ClassVar[tuple[str, ...]]
    feed: Feed[Any]

    @property
    def is_shown(self) -> bool:
        """Whether it is among the screens that are shown."""
        ...


class Dismissals(Protocol):
    """What was dismissed on this machine."""

    def ids(self, server: str, person: str) -> frozenset[str]:
        """What this person dismissed on this server."""
        ...

    def add(self, server: str, person: str, ids: Iterable[str]) -> None:
        """Remember these."""


class Banner(Protocol):
    """The announcement above the list."""

    @property
    def dismissed(self) -> Dismissals:
        """What was dismissed on this machine."""
        ...

    @property
    def warns(self) -> bool:
        """Whether the one that is due warns of something."""
        ...

    def line(self) -> Content:
        """The announcement that is due; nothing where there is none."""
        ...


class Navigation(Protocol):
    """Which screen is shown, and how to get to another one. `pressed` counts keys."""

    keys: Keys
    pressed: int

    @property
    def key_queue(self) -> QueuedKeys:
        """The keys that came ahead of a screen."""
        ...

    @property
    def current_place(self) -> str:
        """The id of the screen that is shown; empty for one that is no resource's."""
        ...

    @property
    def place_title(self) -> str:
        """The title of the screen that is shown."""
        ...

    @property
    def screen(self) -> Screen[Any]:
        """The screen on top."""
        ...

    @property
    def screen_stack(self) -> Sequence[Screen[Any]]:
        """Every screen that is shown, the lowest first."""
        ...

    @property
    def typing(self) -> bool:
        """Whether a letter goes into a line."""
        ...

    @property
    def focused(self) -> Widget | None:
        """What has the focus."""
        ...

    @property
    def pump(self) -> DOMNode:
        """The app, as keys bubble to it."""
        ...

    def call_later(self, callback: Callable[..., Any], *args: Any) -> bool:
        """Call this behind what the app has to do now."""
        ...

    def set_timer(self, delay: float, callback: Callable[[], Any]) -> Timer:
        """Call this once after so many seconds."""
        ...

    def drop(self, key: Key, *, opened: bool, more: bool) -> None:
        """A key of pasted text has no place to go; `opened`: what is on top opened in the middle of it.

        `more`: the key before it had none either.
        """

    def console_screens(self) -> Sequence[LiveScreen]:
        """Every screen that was opened."""
        ...

    def tabs(self) -> list[Tab]:
        """The screens of this role."""
        ...

    def go(self, where: str) -> None:
        """Go to another screen: by id, or the `next` or `previous` one."""

    def go_to(self, where: str, id: str = "", words: str = "") -> None:
        """Go to another screen, its filter set to `words`, the cursor on the record `id` once it is read."""


class Live(Protocol):
    """What keeps the screens fresh."""

    first_seen: FirstSeen
    reachability: Reachability
    changes: EventStream

    @property
    def announcements(self) -> Banner:
        """The announcements that are due."""
        ...

    @property
    def badges(self) -> HeaderCounts:
        """What the frame shows beside the screen."""
        ...

    def interval_for(self, requests: int) -> float:
        """Seconds between two reads that take so many requests."""
        ...

    def follow_shown(self) -> None:
        """Have the stream carry what is shown."""

    def feed_health(self, screen: Screen[Any], health: Health) -> None:
        """A screen's feed says how it goes."""

    def poke_shown(self) -> None:
        """Read what is shown again."""

    def do_refresh(self) -> None:
        """Refresh."""

    def status(self, health: Health) -> StatusParts:
        """The top line for a screen whose feed is like this."""
        ...


class Edits(Protocol):
    """Making changes."""

    @property
    def audit_log(self) -> AuditLog:
        """Where changes are written."""
        ...

    @property
    def edits(self) -> EditRunner:
        """What makes the changes."""
        ...

    async def make(self, edit: Edit, *, action: str = "") -> Outcome:
        """Make a change, and return the outcome."""
        ...


class Drawing(Protocol):
    """How things are drawn."""

    plain: bool
    slow: bool

    @property
    def drawer(self) -> CircuitDrawer:
        """The process that draws circuits."""
        ...

    def use_plain(self, plain: bool) -> None:
        """Draw everything in plain ASCII, or with all signs."""


class Palette(Protocol):
    """What the palette remembers and switches."""

    @property
    def recent(self) -> list[str]:
        """What was picked, the last one first, by id."""
        ...

    @property
    def switched(self) -> dict[str, object]:
        """The settings that were switched."""
        ...

    def use_keyset(self, name: str) -> list[str]:
        """Use a set of keys; sentences where two actions would share a key."""
        ...

    def use_refresh(self, seconds: float) -> None:
        """Read so often where there are no change events."""


class Drafts(Protocol):
    """What was typed into forms and not sent."""

    drafts: dict[str, dict[str, str]]


class EditingShell(Drafts, OutcomeNotices, Navigation, Live, Edits, SignInShell, Protocol):
    """What making a change needs of the console."""

    @property
    def role(self) -> Role | None:
        """The role of who is signed in, or is about to be."""
        ...

    @property
    def edit_port(self) -> EditPort:
        """The console, as edits are given it."""
        ...

    def session_lost(self, error: BaseException) -> None:
        """The server no longer knows the session: ask for it again."""

    def push_screen(self, screen: Any, callback: Any = None) -> Any:
        """Open a screen over what is shown."""


class Shell(EditingShell, Drawing, Palette, Protocol):
    """The console, as its screens see it. Whatever needs less asks for one of its parts."""

    servers: LiveSessions | None

    sign_in_flow: SignInFlow

    @property
    def generation(self) -> str:
        """The generation of the server; empty while it is not known."""
        ...

    def act_on(self, at: int, place: str, ids: Sequence[str], action: str, words: str = "") -> None:
        """Go to one of several servers, to these records on one of its screens, and do this with them."""

    def act_on_each(self, place: str, wanted: Sequence[tuple[int, Sequence[str]]], action: str) -> None:
        """Do this at one server after the other; `wanted`: the number of each with the ids of its records."""
