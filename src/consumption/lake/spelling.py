"""How values are spelled in files: numbers, dates, times, yes and no."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from consumption.tables import TIMESTAMP

_YES = ("true", "t", "yes", "y", "1", "1.0", "ja", "j", "wahr", "oui", "vrai", "si", "sí", "x")
_NO = ("false", "f", "no", "n", "0", "0.0", "nein", "falsch", "non", "faux", "-")
# 1,234.50 and 1,234,567 (but not 1,234, which may be either), and the same with a decimal comma
_WITH_COMMAS = r"^[+-]?\d{1,3}(,\d{3})+\.\d+$|^[+-]?\d{1,3}(,\d{3}){2,}$"
_WITH_POINTS = r"^[+-]?\d{1,3}(\.\d{3})+,\d+$|^[+-]?\d{1,3}(\.\d{3}){2,}$"
_DECIMAL_COMMA = r"^[+-]?\d+,(\d{1,2}|\d{4,})$"
# What stands around or within a number and says nothing about its size: spaces, and the currency.
_SPACES = r"[\s\u{a0}\u{202f}_'€$£]|EUR|USD|GBP|CHF"
_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d")
_TIMES = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y/%m/%d %H:%M:%S%.f", "%Y/%m/%d %H:%M", "%Y/%m/%d")
_UTC = r"\s*(Z|z|UTC|GMT)$"


@dataclass(frozen=True)
class Spelling:
    """How a file writes dates, if not as ISO 8601, and the zone of times that name none."""

    date_format: str | None = None
    zone: str = "UTC"


def as_type(values: pl.Series, dtype: pl.DataType, spelling: Spelling) -> pl.Series:
    """The values in the contract's type; null where empty, or where the spelling is not understood."""
    if dtype == pl.String:
        return as_text(values)
    if dtype == pl.Float64:
        return _numbers(values)
    if dtype == pl.Int64:
        return _whole(values)
    if dtype == pl.Boolean:
        return _flags(values)
    return _dates(values, spelling) if dtype == pl.Date else _times(values, spelling)


def as_text(values: pl.Series) -> pl.Series:
    """The values as text without spaces around it; null where empty. Whole floats are written as whole numbers."""
    if values.dtype.is_nested():
        coded = values.alias("v").to_frame().select(pl.struct("v").struct.json_encode()).to_series()
        return coded.str.strip_prefix('{"v":').str.strip_suffix("}").set(values.is_null(), None)
    if values.dtype.is_float() and _all_whole(values):
        values = values.fill_nan(None).cast(pl.Int64)
    text = values if values.dtype == pl.String else values.cast(pl.String, strict=False)
    stripped = text.str.strip_chars()
    return stripped.set(stripped == "", None)


def _all_whole(values: pl.Series) -> bool:
    """Ids that pass through floats on their way must not end in `.0`."""
    numbers = values.fill_nan(None).drop_nulls()
    return bool((numbers % 1 == 0).all())


def _numbers(values: pl.Series) -> pl.Series:
    if values.dtype.is_numeric() or values.dtype == pl.Boolean:
        return values.cast(pl.Float64)
    text = as_text(values)
    return _where_null(text.cast(pl.Float64, strict=False), text, _number_spellings)


def _number_spellings(text: pl.Series) -> pl.Series:
    close = text.str.replace_all(_SPACES, "")
    english = close.str.replace_all(",", "", literal=True)
    continental = close.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    plain = english.zip_with(close.str.contains(_WITH_COMMAS), close)
    plain = continental.zip_with(close.str.contains(_WITH_POINTS) | close.str.contains(_DECIMAL_COMMA), plain)
    return plain.cast(pl.Float64, strict=False)


def _whole(values: pl.Series) -> pl.Series:
    if values.dtype.is_integer():
        return values.cast(pl.Int64, strict=False)
    numbers = _numbers(values)
    return numbers.set(numbers % 1 != 0, None).cast(pl.Int64, strict=False)


def _flags(values: pl.Series) -> pl.Series:
    if values.dtype == pl.Boolean:
        return values
    text = as_text(values).str.to_lowercase()
    return text.is_in(_YES).set(~text.is_in(_YES + _NO), None)


def _dates(values: pl.Series, spelling: Spelling) -> pl.Series:
    if values.dtype == pl.Date:
        return values
    if isinstance(values.dtype, pl.Datetime):
        return values.dt.date()
    text = as_text(values)
    dates = text.clear().cast(pl.Date, strict=False).extend_constant(None, len(text))
    for form in (*filter(None, [spelling.date_format]), *_DATES):
        dates = _where_null(dates, text, _date_reader(form))
    # A day is the day that stands there: no zone moves it.
    dates = _where_null(
        dates, text, lambda t: _date_reader("%Y-%m-%d")(t.str.slice(0, 10)).set(t.str.len_chars() < 16, None)
    )
    return _where_null(dates, text, lambda t: _times(t, Spelling(spelling.date_format)).dt.date())


def _date_reader(form: str) -> Callable[[pl.Series], pl.Series]:
    return lambda text: text.str.to_date(form, strict=False)


def _times(values: pl.Series, spelling: Spelling) -> pl.Series:
    if isinstance(values.dtype, pl.Datetime):
        return _in_utc(values, spelling.zone)
    if values.dtype == pl.Date:
        return _in_utc(values.cast(pl.Datetime("us")), spelling.zone)
    text = as_text(values)
    times = text.clear().cast(TIMESTAMP, strict=False).extend_constant(None, len(text))
    if spelling.date_format:
        times = _where_null(times, text, _time_reader(spelling.date_format, spelling.zone))
    return _where_null(times, text, lambda t: _iso_times(t, spelling.zone))


def _iso_times(text: pl.Series, zone: str) -> pl.Series:
    """ISO 8601 and what comes close: a space for T, no seconds; `Z`, `UTC`, an offset or nothing at the end."""
    spaced = text.str.replace(r"^(\d{4}\D\d{2}\D\d{2})T", "$1 ")
    ends_in_utc = spaced.str.contains(_UTC)
    times = text.clear().cast(TIMESTAMP, strict=False).extend_constant(None, len(text))
    if ends_in_utc.any():
        bare = spaced.set(~ends_in_utc, None).str.replace(_UTC, "")
        times = _in_forms(times, bare, "UTC")
    times = _in_forms(times, spaced, zone)
    return _where_null(times, spaced, _with_offset)


def _in_forms(times: pl.Series, text: pl.Series, zone: str) -> pl.Series:
    for form in _TIMES:
        times = _where_null(times, text, _time_reader(form, zone))
    return times


def _with_offset(text: pl.Series) -> pl.Series:
    full = text.str.replace(r"\s*([+-]\d{2})$", "${1}00").str.replace(r"\s*([+-]\d{2}):?(\d{2})$", "$1$2")
    times = full.str.to_datetime("%Y-%m-%d %H:%M:%S%.f%z", time_unit="us", strict=False)
    return _where_null(times, full, _time_reader("%Y-%m-%d %H:%M%z", "UTC"))


def _time_reader(form: str, zone: str) -> Callable[[pl.Series], pl.Series]:
    return lambda text: _in_utc(text.str.to_datetime(form, time_unit="us", strict=False), zone)


def _in_utc(times: pl.Series, zone: str) -> pl.Series:
    """Times without a zone are of `zone`; the hour that clocks repeat is its first, one that they skip is none."""
    if isinstance(times.dtype, pl.Datetime) and times.dtype.time_zone is None:
        times = times.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return times.dt.convert_time_zone("UTC").cast(TIMESTAMP)


def _where_null(parsed: pl.Series, text: pl.Series, parse: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """`parsed`, with another reading of the text where the readings so far gave nothing."""
    left = (parsed.is_null() & text.is_not_null()).arg_true()
    if left.is_empty():
        return parsed
    return parse(text) if len(left) == len(text) else parsed.scatter(left, parse(text.gather(left)))
