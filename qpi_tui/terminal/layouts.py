"""Letters of other keyboard layouts → the letter that the same key has on a US keyboard.

Commands are single letters. Somebody whose layout is Russian, Greek, Hebrew or Arabic presses the key, not the letter.
Only letters are translated: a layout's ASCII punctuation is taken as what it is.
"""

from __future__ import annotations

# Each layout: its letters in the order of the keys below; a blank where a key has no letter of its own.
_KEYS = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_LAYOUTS = (
    "йцукенгшщзхъфывапролджэячсмитьбюё",  # Russian
    "йцукенгшщзхїфівапролджєячсмитьбюґ",  # Ukrainian
    "йцукенгшўзх фывапролджэячсмітьбю ",  # Belarusian
    " ςερτυθιοπ  ασδφγηξκλ  ζχψωβνμ   ",  # Greek
    "  קראטוןםפ  שדגכעיחלךף זסבהנמצתץ ",  # Hebrew
    "ضصثقفغعهخحجدشسيبلاتنمكطئءؤر ىةوزذ",  # Arabic
)
_SHIFTED = str.maketrans("qwertyuiopasdfghjklzxcvbnm[];',.`", 'QWERTYUIOPASDFGHJKLZXCVBNM{}:"<>~')


def _table() -> dict[str, str]:
    table: dict[str, str] = {}
    for layout in _LAYOUTS:
        for letter, key in zip(layout, _KEYS, strict=True):
            if letter != " ":
                table.setdefault(letter, key)
                # A final sigma has the capital of the other one.
                if letter.upper() != letter and len(letter.upper()) == 1 and letter != "ς":
                    table.setdefault(letter.upper(), key.translate(_SHIFTED))
    return table


_TABLE = _table()


def us_key(letter: str) -> str:
    """The character that a US keyboard has on the letter's key; nothing where no table knows the letter."""
    return _TABLE.get(letter, "")
