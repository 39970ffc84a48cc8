"""Search in Chinese pages, as an extension of Sphinx.

Sphinx finds no Chinese words without jieba, and then only those of its dictionary. Here each two
characters that follow each other are a term, of a page as of a question: a page is found if it has
them all.
"""

from __future__ import annotations

import re

import sphinx.search
from sphinx.application import Sphinx
from sphinx.search.zh import SearchChinese

__all__ = ["PairedChinese", "setup"]

WORDS = re.compile(r"[a-z0-9_]+", re.IGNORECASE | re.ASCII)
CHINESE = re.compile(r"[\u3400-\u9fff]+")


class PairedChinese(SearchChinese):
    """Splits text into Latin words and pairs of Chinese characters."""

    js_splitter_code = r"""
function splitQuery(query) {
    const words = query.match(/[a-z0-9_]+/gi) ?? [];
    const runs = query.match(/[\u3400-\u9fff]+/g) ?? [];
    const count = (run) => Math.max(1, run.length - 1);
    const pairs = (run) => Array.from({length: count(run)}, (_, i) => run.slice(i, i + 2));
    return [...words, ...runs.flatMap(pairs)];
}
"""

    def split(self, input: str) -> list[str]:
        """Return the terms of a text."""
        words = WORDS.findall(input)
        self.latin_terms.update(words)
        return words + [pair for run in CHINESE.findall(input) for pair in self._pairs(run)]

    @staticmethod
    def _pairs(run: str) -> list[str]:
        return [run[i : i + 2] for i in range(max(1, len(run) - 1))]


def setup(app: Sphinx) -> dict[str, bool]:
    """Replace Sphinx's search in Chinese."""
    sphinx.search.languages["zh"] = PairedChinese
    return {"parallel_read_safe": True, "parallel_write_safe": True}
