"""The named converters of mapping rows.

Each is a pair of pure functions. Where both exist they agree: what went right, came left and goes right again arrives as
the same value. An absent ``to_left`` (or ``to_right``) means that the converter works in one direction only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from choai.model.coerce import TEXTS, item_text, text_of
from choai.model.names import fold
from choai.model.prefectures import PREFECTURES, prefecture_index
from choai.model.schema import Field
from choai.model.values import Kind, Value, is_empty

Options = Mapping[str, object]
Step = Callable[[Value, Options, Field, Field], Value]

_CHOOSABLE = frozenset({Kind.CHOICE, Kind.CHOICES})
_LISTS = frozenset({Kind.CHOICES, Kind.REFERENCES})
_DAYS = frozenset({Kind.DATE, Kind.DATETIME, Kind.TIME})
ANY = frozenset(Kind) - {Kind.ROWS, Kind.FILES}


@dataclass(slots=True, frozen=True)
class OptionSpec:
    """One setting of a converter. ``kind``: text, table (text → text), flag, or choice (one of ``choices``)."""

    name: str
    ja: str
    en: str
    kind: str = "text"
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(slots=True, frozen=True)
class Converter:
    """A named converter.

    A step gets the value, the row's options, the source field and the target field, and raises ValueError for a value without
    counterpart. ``on_text``: the value is handed over as text. ``takes_empty``: also called for an empty value.
    ``keeps_choices``: the result is still one of the source's own choices, to be matched by their labels.
    """

    name: str
    ja: str
    en: str
    to_right: Step | None
    to_left: Step | None
    left_kinds: frozenset[Kind] = ANY
    right_kinds: frozenset[Kind] = ANY
    options: tuple[OptionSpec, ...] = ()
    on_text: bool = True
    takes_empty: bool = False
    keeps_choices: bool = False


def _each(function: Callable[[str], str]) -> Step:
    return lambda value, options, source, target: function(str(value))


# ---------------------------------------------------------------- text

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_HALF_KANA = re.compile("[\uff61-\uff9f]+")


def _fold_width(text: str) -> str:
    narrow = text.translate(_WIDE)
    return _HALF_KANA.sub(lambda found: unicodedata.normalize("NFKC", found[0]), narrow)


def _phone_digits(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).strip()
    digits = re.sub(r"[^0-9]", "", plain)
    if not digits:
        raise ValueError("no digits")
    return ("+" if plain.startswith("+") else "") + digits


def _zip_hyphen(text: str) -> str:
    digits = re.sub(r"[\s〒-]", "", fold(text))
    if not re.fullmatch(r"[0-9]{7}", digits):
        raise ValueError("a Japanese postal code has seven digits")
    return f"{digits[:3]}-{digits[3:]}"


def _registration_number(text: str) -> str:
    plain = re.sub(r"[\s-]", "", fold(text)).removeprefix("t")
    if not re.fullmatch(r"[0-9]{13}", plain):
        raise ValueError("a registration number is T and 13 digits")
    return f"T{plain}"


# ---------------------------------------------------------------- choices


def _table(options: Options) -> dict[str, str]:
    table = options.get("table")
    if not isinstance(table, Mapping):
        raise ValueError("no table")
    return {str(left): str(right) for left, right in table.items()}


def _look_up(table: Mapping[str, str], value: Value, options: Options, source: Field) -> Value:
    """By the value itself, then by its label, then folded; options["other"] decides about the rest."""
    text = str(value)
    label = text_of(value, source)
    for key in (text, label):
        if key in table:
            return table[key]
    folded = {fold(key): found for key, found in reversed(list(table.items()))}
    for key in (fold(text), fold(label)):
        if key in folded:
            return folded[key]
    other = options.get("other", "refuse")
    if other == "keep":
        return text_of(value, source)
    if other == "empty":
        return None
    raise ValueError("not in the table")


def _map_right(value: Value, options: Options, source: Field, target: Field) -> Value:
    return _look_up(_table(options), value, options, source)


def _map_left(value: Value, options: Options, source: Field, target: Field) -> Value:
    """The first left text that leads to the right one."""
    back: dict[str, str] = {}
    for left, right in _table(options).items():
        back.setdefault(right, left)
    return _look_up(back, value, options, source)


def _first_right(value: Value, options: Options, source: Field, target: Field) -> Value:
    """The first in the order of the field's own choices: a service may list the ticked ones in any order."""
    if not isinstance(value, list):
        return value
    texts = [item for item in value if isinstance(item, str)]
    order = {choice.value: n for n, choice in enumerate(source.choices)}
    return min(texts, key=lambda text: order.get(text, len(order)), default=None)


def _first_left(value: Value, options: Options, source: Field, target: Field) -> Value:
    return _first_right(value, options, source, target)


# ---------------------------------------------------------------- prefectures


def _to_prefecture_code(value: Value, options: Options, source: Field, target: Field) -> Value:
    """freee's text codes: 0 is 北海道, 46 沖縄県, −1 none."""
    index = prefecture_index(str(value))
    if index is None:
        raise ValueError("not a prefecture")
    return str(index)


def _to_prefecture_name(value: Value, options: Options, source: Field, target: Field) -> Value:
    text = fold(str(value))
    if text == "-1":
        return None
    index = int(text) if re.fullmatch("[0-9]{1,2}", text) else prefecture_index(text)
    if index is not None and index < len(PREFECTURES):
        name = PREFECTURES[index]
        short = options.get("suffix") == "without" and name != PREFECTURES[0]
        return name[:-1] if short else name
    raise ValueError("not a prefecture code")


# ---------------------------------------------------------------- truth, dates, constants, lists


def _truth(value: Value, options: Options, source: Field, target: Field) -> Value:
    """Between a truth on either side and two agreed texts on the other."""
    yes, no = str(options.get("true", "")), str(options.get("false", ""))
    if isinstance(value, bool):
        return (yes if value else no) or None
    if is_empty(value):
        return False if options.get("empty_is_false") else None
    texts = value if isinstance(value, list) else [value]
    folded = {fold(text_of(item, source)) for item in texts if isinstance(item, str)} | {
        fold(item) for item in texts if isinstance(item, str)
    }
    if fold(yes) in folded:
        return True
    if fold(no) in folded or isinstance(value, list):
        return False
    raise ValueError("neither of the two texts")


_PARTS = {
    "YYYY": ("year", 4, r"(?P<year>[0-9]{4})"),
    "MM": ("month", 2, r"(?P<month>[0-9]{2})"),
    "DD": ("day", 2, r"(?P<day>[0-9]{2})"),
    "hh": ("hour", 2, r"(?P<hour>[0-9]{2})"),
    "mm": ("minute", 2, r"(?P<minute>[0-9]{2})"),
    "ss": ("second", 2, r"(?P<second>[0-9]{2})"),
    "M": ("month", 0, r"(?P<month>[0-9]{1,2})"),
    "D": ("day", 0, r"(?P<day>[0-9]{1,2})"),
}
_PART = re.compile("|".join(_PARTS))


def _date_format(value: Value, options: Options, source: Field, target: Field) -> Value:
    """A date becomes text of the pattern, a text of the pattern becomes ISO text that every date field reads."""
    pattern = str(options.get("pattern", "YYYY/MM/DD"))
    if isinstance(value, (date, datetime, time)):
        return _PART.sub(lambda found: _part(found[0], value), pattern)
    if not isinstance(value, str):
        raise ValueError("neither a date nor text")
    seen: set[str] = set()
    expression = "".join(_expression(piece, seen) for piece in re.split(f"({_PART.pattern})", pattern))
    found = re.fullmatch(expression, unicodedata.normalize("NFKC", value).strip())
    if found is None:
        raise ValueError("not in the pattern")
    parts = {name: int(number) for name, number in found.groupdict().items()}
    clock = time(parts.get("hour", 0), parts.get("minute", 0), parts.get("second", 0)).isoformat()
    if "year" not in parts:
        return clock
    day = date(parts["year"], parts["month"], parts.get("day", 1)).isoformat()
    return f"{day}T{clock}" if "hour" in parts else day


def _part(code: str, value: date | datetime | time) -> str:
    name, width, _ = _PARTS[code]
    return str(getattr(value, name, 0)).zfill(width)


def _expression(piece: str, seen: set[str]) -> str:
    if piece not in _PARTS:
        return re.escape(unicodedata.normalize("NFKC", piece))
    name, _, expression = _PARTS[piece]
    if name in seen:
        return f"(?P={name})"
    seen.add(name)
    return expression


def _constant(value: Value, options: Options, source: Field, target: Field) -> Value:
    return str(options.get("value", ""))


def _separator(options: Options) -> str:
    return str(options.get("separator") or ",")


def _join(value: Value, options: Options, source: Field, target: Field) -> Value:
    if not isinstance(value, list):
        return text_of(value, source)
    texts = [item_text(item, source) for item in value]
    if any(_separator(options) in text for text in texts):
        raise ValueError("a text holds the separator")
    return _separator(options).join(texts)


def _split(value: Value, options: Options, source: Field, target: Field) -> Value:
    if isinstance(value, list):
        return value
    return [part.strip() for part in text_of(value, source).split(_separator(options)) if part.strip()]


_SEPARATOR = OptionSpec("separator", "区切り文字", "Separator")
_ALL = (
    Converter("trim", "前後の空白を取り除く", "Trim spaces", _each(str.strip), _each(str.strip)),
    Converter("fold_width", "全角・半角をそろえる", "Unify character width", _each(_fold_width), _each(_fold_width)),
    Converter("upper", "大文字にする", "Upper case", _each(str.upper), _each(str.upper)),
    Converter("lower", "小文字にする", "Lower case", _each(str.lower), _each(str.lower)),
    Converter(
        "choice_map",
        "対応表で置き換える",
        "Replace by a table",
        _map_right,
        _map_left,
        options=(
            OptionSpec("table", "対応表(左 → 右)", "Table (left → right)", "table", required=True),
            OptionSpec("other", "表にない値", "Values not in the table", "choice", choices=("refuse", "keep", "empty")),
        ),
        on_text=False,
    ),
    Converter(
        "prefecture",
        "都道府県名 ↔ 都道府県コード（0 北海道 … 46 沖縄県）",
        "Prefecture name ↔ code (0 Hokkaido … 46 Okinawa)",
        _to_prefecture_code,
        _to_prefecture_name,
        left_kinds=TEXTS | {Kind.CHOICE},
        right_kinds=TEXTS | {Kind.CHOICE, Kind.INTEGER},
        options=(OptionSpec("suffix", "都府県の文字", "Suffix", "choice", choices=("with", "without")),),
        on_text=False,
    ),
    Converter(
        "phone_digits", "電話番号を数字だけにする", "Phone digits only", _each(_phone_digits), _each(_phone_digits)
    ),
    Converter(
        "zip_hyphen",
        "郵便番号を 123-4567 の形にする",
        "Postal code as 123-4567",
        _each(_zip_hyphen),
        _each(_zip_hyphen),
    ),
    Converter(
        "registration_number",
        "登録番号を T+13桁にする",
        "Registration number as T and 13 digits",
        _each(_registration_number),
        _each(_registration_number),
    ),
    Converter(
        "date_format",
        "日付の書式",
        "Date pattern",
        _date_format,
        _date_format,
        left_kinds=TEXTS | _DAYS,
        right_kinds=TEXTS | _DAYS,
        options=(OptionSpec("pattern", "書式(YYYY/MM/DD など)", "Pattern such as YYYY/MM/DD"),),
        on_text=False,
    ),
    Converter(
        "constant",
        "決まった値を入れる",
        "Always the same value",
        _constant,
        None,
        options=(OptionSpec("value", "値", "Value", required=True),),
        takes_empty=True,
    ),
    Converter(
        "first_of_choices",
        "複数選択の最初の値",
        "First of several choices",
        _first_right,
        _first_left,
        left_kinds=_CHOOSABLE,
        right_kinds=_CHOOSABLE | TEXTS,
        on_text=False,
        keeps_choices=True,
    ),
    Converter(
        "boolean_map",
        "はい・いいえを値に対応させる",
        "Yes and no as values",
        _truth,
        _truth,
        options=(
            OptionSpec("true", "「はい」の値", "Value for yes", required=True),
            OptionSpec("false", "「いいえ」の値", "Value for no"),
            OptionSpec("empty_is_false", "空欄は「いいえ」", "Empty means no", "flag"),
        ),
        on_text=False,
        takes_empty=True,
    ),
    Converter(
        "join",
        "複数の値をつなげる",
        "Join several values",
        _join,
        _split,
        left_kinds=_LISTS,
        right_kinds=TEXTS,
        options=(_SEPARATOR,),
        on_text=False,
    ),
    Converter(
        "split",
        "区切って複数の値にする",
        "Split into several values",
        _split,
        _join,
        left_kinds=TEXTS,
        right_kinds=_LISTS,
        options=(_SEPARATOR,),
        on_text=False,
    ),
)

CONVERTERS: dict[str, Converter] = {converter.name: converter for converter in _ALL}
