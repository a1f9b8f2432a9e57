"""Letters of other keyboard layouts → the letter of the same key on a US keyboard.

Commands are single letters. Users of Russian, Greek, Hebrew or Arabic layouts press the key, not the letter. Only
letters are translated: a layout's ASCII punctuation is taken literally.
"""

from __future__ import annotations

# Each layout: its letters in the order of the keys below; a blank for a key without a letter.
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
                # A final sigma has the same capital as the other one.
                if letter.upper() != letter and len(letter.upper()) == 1 and letter != "ς":
                    table.setdefault(letter.upper(), key.translate(_SHIFTED))
    return table


_TABLE = _table()


def us_key(letter: str) -> str:
    """Return the US character of the letter's key; nothing for an unknown letter."""
    return _TABLE.get(letter, "")
