"""What the columns of a table are for, by their names and cells: which says what is to be done, which only rates it."""

import re

from .tables import TableRow

_TASK = re.compile(
    r"(?:the )?(?:check(?:s|points?|[\s-]?list(?: items?)?| items?)?|tasks?|items?|steps?|actions?(?: items?)?|"
    r"activit(?:y|ies)|"
    r"requirements?|questions?|controls?|criteri(?:a|on)|what(?: to (?:do|check))?|to[\s-]?dos?|test(?:s| cases?)?|"
    r"verifications?|procedures?|deliverables?|gates?|aufgaben?|prüfpunkte?|prüfung(?:en)?|maßnahmen?|schritte?|"
    r"anforderung(?:en)?|tätigkeit(?:en)?|tâches?|étapes?|vérifications?|contrôles?|points? (?:de contrôle|"
    r"à vérifier)|"
    r"exigences?|tareas?|pasos?|acci[oó]n(?:es)?|verificaci[oó]n(?:es)?|requisitos?|tarefas?|passos?|atividades?|"
    r"(?:確認|チェック|作業|点検)?(?:項目|内容)|作業|手順|タスク|检查项目?|任务|步骤|항목)",
    re.IGNORECASE,
)
# Columns that number, date or rate a row: what is to be done stands beside them.
_BESIDE = re.compile(
    r"\W*(?:(?:\w+[ _-])?(?:id|no|nr|num(?:ber)?|nummer|code|ref(?:erence)?|status|state)|n[°º]|lfd\.? nr|priority|"
    r"prio|"
    r"priorität|severity|"
    r"owner|who|(?:verified|checked|tested|completed) by|initials|"
    r"responsib(?:le|ility)|assignee|assigned to|time|when|start|end|due(?: date)?|date|phase|type|result|done|"
    r"comments?|"
    r"notes?|remarks?|zuständig|verantwortlich|erledigt|datum|bemerkung(?:en)?|responsable|fait|statut|estado|fecha|"
    r"番号|担当者?|完了|状態|日付|備考|优先级|负责人|状态)\W*",
    re.IGNORECASE,
)
_ANSWER = re.compile(
    r"\W*(?:answers?|responses?|values?|actual(?: (?:value|result))?|reading|measured|antwort(?:en)?|wert|"
    r"réponse|valeur|"
    r"respuesta|valor|回答|答え|值|结果)\W*",
    re.IGNORECASE,
)
_COMMAND = re.compile(r"\b(?:commands?|cmd|run|befehle?|commandes?|comandos?)\b|コマンド|命令|指令", re.IGNORECASE)
_GROUP = re.compile(
    r"\W*(?:category|categories|area|group|section|phase|component|module|team|type|stage|kategorie|bereich|"
    r"catégorie|"
    r"domaine|categoría|área|カテゴリー?|分類|区分)\W*",
    re.IGNORECASE,
)
_HISTORY = re.compile(
    r"\W*(?:version|revision|rev|release|datum|date|author|autor|auteur|changes?|change description|"
    r"description|editor|approved by|summary|by|改訂|版|日付|変更内容|作成者)\W*",
    re.IGNORECASE,
)
_VERSIONED = re.compile(r"\W*(?:version|revision|rev|版|改訂)\W*", re.IGNORECASE)
_RISK = re.compile(
    r"\b(?:risks?|impact|likelihood|probability|mitigations?|threat|risiko|auswirkung|risque)\b", re.IGNORECASE
)
_CHANNEL = re.compile(r"\b(?:phone|e-?mail|slack|pager|contact|telefon|téléphone|mobile)\b|連絡先|電話", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"\[[^\[\]]{2,80}\]|<[^<>]{1,80}>|_{3,}|tbd|todo|[\w ]{1,30}(?: ?/ ?[\w -]{1,30}){1,4}", re.IGNORECASE
)
_TOTAL = re.compile(
    r"\W*(?:(?:sub|grand )?totals?|sum|score|overall|average|gesamt|summe|total général|somme|合計)\b", re.IGNORECASE
)


def names_task(header: tuple[str, ...]) -> bool:
    """True where a column is called `Check`, `Task`, `Aufgabe`…"""
    return any(_is_task(name) for name in header)


def rates_tasks(header: tuple[str, ...]) -> bool:
    """True for `Aufgabe | Nachweis | Status`: what is to be done, in whatever language, and how it stands."""
    return len(header) > 2 and names_task(header) and any(beside(name) for name in header)


def describes_task(header: tuple[str, ...]) -> bool:
    """True for `Task | Description`: something to do and what it is, not a word and its meaning."""
    return names_task(header[:1]) and bool(
        re.search(r"\b(?:descriptions?|explanation|details?)\b", header[-1], re.IGNORECASE)
    )


def is_record(header: tuple[str, ...]) -> bool:
    """True for a table that writes down what was or might be: versions, risks, people to call."""
    names = [name.strip("*_ ") for name in header]
    if len(names) < 2 or (names_task(header) and not any(_VERSIONED.fullmatch(name) for name in names)):
        return False
    versions = any(_VERSIONED.fullmatch(name) for name in names) and all(_HISTORY.fullmatch(name) for name in names)
    risks = sum(1 for name in names if _RISK.search(name[:60])) > 1
    return versions or risks or any(_CHANNEL.search(name[:60]) for name in names)


def counts_tasks(header: tuple[str, ...], body: list[TableRow]) -> bool:
    """True for `Phase | Tasks | Done` over numbers: how many there are, not which."""
    tasks = [at for at, name in enumerate(header) if at and _is_task(name)]
    cells = [row.cells[at] for row in body for at in tasks if at < len(row.cells) and row.cells[at].strip()]
    return bool(cells) and not any(map(_is_task, header[:1])) and all(re.fullmatch(r"[\W\d_]+", cell) for cell in cells)


def is_left_open(header: tuple[str, ...], body: list[TableRow]) -> bool:
    """True where a whole column waits for words: a form rather than a list of what is to be done."""
    asked = [at for at, name in enumerate(header) if not beside(name)]
    return any(not any("".join(row.cells[at : at + 1]).strip() for row in body) for at in asked)


def is_form(header: tuple[str, ...], body: list[TableRow]) -> bool:
    """True for two columns of which the second waits for words: `Go-live date | [MM/DD/YYYY]`."""
    waiting = [row for row in body if len(row.cells) > 1 and is_placeholder(row.cells[1].strip())]
    return len(header) == 2 and len(waiting) * 2 > len(body)


def waits(header: tuple[str, ...], body: list[TableRow]) -> bool:
    """True for questions with a column that waits for their answers: `Question | Answer`."""
    at = next((at for at, name in enumerate(header) if answers(name)), 0)
    if not at or not names_task(header[:at]) or not body:
        return False
    cells = [row.cells[at].strip("` ") if at < len(row.cells) else "" for row in body]
    return sum(not cell or is_placeholder(cell) for cell in cells) * 2 > len(cells)


def is_placeholder(cell: str) -> bool:
    """True for a cell that only says what to put there."""
    return bool(_PLACEHOLDER.fullmatch(cell[:100]))


def names_group(row: TableRow, body: list[TableRow]) -> bool:
    """True for a row that stands over those below it: all in bold among others that are not, or with one cell only.

    Of the second kind is the first row as well, so that a row that nobody finished is none.
    """
    if _is_bold(row):
        return sum(map(_is_bold, body)) * 2 < len(body)
    if not _is_alone(row) or not _is_alone(body[0]) or _is_alone(body[-1]):
        return False
    return sum(map(_is_alone, body)) * 3 <= len(body)


def _is_alone(row: TableRow) -> bool:
    """True for a row whose first cell is the only one with words."""
    return len(row.cells) > 1 and bool(row.cells[0].strip()) and not any(cell.strip() for cell in row.cells[1:])


def _is_bold(row: TableRow) -> bool:
    spoken = [cell for cell in row.cells if cell.strip()]
    return bool(spoken) and all(re.fullmatch(r"(\*\*|__)[^*_]+\1", cell) for cell in spoken)


def is_empty(row: TableRow) -> bool:
    """True for a row of cells in which nothing stands."""
    return not any(re.search(r"[\w☐☑□✅✓]", cell) for cell in row.cells)


def is_total(row: TableRow) -> bool:
    """True for the row that adds up the others."""
    first = next((cell for cell in row.cells if re.search(r"\w", cell)), "")
    return bool(_TOTAL.match(first[:60])) and any(re.match(r"[*_~≈$€ ]{0,4}\d", cell) for cell in row.cells)


def telling(header: tuple[str, ...], body: list[TableRow]) -> int:
    """The column whose cells say what is to be done, or -1 where each row has to be looked at by itself."""
    values = [[row.cells[at] if at < len(row.cells) else "" for row in body] for at in range(len(header))]
    spoken = [at for at, cells in enumerate(values) if sum(map(_says_something, cells)) * 2 > len(cells)]
    tasks = [at for at in spoken if _is_task(header[at])]
    others = [at for at in spoken if not _BESIDE.fullmatch(header[at][:60])]
    distinct = [at for at in tasks or others if not _repeats(values[at])]
    named = [at for at in distinct if tasks or not (_GROUP.fullmatch(header[at][:60]) and _repeats(values[at]))]
    return next(iter(named or distinct or tasks), -1)


def _is_task(name: str) -> bool:
    return any(_TASK.fullmatch(part.strip("*_ :?")) for part in name[:60].split("/"))


def _repeats(cells: list[str]) -> bool:
    """True where a column says the same of several rows, which it then names in groups."""
    spoken = [cell for cell in cells if cell.strip()]
    return len(set(spoken)) * 10 < len(spoken) * 9


def _says_something(cell: str) -> bool:
    return bool(re.search(r"[^\W\d_]", cell)) and not re.fullmatch(
        r"\W*(?:[A-Z]{1,4}[-.]?\d{1,4}|yes|no|n/a|tbd)\W*", cell
    )


def answers(name: str) -> bool:
    """True for a column that waits for what somebody finds out."""
    return bool(_ANSWER.fullmatch(name[:60]))


def holds_commands(name: str) -> bool:
    """True for a column of what is to be run."""
    return bool(_COMMAND.search(name[:60]))


def beside(name: str) -> bool:
    """True for a column that only numbers, dates or rates."""
    return bool(_BESIDE.fullmatch(name[:60]))
