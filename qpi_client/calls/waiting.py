"""Waiting for a job: by change events where somebody is signed in, by asking now and then otherwise."""

from __future__ import annotations

import time
from typing import Any

from qpi_client.calls.changes import SILENCE, open_stream, passing
from qpi_client.calls.job_queries import JOBS, ROW
from qpi_client.calls.jobs import FINAL, get_job
from qpi_client.checks import part
from qpi_client.context import Context
from qpi_client.errors import ClientClosed, ConnectionLost, InvalidValue, QPIError, TimedOut, WaitTimedOut
from qpi_client.exchange import TRIES, fetch_dict, get, pause_before, records
from qpi_client.realtime import EventParser, change
from qpi_client.records import Record
from qpi_client.steps import Alone, Call, OpenStream, Pause, ReadStream, Request, T

_SHORTEST, _LONGEST = 0.2, 10.0
# A stream that lasted for so many seconds was ended for its idleness, which is no failure.
_LASTED = 60.0
# Without a timeout, a server that fails for so long is given up.
_PATIENCE = 600.0


def wait_job(ctx: Context, job_id: str, timeout: float | None = None) -> Call[Record]:
    """Wait until a job is completed, failed or cancelled, and give it with its results, as `get_job` does.

    `WaitTimedOut`, a `TimeoutError`, after `timeout` seconds; the job goes on. Outages in between are waited out.
    """
    part(job_id)
    if timeout is not None and (isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or timeout < 0):
        raise InvalidValue(f"timeout must be a number of seconds from 0, or None, not {timeout!r}.")
    started = time.monotonic()
    # Even with no time at all the job is looked at once.
    watch = _Watch(job_id, started, None if timeout is None else started + max(timeout, 0.3))
    try:
        return (yield from within(watch.deadline, _wait(ctx, watch)))
    except TimedOut as error:
        if watch.deadline is None or time.monotonic() < watch.deadline - 0.05:
            raise
        seen = f"when last seen it was {watch.seen['status']}" if watch.seen else f"the server said nothing ({error})"
        raise WaitTimedOut(f"Job {job_id} is not done after {timeout:g} s; {seen}. It goes on.", watch.seen) from None


class _Watch:
    """A wait: which job, since when, until when, what was last seen."""

    def __init__(self, job_id: str, started: float, deadline: float | None) -> None:
        self.job_id = job_id
        self.started = started
        self.deadline = deadline
        self.seen: Record | None = None
        self.failing_since: float | None = None
        self.failures = 0
        self.broken_streams = 0

    def gap(self) -> float:
        """The seconds until the job is looked at again: a tenth of the time waited."""
        return min(_LONGEST, max(_SHORTEST, (time.monotonic() - self.started) / 10))

    def worked(self) -> None:
        """Something answered."""
        self.failures, self.failing_since = 0, None

    def failed(self, error: QPIError) -> float:
        """The seconds to wait after a failure; raises what waiting cannot mend."""
        if isinstance(error, ClientClosed) or not passing(error):
            raise error
        now = time.monotonic()
        self.failing_since = self.failing_since or now
        if self.deadline is None and now - self.failing_since > _PATIENCE:
            raise error
        self.failures += 1
        asked = getattr(error, "retry_after", None)
        return float(asked) if asked is not None else pause_before(min(self.failures, 8))


def _wait(ctx: Context, watch: _Watch) -> Call[Record]:
    while True:
        try:
            if ctx.session is not None and watch.broken_streams < TRIES:
                done = yield from _follow(ctx, watch)
                pause = 0.0
            else:
                done = yield from _look(ctx, watch)
                pause = watch.gap()
            if done and watch.seen is not None and "results" in watch.seen and ctx.session is not None:
                return watch.seen  # a change event carries the whole record
            if done and ctx.session is not None:
                return (yield from fetch_dict(ctx, get(records(JOBS, watch.job_id), session="needed")))
            if done:
                return dict((yield from get_job(ctx, watch.job_id)))
        except QPIError as error:
            if watch.deadline is not None and time.monotonic() >= watch.deadline:
                raise TimedOut(str(error)) from None
            pause = watch.failed(error)
        yield Pause(pause)


def _look(ctx: Context, watch: _Watch) -> Call[bool]:
    """Read the job's state; whether it is over."""
    if ctx.session is None:
        job: Record = dict((yield from get_job(ctx, watch.job_id, results=False)))
    else:
        query = {"fields": ",".join(ROW)}
        job = yield from fetch_dict(ctx, get(records(JOBS, watch.job_id), query=query, session="needed"))
    watch.seen = job
    watch.worked()
    return job.get("status") in FINAL


def _follow(ctx: Context, watch: _Watch) -> Call[bool]:
    """Follow the job's change events until it or the stream is over; whether the job is."""
    if watch.seen is None and (yield from _look(ctx, watch)):
        return True
    topic, parser = f"{JOBS}/{watch.job_id}", EventParser()
    opened = time.monotonic()
    granted = SILENCE if watch.deadline is None else min(SILENCE, watch.deadline - opened)
    watch.broken_streams += 1
    yield from open_stream(ctx, parser, [topic], opened + granted)
    # It may have ended between the look and the subscription.
    if (yield from _look(ctx, watch)):
        return True
    try:
        while piece := (yield ReadStream()):
            for name, data in parser.feed(piece):
                if name != topic:
                    continue
                watch.broken_streams = 0
                watch.seen = change(name, data).record
                if watch.seen.get("status") in FINAL:
                    return True
                # Each read may last as long as was left when the stream was opened: too long near the deadline.
                if watch.deadline is not None and time.monotonic() + granted > watch.deadline:
                    return False
    except TimedOut:
        watch.broken_streams = 0
        return False
    if time.monotonic() - opened > _LASTED:
        watch.broken_streams = 0
        return False
    raise ConnectionLost("The server's event stream ended.")


def within(deadline: float | None, call: Call[T]) -> Call[T]:
    """Run a call under a deadline: no request and no pause of it lasts longer; `TimedOut` when it is over."""
    if deadline is None:
        return (yield from call)
    answer: Any = None
    failure: BaseException | None = None
    try:
        while True:
            step = call.send(answer) if failure is None else call.throw(failure)
            answer, failure = None, None
            left = deadline - time.monotonic()
            requests = [step] if isinstance(step, Request) else [step.request] if isinstance(step, OpenStream) else []
            for request in requests:
                request.deadline = deadline if request.deadline is None else min(deadline, request.deadline)
            if isinstance(step, Alone):
                step = Alone(within(deadline, step.call))
            if left <= 0 and (requests or isinstance(step, Pause)):
                failure = TimedOut("The time given is over.")
                continue
            if isinstance(step, Pause) and step.seconds > left:
                yield Pause(left)
                failure = TimedOut("The time given is over.")
                continue
            try:
                answer = yield step
            except QPIError as error:
                failure = error
    except StopIteration as done:
        result: T = done.value
        return result
    finally:
        call.close()
