"""Every text that is said has its Chinese, with the same fields; every Chinese text is used."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import fineopt
from fineopt.language import say, table, translatable
from fineopt.language.table import parts

PACKAGE = Path(fineopt.__file__).parent
SAYING = {"say", "translatable"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def said(source: str, where: str = "") -> Iterator[tuple[str, str, ast.Call]]:
    """Yield each literal text that code says or marks as translatable, where, and the call.

    A text that is not a literal has been marked elsewhere: `say(self._hint)`.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _name(node.func) in SAYING and node.args:
            first = node.args[0]
            assert not isinstance(first, ast.JoinedStr), f"{where}:{node.lineno}: an f-string"
            assert not isinstance(first, ast.BinOp), f"{where}:{node.lineno}: a computed text"
            for text in _choices(first):
                if isinstance(text, ast.Constant):
                    yield text.value, f"{where}:{node.lineno}", node


def _choices(text: ast.expr) -> list[ast.expr]:
    """Return the texts among which code chooses."""
    if isinstance(text, ast.IfExp):
        return [*_choices(text.body), *_choices(text.orelse)]
    return [text]


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def everything() -> list[tuple[str, str, ast.Call]]:
    files = sorted(PACKAGE.rglob("*.py"))
    return [
        found
        for path in files
        for found in said(path.read_text(encoding="utf-8"), str(path.relative_to(PACKAGE)))
    ]


def fields(text: str) -> Counter[tuple[str, str, str]]:
    """Return the names of the fields of a text, with their conversions and formats."""
    parsed = Formatter().parse(text)
    return Counter(
        (name, spec or "", how or "") for _, name, spec, how in parsed if name is not None
    )


def test_texts_are_found() -> None:
    assert len(everything()) > 2


def test_every_text_has_its_chinese() -> None:
    missing = {f"{where}: {text!r}" for text, where, _ in everything() if text not in table()}
    assert not missing, "\n".join(sorted(missing))


def test_every_chinese_text_is_used() -> None:
    used = {text for text, _, _ in everything()}
    unused = [
        f"{name}: {text!r}" for name, part in parts().items() for text in part if text not in used
    ]
    assert not unused, "\n".join(unused)


def test_no_text_is_in_two_files() -> None:
    count = Counter(text for part in parts().values() for text in part)
    assert not [text for text, times in count.items() if times > 1]


def test_both_languages_have_the_same_fields() -> None:
    different = [e for e, c in table().items() if set(fields(e)) != set(fields(c))]
    assert not different, "\n".join(different)


def test_chinese_is_chinese() -> None:
    """Every translation has Chinese characters, unless it is one of names and numbers alone."""
    words = re.compile(r"[A-Za-z]{4,} [a-z]{2,}")
    wrong = [e for e, c in table().items() if not CHINESE.search(c) and words.search(e)]
    assert not wrong, "\n".join(wrong)


def test_a_literal_is_given_all_its_fields() -> None:
    """say("{name}", name=...) names each field that it fills, and no other."""
    for text, where, call in everything():
        if _name(call.func) == "translatable" or any(word.arg is None for word in call.keywords):
            continue
        names = {re.split(r"[.\[]", name)[0] for name, _, _ in fields(text)}
        given = {word.arg for word in call.keywords}
        assert names <= given, f"{where}: {text!r} needs {names - given}"


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("say('a {b}', b=1)", ["a {b}"]),
        ("language.say('a')", ["a"]),
        ("x = {1: translatable('a' 'b')}", ["ab"]),
        ("say('a' if x else 'b')", ["a", "b"]),
        ("say('a' if x else 'b' if y else 'c')", ["a", "b", "c"]),
        ("say(text)", []),
        ("print('a')", []),
    ],
)
def test_texts_are_read_from_the_syntax_tree(source: str, texts: list[str]) -> None:
    assert [text for text, _, _ in said(source)] == texts


@pytest.mark.parametrize("source", ["say(f'{a}')", "say('a' + b)", "translatable('%s' % a)"])
def test_a_text_that_cannot_be_looked_up_is_found(source: str) -> None:
    with pytest.raises(AssertionError):
        list(said(source))


def test_a_text_without_chinese_stays_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINEOPT_LANG", "zh")
    assert say("not in the table: {{{x}}}", x=1) == "not in the table: {1}"
    assert translatable("{x}") == "{x}"


def test_a_missing_field_is_an_error() -> None:
    with pytest.raises(KeyError, match="name"):
        say("{name}")
