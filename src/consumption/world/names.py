"""Invented names of companies and people."""

from __future__ import annotations

import numpy as np

from consumption.world.arrays import Ints


def _words(text: str) -> list[str]:
    return text.split()


_STARTS = _words(
    "Al Ar Bal Bar Bel Bor Bran Bren Cal Car Cas Cor Dal Dar Del Dor El En Fal Far Fen Gal Gar Gren Hal Har "
    "Hel Hol Is Jan Kal Kel Kor Lan Lar Lin Lor Mal Mar Mel Mor Nor Ol Or Pal Per Quin Ral Ren Ros Sal Sel Sol "
    "Tal Tar Tor Val Ver Vol Wal Wen"
)
_MIDDLES = ("", "a", "e", "i", "o", "an", "en", "in", "ar", "er", "is", "or")
_ENDS = _words(
    "vern tora mont dell wick bury gate lund mark nova rick sen stad thorpe tine vale vik wood worth ford berg "
    "bridge by combe dale den field ham hurst land ley low mere more ridge sted ton ville way win"
)
_TRADES = {
    "manufacturing": "Works|Industries|Components|Castings|Tooling|Precision|Forge|Manufacturing",
    "logistics": "Logistics|Freight|Haulage|Forwarding|Shipping|Storage|Carriers|Lines",
    "food": "Foods|Dairy|Bakeries|Kitchens|Provisions|Milling|Beverages|Orchards",
    "construction": "Construction|Builders|Engineering|Contractors|Structures|Paving|Homes|Cranes",
    "health": "Health|Clinics|Care|Diagnostics|Medical|Therapies|Dental|Laboratories",
    "finance": "Capital|Mutual|Insurance|Leasing|Credit|Advisers|Trust|Partners",
    "education": "College|Academy|Schools|Learning|Institute|Tutors|Campus|Training",
    "tourism": "Travel|Hotels|Resorts|Tours|Cruises|Lodges|Holidays|Parks",
    "agriculture": "Farms|Growers|Seeds|Agri|Harvest|Estates|Vineyards|Feeds",
    "retail": "Stores|Retail|Outfitters|Markets|Home|Fashion|Sports|Trading",
}
_FIRST = _words(
    "Mara Jonas Ilse Pieter Anouk Tomas Freya Lukas Nadia Oskar Petra Ravi Signe Theo Una Viktor Willa Yara "
    "Anton Bea Carlo Dina Emil Flora Gita Hugo Ines Jasper Kaya Lena Milo Nora"
)
_LAST = _words(
    "Lindqvale Brandhof Castelmoor Dovrin Estermann Farquill Gerhaven Hollingrave Isakmoor Jernwick Kestrup "
    "Larkfeld Merrowin Nordhal Ostrander Pellworth Quistgard Rosendal Stavemark Tarnholm Ulvesand Vandermere "
    "Westerlow Ysbrandt"
)


def company_names(industries: list[str], rng: np.random.Generator) -> list[str]:
    """One invented name an account, no two the same; the last word tells the industry."""
    shape = (len(_STARTS), len(_MIDDLES), len(_ENDS), 8)
    space = int(np.prod(shape))
    picks = rng.permutation(space)[np.arange(len(industries)) % space]
    parts = zip(*(axis.tolist() for axis in np.unravel_index(picks, shape)), strict=True)
    names = [
        f"{_STARTS[a]}{_MIDDLES[b]}{_ENDS[c]} {_TRADES[industry].split('|')[d]}"
        for (a, b, c, d), industry in zip(parts, industries, strict=True)
    ]
    return [name if i < space else f"{name} {i // space + 1}" for i, name in enumerate(names)]


def person_names(picks: Ints) -> list[str]:
    """Invented first and last names, one a pick; the same pick is the same name, 768 differ."""
    first, last = picks % len(_FIRST), (picks // len(_FIRST) + picks % len(_FIRST)) % len(_LAST)
    return [f"{_FIRST[f]} {_LAST[g]}" for f, g in zip(first.tolist(), last.tolist(), strict=True)]
