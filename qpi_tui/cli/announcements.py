"""`qpi-tui announcements`: messages to users."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter, methodcaller
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from qpi_tui.cli.changing import BulkEdit, change_one
from qpi_tui.cli.common import (
    BULK,
    CHANGE,
    LIST,
    OUTPUT,
    SERVER,
    BulkChange,
    Change,
    ListOutput,
    Output,
    Server,
    group,
    several,
)
from qpi_tui.cli.lists import List, show_list, wanted_of
from qpi_tui.cli.output import id_column, say, show_record
from qpi_tui.cli.problems import USAGE, Problem
from qpi_tui.cli.signing import signed_in
from qpi_tui.cli.targets import MakeEdit, Targets, change_each
from qpi_tui.cli.times import coming, in_order
from qpi_tui.domain.parse_time import said
from qpi_tui.resources import registry

if TYPE_CHECKING:
    from qpi_tui.rows.announcements import AnnouncementRow

app = group("announcements", "Read, write and dismiss announcements.")
Which = Annotated[str, several("ids or titles of announcements")]
Begin = Annotated[str, Parameter(name="--from", help="when it begins, such as `tomorrow 9:00` or +2h")]
Until = Annotated[str, Parameter(help="when it ends, such as +7d; `never` for no end")]
_NOTICES = ("announcement", "announcements")


@app.command(name="list")
def list_announcements(*, server: Server = SERVER, output: ListOutput = LIST) -> int:
    """List announcements: all for administrators, otherwise those addressed to you.

    Example: qpi-tui announcements list --json
    """
    from qpi_tui.resources import announcements as columns

    with signed_in(server) as signed:
        signed.need_session("list announcements")
        shown = [id_column(), *columns.COLUMNS]
        wanted = wanted_of(output, columns.RESOURCE, signed)
        none, row = "There are no announcements.", columns.RESOURCE.decode
        return show_list(List(wanted, signed.client.list_notifications, shown, none, row), output, signed)


@app.command
def create(
    title: Annotated[str, Parameter(help="the title")],
    text: Annotated[str, Parameter(help="the text")],
    /,
    *,
    begin: Begin = "",
    until: Until = "",
    to: Annotated[str, Parameter(help="only to this user: e-mail, name or id")] = "",
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: Change = CHANGE,
) -> int:
    """Create an announcement to everybody or to one user.

    Example: qpi-tui announcements create "Warm-up" "No jobs on Friday." --from "fri 8:00" --until "fri 18:00"
    """
    begins, ends = coming(begin, "--from"), coming(until, "--until", end=True)
    with signed_in(server) as signed:
        start, end = begins(), ends()
        in_order(start, end, "--from")
        signed.need_admin("write announcements")
        if change.dry_run:
            span = f"from {said(start, 'now')} until {said(end, 'no end')}"
            say(f"Would announce {title!r} to {to or 'everybody'}, {span}.")
            return 0
        from qpi_tui.edits.announcements import CreateAnnouncement

        edit = CreateAnnouncement(target=title, text=text, start=start, end=end, to=to, to_words=to)
        done = change_one(signed, edit)
        notice = done.record or {"id": done.id}
        show_record(notice, _lines(notice), output)
    return 0


@app.command
def edit(
    which: Annotated[str, Parameter(help="id or title")],
    /,
    *,
    title: Annotated[str, Parameter(help="another title")] = "",
    text: Annotated[str, Parameter(help="another text")] = "",
    begin: Begin = "",
    until: Until = "",
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: Change = CHANGE,
) -> int:
    """Edit an announcement. Omitted fields stay the same.

    Example: qpi-tui announcements edit Warm-up --until "fri 20:00" --yes
    """
    fields: dict[str, Any] = {}
    fields |= {"title": title} if title else {}
    fields |= {"text": text} if text else {}
    begins, ends = coming(begin, "--from"), coming(until, "--until", end=True)
    if not (fields or begin or until):
        raise Problem("Nothing to change: give --title, --text, --from or --until.", USAGE)
    from qpi_tui.edits.announcements import EditAnnouncement

    def edit(notice: AnnouncementRow) -> EditAnnouncement:
        times: dict[str, Any] = {"start": begins()} if begin else {}
        times |= {"end": ends()} if until else {}
        if times.get("start") is not None and times.get("end") is not None:
            in_order(times["start"], times["end"], "--from")
        times |= {f"no_{name}": True for name, value in times.items() if value is None}
        return EditAnnouncement(target=notice.title, announcement=notice.id, **fields, **times)

    return _each((which,), server, output, change, BulkEdit("announcements.edit", "Edit", _NOTICES), edit)


@app.command
def end(*which: Which, server: Server = SERVER, output: Output = OUTPUT, change: BulkChange = BULK) -> int:
    """End announcements now.

    Example: qpi-tui announcements end Warm-up --yes
    """

    from qpi_tui.edits.announcements import EndAnnouncement

    def edit(notice: AnnouncementRow) -> EndAnnouncement:
        return EndAnnouncement(target=notice.title, announcement=notice.id)

    return _each(which, server, output, change, BulkEdit("announcements.end", "End", _NOTICES), edit)


@app.command
def delete(*which: Which, server: Server = SERVER, output: Output = OUTPUT, change: BulkChange = BULK) -> int:
    """Delete announcements.

    Example: qpi-tui announcements delete Warm-up
    """

    from qpi_tui.edits.announcements import DeleteAnnouncement

    def edit(notice: AnnouncementRow) -> DeleteAnnouncement:
        return DeleteAnnouncement(target=notice.title, announcement=notice.id)

    return _each(which, server, output, change, BulkEdit("announcements.delete", "Delete", _NOTICES), edit)


@app.command
def dismiss(*which: Which, server: Server = SERVER, output: Output = OUTPUT, change: BulkChange = BULK) -> int:
    """Dismiss announcements for yourself.

    Example: qpi-tui announcements dismiss Warm-up
    """

    from qpi_tui.edits.announcements import DismissAnnouncement

    def edit(notice: AnnouncementRow) -> DismissAnnouncement:
        return DismissAnnouncement(target=notice.title, announcement=notice.id)

    what = BulkEdit("announcements.dismiss", "Dismiss", _NOTICES)
    need = methodcaller("need_user", "dismiss announcements")
    return change_each(_TARGETS, which, what, edit, need, server, output, change, asks=False)


def _each(
    which: Sequence[str],
    server: Server,
    output: Output,
    change: Change,
    what: BulkEdit,
    edit: MakeEdit[AnnouncementRow],
) -> int:
    need = methodcaller("need_admin", "change announcements")
    return change_each(_TARGETS, which, what, edit, need, server, output, change)


_TARGETS: Targets[AnnouncementRow] = Targets(
    "announcement",
    lambda signed: registry()["announcements"].decode_all(signed.client.list_notifications()),
    lambda notice: (notice.title,),
    attrgetter("title"),
    attrgetter("title"),
    words="titles or ids",
)


def _lines(notice: Mapping[str, object]) -> list[tuple[str, str]]:
    return [(field, str(notice.get(field) or "")) for field in ("id", "title", "description", "start_time", "end_time")]
