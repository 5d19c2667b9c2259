"""The words that people use, what each means, and which misspelt word can only mean one."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from sms_service.language.normalise import fold
from sms_service.language.reading import Intent, Script
from sms_service.language.tokens import Token

SHORTEST_FUZZY = 4
"""Letters from which a Persian word may be one edit away; shorter ones have too many twins."""
SHORTEST_FUZZY_LATIN = 5
LONGEST_FUZZY = 16


class Kind(StrEnum):
    """What a word does in a sentence."""

    INTENT = "intents"
    MONTH = "months"
    YEAR = "years"
    """A year said as a word («پارسال»); ``number`` counts from this year."""
    PICK = "picks"
    """A place in a list said as a word («دومی»)."""
    SCRIPT = "scripts"
    """The letters that answers shall be in («LATIN»)."""
    FROM = "from"
    TO = "to"
    AND = "and"
    BACK = "back"
    """Turns the year before it into an end («از ۱۴۰۲ به قبل»)."""
    YEAR_MARK = "year"
    PERIOD_MARK = "period"
    UNIT = "unit"
    """Makes the number before it an amount («تومان», «کیلووات»)."""
    COUNT = "count"
    """Makes a short number before it a count («روز», «نفر»)."""
    MONTH_MARK = "month"
    """Counts months, or makes the number after it one («۶ ماه», «ماه ۵»)."""
    NUMERAL = "numerals"
    """A count in letters («سه سال گذشته»)."""
    OTHER_NUMBER = "other_number"
    """Makes the number after it something else than a year («تلفن», «پلاک»)."""
    CODE_MARK = "code"
    """Makes a short number after it no year («کد», «شماره»), though a bill ID may follow."""
    LABEL = "label"
    """Names the bill or its ID."""
    PLACE = "place"
    """What people call a bill by («خانه»)."""
    NEUTRAL = "neutral"


_SECTIONS = ("intents", "months", "years", "numerals", "picks", "scripts", "roles")


class Word(NamedTuple):
    """What a word means."""

    kind: Kind
    intent: Intent | None = None
    number: int = 0
    """Of a month, a count, a place in a list; of a year that is a word, from this one."""
    script: Script | None = None
    misspelt: bool = False
    """Read as the word that is one edit away."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Folded words with their meanings."""

    words: Mapping[str, Word]
    pairs: Mapping[str, Mapping[str, Word]]
    """Pairs of words that mean something together, by first and second word."""
    shortened: Mapping[str, tuple[str, ...]]
    """Each word that may be misspelt, under itself and under itself less any one letter."""


Kinds = Sequence[Kind | None]
"""The kind of the word at each token's place, for every place up to four outside the text."""
_NOTHING_AROUND: list[Kind | None] = [None] * 4


class Said(NamedTuple):
    """The words of a text. None stands for numbers and for words that say nothing here."""

    words: Sequence[Word | None]
    kinds: Kinds
    present: frozenset[Kind | None]
    has_strangers: bool = False
    """Whether there are words that aren't known."""


def load_vocabulary(text: str) -> Vocabulary:
    """The vocabulary from its TOML text. ValueError names a word with two meanings."""
    document = tomllib.loads(text)
    words: dict[str, Word] = {}
    for meaning, word in _entries(document):
        if words.setdefault(word, meaning) != meaning:
            raise ValueError(f"vocabulary: {word!r} has two meanings")
    suffixes = [fold(suffix) for suffix in document["suffixes"]["endings"]]
    for stem in map(fold, document["suffixes"]["stems"]):
        for suffix in suffixes:
            words.setdefault(stem + suffix, words[stem])
    pairs: dict[str, dict[str, Word]] = {}
    for role, phrases in document["pairs"].items():
        for first, second in (fold(phrase).split() for phrase in phrases):
            pairs.setdefault(first, {})[second] = _meaning(role)
    return Vocabulary(words, pairs, _shortened(words))


def read_words(tokens: Sequence[Token], vocabulary: Vocabulary) -> Said:
    """What the words of a text mean."""
    words: list[Word | None] = []
    for i, token in enumerate(tokens):
        if len(words) > i:
            continue  # the second word of a pair
        if token.is_number:
            words.append(None)
            continue
        seconds = vocabulary.pairs.get(token.text)
        pair = seconds.get(tokens[i + 1].text) if seconds and i + 1 < len(tokens) else None
        if pair and not (pair.kind is Kind.YEAR and i > 0 and _counts(tokens[i - 1], words[-1])):
            words += [pair, pair]
        else:
            words.append(_word(token.text, vocabulary))
    kinds = [word.kind if word else None for word in words]
    strangers = any(
        word is None and not token.is_number for token, word in zip(tokens, words, strict=True)
    )
    return Said(words, kinds + _NOTHING_AROUND, frozenset(kinds), strangers)


def _counts(before: Token, meaning: Word | None) -> bool:
    """Whether «سال گذشته» after this is several years: «۵ سال گذشته», «دو سال قبل»."""
    if before.is_number:
        return len(before.text) <= 2
    return meaning is not None and meaning.kind is Kind.NUMERAL


def _word(text: str, vocabulary: Vocabulary) -> Word | None:
    exact = vocabulary.words.get(text)
    if exact is not None:
        return exact
    shortest = SHORTEST_FUZZY_LATIN if text.isascii() else SHORTEST_FUZZY
    if not shortest <= len(text) <= LONGEST_FUZZY:
        return None
    near = {
        vocabulary.words[word]
        for form in (text, *_without_one(text))
        for word in vocabulary.shortened.get(form, ())
        if is_one_edit(text, word)
    }
    return near.pop()._replace(misspelt=True) if len(near) == 1 else None


def is_one_edit(typed: str, word: str) -> bool:
    """Whether one letter added, lost or changed, or two neighbours swapped, make one the other."""
    if len(typed) > len(word):
        typed, word = word, typed
    if len(word) - len(typed) > 1 or typed == word:
        return False
    same = next((i for i, letter in enumerate(typed) if letter != word[i]), len(typed))
    if len(typed) < len(word):
        return typed[same:] == word[same + 1 :]
    if typed[same + 1 :] == word[same + 1 :]:
        return True
    swapped = typed[same : same + 2] == word[same : same + 2][::-1]
    return swapped and typed[same + 2 :] == word[same + 2 :]


def _entries(document: Mapping[str, Any]) -> Iterator[tuple[Word, str]]:
    for section in _SECTIONS:
        for name, words in document.get(section, {}).items():
            meaning = _meaning(name if section == "roles" else f"{section}.{name}")
            yield from ((meaning, fold(word)) for word in words)


def _meaning(role: str) -> Word:
    section, _, name = role.partition(".")
    kind = Kind(section)
    if kind is Kind.INTENT:
        return Word(kind, intent=Intent(name))
    if kind is Kind.SCRIPT:
        return Word(kind, script=Script(name))
    return Word(kind, number=int(name)) if name else Word(kind)


def _shortened(words: Mapping[str, Word]) -> dict[str, tuple[str, ...]]:
    index: dict[str, tuple[str, ...]] = {}
    for word in words:
        shortest = SHORTEST_FUZZY_LATIN if word.isascii() else SHORTEST_FUZZY
        if len(word) >= shortest:
            for form in {word, *_without_one(word)}:
                index[form] = (*index.get(form, ()), word)
    return index


def _without_one(word: str) -> Iterator[str]:
    return (word[:i] + word[i + 1 :] for i in range(len(word)))
