"""`qpi-tui jobs submit` and `jobs again`: each job is sent once."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from cyclopts import Parameter

from qpi_client.job_limits import MAX_BITS
from qpi_tui.cli import job_results
from qpi_tui.cli.changing import BulkEdit, Task, carry_out, change_one, missing
from qpi_tui.cli.common import BULK, CHANGE, OUTPUT, SERVER, BulkChange, Change, Output, Server, read_words, several
from qpi_tui.cli.following import watch_job
from qpi_tui.cli.output import id_column, say, show_record, show_records, write
from qpi_tui.cli.problems import FAILED, NOT_FOUND, USAGE, Problem, as_usage
from qpi_tui.cli.registry import read_services
from qpi_tui.cli.signing import Signed, problem_of, signed_in
from qpi_tui.domain.sanitize import clean
from qpi_tui.files.text_file import read_text
from qpi_tui.rows.qpu_service import why_queued

if TYPE_CHECKING:
    from qpi_tui.domain.circuit_check import Question, Reading
    from qpi_tui.edits.jobs import SubmitJob

_log = logging.getLogger(__name__)

# Maximum bytes of a circuit: the server's limit for a request.
_LARGEST = 32_000_000


def submit(
    *files: Annotated[str, several("files of OpenQASM, one circuit each; `-` reads standard input")],
    qpu: Annotated[str, Parameter(help="the QPU: name or id")],
    shots: Annotated[int, Parameter(help="number of shots for each circuit")] = 1024,
    meas_level: Annotated[Literal[0, 1, 2], Parameter(help="2: counts, 1: IQ points, 0: raw signals")] = 2,
    meas_return: Annotated[Literal["single", "avg"], Parameter(help="every shot, or the average")] = "single",
    values: Annotated[
        str,
        Parameter(
            help="values of the parameters, by name or in Qiskit's order (by name; elements of a vector by number): "
            "`theta=0.5 phi=pi/2` or `0.5 pi/2; 0.7 pi/2`; one set per run",
            allow_leading_hyphen=True,
        ),
    ] = "",
    watch: Annotated[bool, Parameter(help="wait for the outcome, as `jobs watch` does")] = False,
    wait: Annotated[bool, Parameter(help="wait for all jobs and print a table, one line for each file")] = False,
    max_classical_bits: Annotated[
        int, Parameter(help="maximum number of measured bits; the server keeps no counts of more")
    ] = MAX_BITS,
    each: Annotated[bool, Parameter(help="submit each file as a separate job")] = False,
    notify: Annotated[
        bool, Parameter(help="with --watch or --wait: notify when it is over, as `notify_by` of the profile says")
    ] = False,
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: Change = CHANGE,
) -> int:
    """Submit OpenQASM as one job, or each file as its own, and print the ids.

    Example: qpi-tui jobs submit bell.qasm --qpu alpha --shots 4000 --watch
    """
    if watch and (wait or each):
        raise Problem("--watch follows one job; --wait waits for all of them.", USAGE)
    if notify and not (watch or wait):
        raise Problem("--notify needs --watch or --wait.", USAGE)
    sources = [(_name(file), _source(file)) for file in files]
    if not sources:
        raise Problem("Which circuits? Name files of OpenQASM, or `-` for standard input.", USAGE)
    with signed_in(server) as signed:
        target, asked = _target(signed, qpu)
        asked = msgspec.structs.replace(asked, max_bits=max_classical_bits)
        readings = _readings(sources, values, meas_level, asked)
        batches = [[reading] for reading in readings] if each else [readings]
        _refuse_too_much(batches, asked.kind, shots, meas_level, meas_return)
        if change.dry_run:
            many = sum(len(reading.circuits) for reading in readings)
            say(f"Would submit {many} circuit{'s' * (many != 1)} to {qpu}, {shots:,} shots each.")
            return 0
        settings = {"shots": shots, "meas_level": meas_level, "meas_return": meas_return}
        ids = _send_all(signed, qpu, target, batches, settings)
        if watch or wait:
            runs = [(file, reading.runs) for file, reading in zip(files, readings, strict=True)] if wait else []
            code = _outcome(signed, ids, runs, output, each=each)
            if notify:
                from qpi_tui.cli.notifying import notify_outcomes

                notify_outcomes(signed, ids)
            return code
        _print_ids(ids, output)
    return 0


def _outcome(signed: Signed, ids: Sequence[str], runs: Sequence[tuple[str, int]], output: Output, *, each: bool) -> int:
    """Wait for jobs, and print the outcome of each file or of the one job."""
    if not runs:
        say(f"Submitted {ids[0]}.")
        return watch_job(signed, ids[0], output, submitted=True)
    from qpi_tui.cli.job_outcomes import SubmittedFile, wait_for_outcomes

    sent: list[SubmittedFile] = []
    for at, (file, many) in enumerate(runs):
        names = [f"{file} set {number}" for number in range(1, many + 1)] if many > 1 else [file]
        first = 0 if each else len(sent)
        sent += [SubmittedFile(name, ids[at if each else 0], first + place) for place, name in enumerate(names)]
    return wait_for_outcomes(signed, sent, output)


def _print_ids(ids: Sequence[str], output: Output) -> None:
    if output.plain:
        write("".join(f"{clean(id)}\n" for id in ids))
    elif len(ids) == 1:
        show_record({"id": ids[0]}, [("id", ids[0])], output)
    else:
        show_records([{"id": id} for id in ids], [id_column()], output, none="")


def _send_all(
    signed: Signed, qpu: str, id: str, batches: Sequence[Sequence[Reading]], settings: Mapping[str, Any]
) -> list[str]:
    """Submit a job for each batch, and return their ids."""
    from qpi_tui.edits.jobs import SubmitJob

    found = []
    for batch in batches:
        circuits = [circuit for reading in batch for circuit in reading.circuits]
        found.append(_send(signed, SubmitJob(target=qpu, qpu=id, circuits=circuits, **settings)))
    return found


def _send(signed: Signed, edit: SubmitJob) -> str:
    """Submit a job, print the client's warnings, and return the job's id."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        id = str(change_one(signed, edit).id)
    for warning in warned:
        say(f"Warning: {warning.message}")
    return id


def again(
    *which: Annotated[str, several("ids of jobs")],
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: BulkChange = BULK,
) -> int:
    """Submit jobs again: the same circuits, settings and QPU, as new jobs of yours.

    Example: qpi-tui jobs again 8f3kq2m1x0z7abc --yes
    """
    words = read_words(which, what="ids of jobs")
    with signed_in(server) as signed:
        tasks = [_repeating(signed, word) for word in words]
        return carry_out(BulkEdit("jobs.again", "Run again", ("job", "jobs")), tasks, signed, change, output)


def _repeating(signed: Signed, word: str) -> Task:
    from qpi_tui.domain.job_repeat import repeat_of

    try:
        job = job_results.read_job(signed, word, results=False)
        repeated = repeat_of(job)
    except ValueError as error:
        return missing(word, Problem(str(error), FAILED))
    except Exception as error:
        _log.debug("a job could not be read", exc_info=True)
        return missing(word, problem_of(error))

    from qpi_tui.edits.jobs import RunAgain

    many = len(repeated["circuits"])
    return Task(
        word,
        word,
        f"{word}  {many} circuit{'s' * (many != 1)}, {repeated.get('shots', '?')} shots",
        RunAgain(target=word, job=word),
    )


def _refuse_too_much(
    batches: Sequence[Sequence[Reading]], kind: str, shots: int, level: int, returns: Literal["single", "avg"]
) -> None:
    """Reject what is too large for one job."""
    from qpi_tui.domain.circuit_check import size_problem

    for batch in batches:
        if problem := size_problem(batch, kind, shots, level, returns):
            remedy = (
                "Add --each to submit each file as a separate job."
                if len(batch) > 1
                else "Give fewer sets of values, or fewer gates."
            )
            raise Problem(f"{problem} {remedy} Nothing was sent.", USAGE)


def _readings(sources: list[tuple[str, str]], values: str, level: int, asked: Question) -> list[Reading]:
    """Read the texts, with the values of their parameters; reject what no driver accepts."""
    from qpi_tui.domain.circuit_check import read_values, remarks
    from qpi_tui.live.circuit_reader import read_circuits

    for name, source in sources:
        if not source.strip():
            raise Problem(f"No circuit in {name}: it is empty.", USAGE)
    with as_usage():
        sets = read_values(values)
    questions = [msgspec.structs.replace(asked, qasm=source, values=sets, where=name) for name, source in sources]
    readings = read_circuits(questions)
    refused = [_in_options(clean(sentence)) for reading in readings if (sentence := reading.refused_at(level))]
    if len(refused) == 1:
        raise Problem(refused[0], USAGE)
    if refused:
        for sentence in refused:
            say(sentence)
        raise Problem(f"{len(refused)} of {len(readings)} circuits are invalid. Nothing was sent.", USAGE)
    for remark in dict.fromkeys(said for reading in readings for said in remarks(reading, level=level)):
        say(f"Warning: {clean(remark)}")
    return readings


def _in_options(sentence: str) -> str:
    """Name the options of this command in place of the client's arguments."""
    return sentence.replace("(parameter_values)", "(--values)").replace("max_classical_bits", "--max-classical-bits")


def _name(file: str) -> str:
    return "Standard input" if file == "-" else clean(Path(file).name)


def _source(file: str) -> str:
    if file == "-":
        found = sys.stdin.read(_LARGEST + 1)
        if len(found) > _LARGEST:
            raise Problem(f"Standard input is larger than {_LARGEST:,} bytes, the limit.", FAILED)
        return found
    if file.startswith("-"):
        raise Problem(f"Unknown option {file}.", USAGE)
    try:
        return read_text(Path(file), most=_LARGEST)
    except FileNotFoundError:
        raise Problem(f"There is no file {file}.", FAILED) from None
    except ValueError as error:
        export = " Export it from Qiskit: `qiskit.qasm3.dumps(circuit)`." if str(error).endswith("UTF-8 text.") else ""
        raise Problem(f"{error}{export}", FAILED) from None


def _target(signed: Signed, qpu: str) -> tuple[str, Question]:
    """Return the QPU's id and its limits for circuits, and print what its jobs wait for."""
    from qpi_client import NotFound
    from qpi_tui.domain.circuit_check import Question

    try:
        found = signed.client.get_qpu(qpu)
    except NotFound:
        raise Problem(f"There is no QPU {qpu!r}: `qpi-tui qpus list` shows them.", NOT_FOUND) from None
    service = next((each for each in read_services(signed) if each.qpu.id == found["id"]), None)
    if service is not None and service.only_monitors:
        raise Problem(f"{qpu} has only monitors: no job completes there. Submit to another QPU.", FAILED)
    if service is not None and (why := why_queued(service)):
        say(why)
    kind = (service.kind if service is not None else "") or str(found.get("executor_type") or "")
    size = found.get("num_qubits")
    return str(found["id"]), Question("", kind, clean(qpu), size if isinstance(size, int) else 0)
