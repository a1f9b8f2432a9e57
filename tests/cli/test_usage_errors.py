"""Mistyped options, and missing, superfluous and invalid values: each is named, in words of this program."""

from __future__ import annotations

import pytest
from cyclopts import exceptions as library

from qpi_tui.cli.usage_errors import SENTENCES
from tests.cli.command import Command

# Words of the command-line library that say nothing to its users.
FOREIGN = ("Parameter", "parameter", "Unused Tokens", "requires an argument", "unable to convert", "positional", "['")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("jobs submit bell.qasm --qup aer-sim", "Unknown option --qup. Did you mean --qpu?"),
        ("jobs submit bell.qasm --qpu alpha --shot 100", "Unknown option --shot. Did you mean --shots?"),
        ("jobs cancel abc --yess", "Unknown option --yess. Did you mean --yes?"),
        ("slots free --lenght=2h", "Unknown option --lenght. Did you mean --length?"),
        ("jobs list --zzz", "Unknown option --zzz. `qpi-tui jobs list --help`"),
        ("jobs list -x", "Unknown option -x."),
        ("--proflie lab jobs list", "Unknown option --proflie. Did you mean --profile?"),
        ("users look-as --jsno anna jobs list", "Unknown option --jsno."),
        (
            "jobs submit bell.qasm",
            "--qpu is required. For example: `qpi-tui jobs submit bell.qasm --qpu alpha --shots 4000 --watch`.",
        ),
        ("slots free", "--length is required. For example: `qpi-tui slots free --length 2h"),
        ("jobs submit bell.qasm --qpu", "--qpu needs a value. For example:"),
        ("jobs show", "WHICH is required"),
        ("users ledger a@x b@x", "users ledger takes one user, not 2. 'b@x' is too many."),
        ("jobs list alpha", "jobs list takes options only, not 'alpha'."),
        ("jobs list --limit many", "--limit must be a whole number, not 'many'."),
        ("jobs list --status faild", "Did you mean failed?"),
        ("demo --as usr", "--as must be admin or user, not 'usr'. Did you mean user?"),
        ("jobs list --read-only=maybe", "--read-only is a switch and takes no value, not 'maybe'."),
        ("qpus qubits alpha 0", "must be at least 1, not 0."),
        ("jobs list --limit 3 --limit 4", "--limit is given more than once."),
        ("jbos", "Unknown command 'jbos'. Did you mean 'jobs'?"),
        ("jobs lst", "Unknown command 'jobs lst'. Did you mean 'list'?"),
    ],
)
def test_a_mistyped_command_line_names_what_is_wrong(line: str, said: str) -> None:
    answer = Command({})(*line.split())
    assert said in answer.err, answer
    assert (answer.code, answer.out) == (2, "")
    assert [word for word in FOREIGN if word in answer.err] == []


def test_words_that_look_like_options_are_accepted_as_values(person: Command) -> None:
    for line in ("jobs list --since -2h --json", "jobs list --since=-2h --json", "jobs list --read_only --json"):
        assert person.ok(*line.split()).json == []


def test_every_error_of_the_command_line_library_has_a_sentence() -> None:
    kinds = {each for each in vars(library).values() if isinstance(each, type) and issubclass(each, Exception)}
    errors = {each for each in kinds if issubclass(each, library.CycloptsError)} - {library.CycloptsError}
    assert errors == set(SENTENCES)
