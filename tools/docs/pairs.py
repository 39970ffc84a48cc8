"""The terms by which Chinese pages are searched.

Sphinx finds no Chinese words without jieba, and then only those of its dictionary. Here each two
characters that follow each other are a term, of a page as of a question: a page is found if it has
them all.
"""

from __future__ import annotations

import re

__all__ = ["SPLITTER", "terms"]

WORDS = re.compile(r"[a-z0-9_]+", re.IGNORECASE | re.ASCII)
CHINESE = re.compile(r"[\u3400-\u9fff]+")

# The same in a browser, for a question.
SPLITTER = r"""
function splitQuery(query) {
    const words = query.match(/[a-z0-9_]+/gi) ?? [];
    const runs = query.match(/[\u3400-\u9fff]+/g) ?? [];
    const count = (run) => Math.max(1, run.length - 1);
    const pairs = (run) => Array.from({length: count(run)}, (_, i) => run.slice(i, i + 2));
    return [...words, ...runs.flatMap(pairs)];
}
"""


def terms(text: str) -> tuple[list[str], list[str]]:
    """Return the Latin words of a text, and its pairs of Chinese characters.

    Examples:
        >>> terms("组的lr：学习速率")
        (['lr'], ['组的', '学习', '习速', '速率'])
    """
    runs = CHINESE.findall(text)
    return WORDS.findall(text), [pair for run in runs for pair in _pairs(run)]


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(max(1, len(run) - 1))]
