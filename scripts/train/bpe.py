"""Byte-level byte-pair encoding: a small deterministic trainer, an encoder, and the Hugging Face tokenizer.json.

Training counts the pieces of the text once (the pieces of the GPT-2 splitting pattern) and then merges, again and
again, the most frequent pair of neighbouring symbols; ties go to the pair whose symbols come first in the vocabulary.
"""

import re
from collections import Counter

# The GPT-2 splitting pattern for ASCII text (the corpus is ASCII; the loader in programs/models has the Unicode one).
PIECES = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+")
END_OF_TEXT = "<|endoftext|>"


def byte_alphabet() -> list[str]:
    """The printable character that stands for each byte in a byte-level vocabulary."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    extra = iter(range(256, 512))
    return [chr(b) if b in printable else chr(next(extra)) for b in range(256)]


def train(text: str, vocabulary_size: int) -> tuple[list[str], list[tuple[str, str]]]:
    """Vocabulary (in id order) and merges (in rank order) for `text`, which must be ASCII."""
    alphabet = byte_alphabet()
    vocabulary = [END_OF_TEXT, *sorted(alphabet)]
    index = {token: i for i, token in enumerate(vocabulary)}
    words = [
        ([alphabet[b] for b in piece.encode("ascii")], count)
        for piece, count in sorted(Counter(PIECES.findall(text)).items())
    ]
    merges: list[tuple[str, str]] = []
    while len(vocabulary) < vocabulary_size:
        pairs: Counter[tuple[str, str]] = Counter()
        for symbols, count in words:
            for pair in zip(symbols, symbols[1:]):
                pairs[pair] += count
        best = min(pairs, key=lambda pair: (-pairs[pair], index[pair[0]], index[pair[1]]))
        merges.append(best)
        merged = best[0] + best[1]
        index[merged] = len(vocabulary)
        vocabulary.append(merged)
        for symbols, _ in words:
            apply_merge(symbols, best, merged)
    return vocabulary, merges


def apply_merge(symbols: list[str], pair: tuple[str, str], merged: str) -> None:
    """Replaces every occurrence of `pair` in `symbols`, left to right, in place."""
    i = 0
    while i + 1 < len(symbols):
        if symbols[i] == pair[0] and symbols[i + 1] == pair[1]:
            symbols[i : i + 2] = [merged]
        i += 1


class Encoder:
    """Text to ids and back, by the merges' ranks."""

    def __init__(self, vocabulary: list[str], merges: list[tuple[str, str]]):
        self.vocabulary = vocabulary
        self.alphabet = byte_alphabet()
        self.bytes = {character: b for b, character in enumerate(self.alphabet)}
        self.ids = {token: i for i, token in enumerate(vocabulary)}
        self.ranks = {pair: rank for rank, pair in enumerate(merges)}
        self.cache: dict[str, list[int]] = {}

    def piece(self, piece: str) -> list[int]:
        if piece not in self.cache:
            symbols = [self.alphabet[b] for b in piece.encode("ascii")]
            while True:
                ranked = [(self.ranks[p], p) for p in zip(symbols, symbols[1:]) if p in self.ranks]
                if not ranked:
                    break
                pair = min(ranked)[1]
                apply_merge(symbols, pair, pair[0] + pair[1])
            self.cache[piece] = [self.ids[s] for s in symbols]
        return self.cache[piece]

    def encode(self, text: str) -> list[int]:
        return [token for piece in PIECES.findall(text) for token in self.piece(piece)]

    def decode(self, ids: list[int]) -> str:
        text = "".join(self.vocabulary[i] if i else "" for i in ids)
        return bytes(self.bytes[c] for c in text).decode("utf-8", "replace")


def begin_of_text() -> dict:
    """The post-processor that puts the end-of-text token, which also begins one, before a text."""
    def token(kind: int) -> dict:
        return {"SpecialToken": {"id": END_OF_TEXT, "type_id": kind}}

    def sequence(name: str, kind: int) -> dict:
        return {"Sequence": {"id": name, "type_id": kind}}

    return {
        "type": "TemplateProcessing",
        "single": [token(0), sequence("A", 0)],
        "pair": [token(0), sequence("A", 0), token(1), sequence("B", 1)],
        "special_tokens": {END_OF_TEXT: {"id": END_OF_TEXT, "ids": [0], "tokens": [END_OF_TEXT]}},
    }


def tokenizer_json(vocabulary: list[str], merges: list[tuple[str, str]]) -> dict:
    """The Hugging Face `tokenizer.json` of a byte-level BPE."""
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    special = {"id": 0, "content": END_OF_TEXT, "single_word": False, "lstrip": False, "rstrip": False,
               "normalized": False, "special": True}
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [special], "normalizer": None,
        "pre_tokenizer": byte_level, "post_processor": begin_of_text(), "decoder": byte_level,
        "model": {
            "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
            "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
            "vocab": {token: i for i, token in enumerate(vocabulary)},
            "merges": [[a, b] for a, b in merges],
        },
    }
