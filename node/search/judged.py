"""Needs with judgements, and results to rank, read from files or from a node's store (D13)."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from node.errors import ConfigError, InvalidError
from node.imports import Value, first, read_pages, read_text
from node.mapping import to_need, to_result
from node.readmodels import results
from node.search.fields import field_marks
from node.search.index import Document
from node.search.measuring import JudgedNeed
from node.search.question import Question
from node.search.search import document_of

if TYPE_CHECKING:
    from node.store import Reading

SALT = "A" * 22
"""Records are read by their rules; what is never published needs no secret."""
PAGE_ROWS = 500
GRADE_MAX = 4


def read_judged(needs_file: Path, qrels_file: Path) -> list[JudgedNeed]:
    """The needs that have judgements, in the file's order.

    Args:
        needs_file: JSON lines or CSV, with the columns ``yizhan import needs`` takes, and ids.
        qrels_file: a line a judgement: need id, result id, and the grade 0..4 if not 1, apart by
            white space.

    Raises:
        ConfigError: a file cannot be read, holds a row that breaks its rule, or judges nothing.
    """
    answers = _read_qrels(qrels_file)
    judged = []
    for number, id_, row in _rows(needs_file):
        try:
            need = to_need(row, needs_file.name, SALT)
        except InvalidError as error:
            raise _row_error(needs_file, number, error.message) from None
        if any(answers.get(id_, {}).values()):
            rest = "\n".join((need.text, *need.indicators, " ".join(need.keywords)))
            marks = field_marks(need.field or "")
            judged.append(JudgedNeed(id_, Question(need.title, rest, marks, True), answers[id_]))
    if not judged:
        raise ConfigError(
            f"{qrels_file} judges no need of {needs_file}",
            "The first column names needs by the ids of the needs file.",
        )
    return judged


def read_documents(file: Path) -> list[Document]:
    """Results of a file with the columns ``yizhan import results`` takes, and ids.

    Raises:
        ConfigError: it cannot be read, or holds a row that breaks its rule.
    """
    documents = []
    for number, id_, row in _rows(file):
        try:
            made = to_result(row, file.name, SALT)
        except InvalidError as error:
            raise _row_error(file, number, error.message) from None
        marks = field_marks(made.field or "", made.discipline or "")
        documents.append(Document(id_, made.title, made.text, made.keywords, marks))
    return documents


def held_documents(reading: "Reading") -> list[Document]:
    """The open results a node holds, under their ids."""
    documents: list[Document] = []
    after = ""
    while page := results.find(reading, state="open", limit=PAGE_ROWS, after=after):
        documents += [document_of(each) for each in page]
        after = page[-1].id
    return documents


def _rows(file: Path) -> Iterator[tuple[int, str, Mapping[str, Value]]]:
    for page in read_pages(file):
        if page.refused:
            raise _row_error(file, page.refused[0].row, page.refused[0].reason)
        for number, row in zip(page.numbers, page.rows, strict=True):
            id_ = first(row, ("id", "编号"))
            if not id_:
                raise _row_error(file, number, "it has no id")
            yield number, id_, row


def _read_qrels(file: Path) -> dict[str, dict[str, int]]:
    try:
        text = read_text(file.read_bytes(), file.name)
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from None
    answers: dict[str, dict[str, int]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        cells = line.split()
        if not cells:
            continue
        if len(cells) not in (2, 3) or not (grade := _grade(cells[2:])):
            raise _row_error(
                file, number, "not: need id, result id, and a grade from 0 to 4 if not 1"
            )
        answers.setdefault(cells[0], {})[cells[1]] = int(grade)
    return answers


def _grade(cells: list[str]) -> str:
    """The grade as written, 1 if left out, empty if it is none."""
    grade = cells[0] if cells else "1"
    return grade if grade.isascii() and grade.isdigit() and int(grade) <= GRADE_MAX else ""


def _row_error(file: Path, number: int, reason: str) -> ConfigError:
    return ConfigError(f"{file}, row {number}: {reason}", "Nothing was measured.")
