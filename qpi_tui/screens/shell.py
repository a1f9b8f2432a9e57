"""The ports that screens get: the console, by the parts that they use."""

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
    """The notice line, with the undo key's effect."""

    notice_line: Content

    @property
    def undo(self) -> Undo:
        """The edits that undo the last change."""
        ...

    def say(self, parts: Sequence[Part]) -> None:
        """Show a sentence on the notice line, until the next one."""

    def say_outcome(self, who: str, outcome: Outcome, *, late: bool = False, again: Edit | None = None) -> None:
        """Show an outcome on the notice line, with its undo if there is one."""

    def say_undo(self, parts: Sequence[Part], edits: Sequence[Edit]) -> None:
        """Show a sentence on the notice line, with the undo key's effect."""

    def let_pass(self, parts: Sequence[Part]) -> None:
        """Remove this notice with the next key, once its change can no longer be undone."""


class QueuedKeys(Protocol):
    """The keys typed ahead of a screen."""

    async def screen_is_there(self) -> None:
        """A screen is ready: hand it the keys typed ahead."""

    def opening(self, work: Awaitable[None]) -> Coroutine[Any, Any, None]:
        """Run something that ends with a dialog; keys typed meanwhile are for the dialog."""


class LiveScreen(Protocol):
    """A screen that is kept fresh."""

    topics: ClassVar[tuple[str, ...]]
    feed: Feed[Any]

    @property
    def is_shown(self) -> bool:
        """Whether it is on the screen stack."""
        ...


class Dismissals(Protocol):
    """The dismissals on this machine."""

    def ids(self, server: str, person: str) -> frozenset[str]:
        """Return what this account dismissed on this server."""
        ...

    def add(self, server: str, person: str, ids: Iterable[str]) -> None:
        """Store dismissals."""


class Banner(Protocol):
    """The announcement above the list."""

    @property
    def dismissed(self) -> Dismissals:
        """The dismissals on this machine."""
        ...

    @property
    def warns(self) -> bool:
        """Whether the current announcement is a warning."""
        ...

    def line(self) -> Content:
        """Return the current announcement, or None."""
        ...


class Navigation(Protocol):
    """The current screen, and the way to another one. `pressed` counts keys."""

    keys: Keys
    pressed: int

    @property
    def key_queue(self) -> QueuedKeys:
        """The keys typed ahead of a screen."""
        ...

    @property
    def current_place(self) -> str:
        """The id of the current screen; empty if it is not a resource's."""
        ...

    @property
    def place_title(self) -> str:
        """The title of the current screen."""
        ...

    @property
    def screen(self) -> Screen[Any]:
        """The top screen."""
        ...

    @property
    def screen_stack(self) -> Sequence[Screen[Any]]:
        """The screen stack, lowest first."""
        ...

    @property
    def typing(self) -> bool:
        """Whether the focus takes text."""
        ...

    @property
    def focused(self) -> Widget | None:
        """The focused widget."""
        ...

    @property
    def pump(self) -> DOMNode:
        """Return the app, as keys bubble to it."""
        ...

    def call_later(self, callback: Callable[..., Any], *args: Any) -> bool:
        """Call this after the app's pending work."""
        ...

    def set_timer(self, delay: float, callback: Callable[[], Any]) -> Timer:
        """Call this once after this many seconds."""
        ...

    def drop(self, key: Key, *, opened: bool, more: bool) -> None:
        """Count a pasted key without a target; `opened`: the top screen opened during the paste.

        `more`: the previous key had no target either.
        """

    def console_screens(self) -> Sequence[LiveScreen]:
        """Every opened screen."""
        ...

    def tabs(self) -> list[Tab]:
        """The screens of this role."""
        ...

    def go(self, where: str) -> None:
        """Go to another screen: by id, or the `next` or `previous` one."""

    def go_to(self, where: str, id: str = "", words: str = "") -> None:
        """Go to another screen, filter by `words`, and put the cursor on the record `id` once it is read."""


class Live(Protocol):
    """What keeps the screens fresh."""

    first_seen: FirstSeen
    reachability: Reachability
    changes: EventStream

    @property
    def announcements(self) -> Banner:
        """The current announcements."""
        ...

    @property
    def badges(self) -> HeaderCounts:
        """The header's data."""
        ...

    def interval_for(self, requests: int) -> float:
        """Return the seconds between reads of this many requests."""
        ...

    def follow_shown(self) -> None:
        """Subscribe the stream to the topics of the visible screens."""

    def feed_health(self, screen: Screen[Any], health: Health) -> None:
        """A screen's feed reports its state."""

    def poke_shown(self) -> None:
        """Read the visible screens again."""

    def do_refresh(self) -> None:
        """Refresh."""

    def status(self, health: Health) -> StatusParts:
        """The top line for a screen with this feed state."""
        ...


class Edits(Protocol):
    """Makes changes."""

    @property
    def audit_log(self) -> AuditLog:
        """The audit log."""
        ...

    @property
    def edits(self) -> EditRunner:
        """Runs the changes."""
        ...

    async def make(self, edit: Edit, *, action: str = "") -> Outcome:
        """Make a change, and return the outcome."""
        ...


class Drawing(Protocol):
    """How to draw."""

    plain: bool
    slow: bool

    @property
    def drawer(self) -> CircuitDrawer:
        """The process that draws circuits."""
        ...

    def use_plain(self, plain: bool) -> None:
        """Draw everything in plain ASCII, or with all characters."""


class Palette(Protocol):
    """What the palette remembers and changes."""

    @property
    def recent(self) -> list[str]:
        """The recent choices, by id, newest first."""
        ...

    @property
    def switched(self) -> dict[str, object]:
        """The changed settings."""
        ...

    def use_keyset(self, name: str) -> list[str]:
        """Use a key set; return a sentence for each conflict."""
        ...

    def use_refresh(self, seconds: float) -> None:
        """Set the refresh interval without change events."""


class Drafts(Protocol):
    """The drafts of forms."""

    drafts: dict[str, dict[str, str]]


class EditingShell(Drafts, OutcomeNotices, Navigation, Live, Edits, SignInShell, Protocol):
    """What a change needs from the console."""

    @property
    def role(self) -> Role | None:
        """The role that is signed in, or about to be."""
        ...

    @property
    def edit_port(self) -> EditPort:
        """The edits' port to the console."""
        ...

    def session_lost(self, error: BaseException) -> None:
        """The server no longer knows the session: ask to sign in again."""

    def push_screen(self, screen: Any, callback: Any = None) -> Any:
        """Open a screen above the current one."""


class Shell(EditingShell, Drawing, Palette, Protocol):
    """The console, as its screens see it. Code that needs less takes one of its parts."""

    servers: LiveSessions | None

    sign_in_flow: SignInFlow

    @property
    def generation(self) -> str:
        """The generation of the server; empty while unknown."""
        ...

    def act_on(self, at: int, place: str, ids: Sequence[str], action: str, words: str = "") -> None:
        """Go to one of several servers, to these records on one of its screens, and run this action."""

    def act_on_each(self, place: str, wanted: Sequence[tuple[int, Sequence[str]]], action: str) -> None:
        """Do this at one server after the other; `wanted`: the number of each with the ids of its records."""
