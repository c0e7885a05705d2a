"""Makes the training data from Debian's bible-kjv (programs) and bible-kjv-text (the text of 1611; public domain).

    apt-get install bible-kjv
    python3 scripts/train/prepare.py --out .corpus

Writes train.txt, validation.txt, heldout.txt (one document a chapter, `<|endoftext|>` between them), heldout-excerpt.txt
(every fourth held-out chapter, which is shipped with the model), tokenizer.json and the token ids of the first three.
Deterministic: chapters are counted from 0 in the order of the text; chapter n is held out when n % 20 == 10 and is
for validation (choosing the recipe) when n % 40 == 0.
"""

import argparse
import json
import re
import subprocess
from array import array
from pathlib import Path

import bpe

BOOKS = dict(
    Ge="Genesis", Exo="Exodus", Lev="Leviticus", Num="Numbers", Deu="Deuteronomy", Josh="Joshua", Jdgs="Judges",
    Ruth="Ruth", Ezra="Ezra", Neh="Nehemiah", Est="Esther", Job="Job", Psa="Psalms", Prv="Proverbs",
    Eccl="Ecclesiastes", SSol="Song of Solomon", Isa="Isaiah", Jer="Jeremiah", Lam="Lamentations", Eze="Ezekiel",
    Dan="Daniel", Hos="Hosea", Joel="Joel", Amos="Amos", Obad="Obadiah", Jonah="Jonah", Mic="Micah", Nahum="Nahum",
    Hab="Habakkuk", Zep="Zephaniah", Hag="Haggai", Zec="Zechariah", Mal="Malachi", Mat="Matthew", Mark="Mark",
    Luke="Luke", John="John", Acts="Acts", Rom="Romans", Gal="Galatians", Eph="Ephesians", Phi="Philippians",
    Col="Colossians", Titus="Titus", Phmn="Philemon", Heb="Hebrews", Jas="James", Jude="Jude", Rev="Revelation",
)
NUMBERED = dict(Sm="Samuel", Ki="Kings", Chr="Chronicles", Cor="Corinthians", Th="Thessalonians", Tim="Timothy",
                Pet="Peter", Jn="John")
for short, name in NUMBERED.items():
    for number in "123":
        BOOKS[number + short] = f"{number} {name}"


def chapters() -> list[str]:
    """Every chapter: a heading such as 'Genesis 1', then one verse a line."""
    raw = subprocess.run(["bible", "-f", "gen1:1-rev22:21"], check=True, capture_output=True, text=True).stdout
    texts: dict[str, list[str]] = {}
    for line in raw.splitlines():
        match = re.fullmatch(r"([1-3]?[A-Za-z]+)(\d+):\d+ (.*)", line)
        if match is None:
            raise SystemExit(f"unexpected line from bible: {line!r}")
        heading = f"{BOOKS[match[1]]} {match[2]}"
        texts.setdefault(heading, []).append(" ".join(match[3].split()))
    return ["\n".join([heading, *verses]) + "\n" for heading, verses in texts.items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(".corpus"))
    parser.add_argument("--vocabulary", type=int, default=1024)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)

    split: dict[str, list[str]] = {"train": [], "validation": [], "heldout": []}
    for n, chapter in enumerate(chapters()):
        split["heldout" if n % 20 == 10 else "validation" if n % 40 == 0 else "train"].append(chapter)
    vocabulary, merges = bpe.train("".join(split["train"]), arguments.vocabulary)
    encoder = bpe.Encoder(vocabulary, merges)
    for name, documents in split.items():
        (arguments.out / f"{name}.txt").write_text(bpe.END_OF_TEXT.join(documents))
        ids = array("H")
        for document in documents:
            ids.extend([0, *encoder.encode(document)])
        (arguments.out / f"{name}.bin").write_bytes(ids.tobytes())
        size = sum(map(len, documents))
        print(f"{name}: {len(documents)} chapters, {size} bytes, {len(ids)} tokens, {size / len(ids):.3f} bytes a token")
    (arguments.out / "heldout-excerpt.txt").write_text(bpe.END_OF_TEXT.join(split["heldout"][::4]))
    tokenizer = bpe.tokenizer_json(vocabulary, merges)
    (arguments.out / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
