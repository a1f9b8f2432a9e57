"""A pytest plugin that runs files of tests in several processes: `pytest -p tests.parallel --processes 6`.

One process imports and collects the tests, then forks. With pytest-xdist each worker collects all tests for itself,
which takes 5 s of processor time each. A worker takes the next file when the last one is finished, and sends its
reports to the first process, which shows them test by test.
"""

from __future__ import annotations

import gc
import itertools
import os
import signal
import sys
import traceback
import warnings
from collections import deque
from collections.abc import Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--processes`."""
    parser.addoption("--processes", type=int, default=0, help="run files of tests in so many forked processes")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Run the collected tests, where there are any and processes are asked for."""
    processes = session.config.option.processes
    if not processes or session.config.option.collectonly or session.testsfailed:
        return None
    Parallel(session).run(processes)
    return True


class Worker:
    """A forked process, and what it is running."""

    def __init__(self, pid: int, link: Connection, name: str) -> None:
        self.pid, self.link, self.name = pid, link, name
        self.left: deque[int] = deque()
        """The tests of its files that have not ended."""


class Parallel:
    """Hands files to workers, and their reports to pytest. Tests are known by their numbers in `session.items`."""

    def __init__(self, session: pytest.Session) -> None:
        self.session = session
        numbered = itertools.groupby(enumerate(session.items), key=lambda pair: pair[1].path)
        self.files = deque([number for number, _ in group] for _, group in numbered)
        self.workers: list[Worker] = []
        self.started = itertools.count()

    def run(self, processes: int) -> None:
        """Run everything. Stops early where pytest is told to (`-x`)."""
        # What the plugins for snapshots ask: the workers compare, and this process neither runs nor misses any.
        os.environ["PYTEST_XDIST_WORKER_COUNT"] = str(processes)
        # What is here to stay is copied by no collection in a worker, and takes none of its time.
        gc.collect()
        gc.freeze()
        self.session.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
        try:
            for _ in range(min(processes, len(self.files))):
                self._fork()
            while self.workers:
                for link in wait([worker.link for worker in self.workers]):
                    self._hear(next(worker for worker in self.workers if worker.link is link))
        finally:
            for worker in self.workers:
                os.kill(worker.pid, signal.SIGTERM)

    def _fork(self) -> None:
        name = f"gw{next(self.started)}"
        here, there = Pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid:
            there.close()
            self.workers.append(Worker(pid, here, name))
            return
        # Here is the worker. Its ends of the others' pipes would keep them open.
        here.close()
        for other in self.workers:
            other.link.close()
        _work(self.session, there, name)

    def _hear(self, worker: Worker) -> None:
        """Take one message of a worker."""
        try:
            kind, said = worker.link.recv()
        except (EOFError, ConnectionError):
            self._ended(worker)
            return
        hook = self.session.config.hook
        if kind == "free":
            file = self.files.popleft() if self.files else None
            worker.left.extend(file or ())
            worker.link.send(file)
        elif kind == "warning":
            hook.pytest_warning_recorded.call_historic(kwargs=said)
        else:
            item = self.session.items[worker.left.popleft()]
            self._report(item, [hook.pytest_report_from_serializable(config=item.config, data=each) for each in said])

    def _report(self, item: pytest.Item, reports: Sequence[pytest.TestReport]) -> None:
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        if self.session.shouldfail:
            raise self.session.Failed(self.session.shouldfail)
        if self.session.shouldstop:
            raise self.session.Interrupted(self.session.shouldstop)

    def _ended(self, worker: Worker) -> None:
        """A worker ended: the test that it was running has failed, and another worker takes what is left."""
        self.workers.remove(worker)
        worker.link.close()
        code = os.waitstatus_to_exitcode(os.waitpid(worker.pid, 0)[1])
        if worker.left:
            item = self.session.items[worker.left.popleft()]
            said = f"{worker.name} ended with exit code {code} during {item.nodeid}"
            failed = pytest.TestReport(item.nodeid, item.location, {}, "failed", said, "call")
            if worker.left:
                self.files.appendleft(list(worker.left))
                self._fork()
            self._report(item, [failed])
        elif code:
            raise RuntimeError(f"{worker.name} ended with exit code {code} behind its last test")


class _Reporter:
    """The plugin in a worker that sends the reports, all those of a test at once."""

    def __init__(self, config: pytest.Config, link: Connection) -> None:
        self.config, self.link = config, link
        self.reports: list[Any] = []
        # pytest repeats earlier warnings for a new plugin; the first process knows those.
        self.begun = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a report."""
        self.reports.append(self.config.hook.pytest_report_to_serializable(config=self.config, report=report))

    def pytest_runtest_logfinish(self) -> None:
        """Send the reports of a test."""
        self.link.send(("ended", self.reports))
        self.reports = []

    def pytest_warning_recorded(
        self, warning_message: warnings.WarningMessage, when: str, nodeid: str, location: object
    ) -> None:
        """Send a warning, its text in place of its objects."""
        if not self.begun:
            return
        told = warnings.WarningMessage(
            str(warning_message.message),
            warning_message.category,
            warning_message.filename,
            warning_message.lineno,
        )
        self.link.send(
            ("warning", {"warning_message": told, "when": when, "nodeid": nodeid, "location": location}),
        )


def _work(session: pytest.Session, link: Connection, name: str) -> None:
    """Run files until there are none left, and end this process."""
    code = 1
    try:
        _begin(session, link, name)
        _run_files(session, link)
        session._setupstate.teardown_exact(None)
        session.config._ensure_unconfigure()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _begin(session: pytest.Session, link: Connection, name: str) -> None:
    """Part this process from the one that it was forked from."""
    config = session.config
    os.environ["PYTEST_XDIST_WORKER"] = name
    # Files that both would write to, and terminals.
    capture = config.pluginmanager.getplugin("capturemanager")
    capture.stop_global_capturing()
    capture.start_global_capturing()
    config.pluginmanager.unregister(name="terminalreporter")
    factory = config._tmp_path_factory  # type: ignore[attr-defined]
    factory._basetemp = factory.getbasetemp() / name
    factory._basetemp.mkdir(mode=0o700)
    reporter = _Reporter(config, link)
    config.pluginmanager.register(reporter, "parallel-reporter")
    reporter.begun = True


def _run_files(session: pytest.Session, link: Connection) -> None:
    """Run the tests of one file after the other; fixtures of the session last until the end."""

    def take() -> list[pytest.Item]:
        link.send(("free", None))
        return [session.items[number] for number in link.recv() or ()]

    items = take()
    while items:
        for item, following in itertools.pairwise(items):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        last, items = items[-1], take()
        last.config.hook.pytest_runtest_protocol(item=last, nextitem=items[0] if items else None)
