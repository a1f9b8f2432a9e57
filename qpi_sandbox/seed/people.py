"""Demo users: names, addresses, balances, texts."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass

GIVEN = (
    "Aino", "Björn", "Chiara", "Dmitri", "Elif", "Farid", "Greta", "Hiroshi", "Ingrid", "João", "Katri", "Lukas",
    "Mei", "Noor", "Oskar", "Priya", "Quentin", "Rania", "Saku", "Tomás", "Ulla", "Viktor", "Wanjiru", "Ximena",
    "Yusuf", "Zofia",
)  # fmt: skip
FAMILY = (
    "Virtanen", "Lindqvist", "Rossi", "Petrov", "Yılmaz", "Haddad", "Neumann", "Tanaka", "Solberg", "Carvalho",
    "Koskinen", "Bauer", "Chen", "van den Berg", "Nyström", "Raghunathan", "Lefèvre", "Mansour", "Mäkelä", "Novák",
    "Heikkinen", "Sørensen", "Kamau", "Delgado", "Demir", "Wiśniewska",
)  # fmt: skip
PLACES = ("qlab.example", "physics.uni.example", "qcs.institute.example", "students.uni.example", "chem.example")

REQUEST_REASONS = (
    "Calibrating a two-qubit gate", "VQE for H2 at six bond lengths", "Course PHYS-C0252: lab exercise, 14 students",
    "Readout error mitigation, data for figure 3", "Randomized benchmarking after the cooldown",
    "QAOA on MaxCut, 8 nodes, p = 2", "Reviewer 2 wants the GHZ data with more shots", "Thesis, chapter 4",
    "Quantum volume of the new sample", "Ramsey fringes every hour over the weekend", "",
    "Cross-resonance pulse shape sweep", "Demo for the visitors on Thursday",
    "Error mitigation with zero-noise extrapolation",
    "Surface-code patch, syndrome statistics", "I ran out in the middle of a sweep, sorry",
    "Teleportation with feed-forward, joint work with the Oulu group: we need about forty runs of 4096 shots each, "
    "spread over three evenings, because the flux noise is lowest then",
)  # fmt: skip
REJECTION_REASONS = (
    "Fridge is warm until Monday", "Please use the simulator for this first", "You still have 9 h left", "",
    "The course has its own allocation: ask your teaching assistant",
)  # fmt: skip
BALANCES = (0.0, 12.5, 250.0, 1800.0, 3600.0, 3600.5, 5400.0, 7200.0, 14400.0, 36000.0, 86400.0, 259200.75)


@dataclass(frozen=True)
class Person:
    """A person with an account; `name` may be empty, the address may be private."""

    name: str
    email: str
    visible: bool
    seconds: float


def ascii_of(text: str) -> str:
    """Write a name as part of an address."""
    plain = unicodedata.normalize("NFKD", text.replace("ø", "o").replace("ı", "i").replace("ł", "l"))
    return "".join(c for c in plain if c.isascii() and c.isalnum()).lower()


def make_people(count: int, rng: random.Random) -> list[Person]:
    """Make `count` people with different addresses; some write only their initials, some no name at all."""
    people: list[Person] = []
    seen: set[str] = set()
    for i in range(count):
        given, family = GIVEN[i % len(GIVEN)], rng.choice(FAMILY)
        style = rng.randrange(4)
        local = (
            f"{ascii_of(given)}.{ascii_of(family)}",
            f"{ascii_of(given)[0]}.{ascii_of(family)}",
            f"{ascii_of(given)}{rng.randint(80, 99)}",
            f"{ascii_of(family)[:6]}{ascii_of(given)[0]}",
        )[style]
        if local in seen:
            local = f"{local}.{i}"
        seen.add(local)
        place = PLACES[0] if i == 0 else rng.choice(PLACES)
        name = "" if i % 11 == 10 else f"{given} {family}"
        people.append(Person(name, f"{local}@{place}", i % 3 != 2, rng.choice(BALANCES) if i else 7200.0))
    return people
