"""An item's line as its title and the text below it: bold words first are the title, otherwise the whole line is."""

import re

from . import blanks, inline, spans
from .document import TITLE_LENGTH, Field
from .signs import TICKS

_BOLD_FIRST = re.compile(r"(\*\*|__)(?=\S)((?:(?!\1)[^\n]){1,500})\1(\s*)(.*)$", re.DOTALL)
_SEPARATOR = re.compile(r"^(?:[-–—:|]|->|→)+\s+|^[:–—]\s*")
# Words that weigh a line and never say what is to be done.
_WEIGHT = re.compile(
    r"\W*(?:critical|important|required|mandatory|must|blocker|blocking|optional|recommended|note|p[0-4]|high|medium|low)\W*",
    re.IGNORECASE,
)
# Words that tell somebody to do something, at the beginning of a line.
IMPERATIVES = frozenset({
    "acknowledge", "activate", "add", "adjust", "agree", "allow", "announce", "apply", "approve", "archive", "ask",
    "assess", "assign", "attach", "avoid", "backport", "backup", "bring", "browse", "build", "bump", "call",
    "capture", "change", "check", "choose", "clean", "clear", "clone", "close", "collect", "commit", "communicate",
    "compare", "compile", "configure", "confirm", "consider", "contact", "coordinate", "copy", "create", "cut",
    "deactivate", "decide", "declare", "decrease", "define", "delegate", "delete", "deploy", "determine", "diagnose",
    "disable", "document", "downgrade", "download", "draft", "drain", "drop", "edit", "email", "enable", "engage",
    "ensure", "enter", "escalate", "evaluate", "examine", "execute", "export", "extract", "fetch", "finalize", "find",
    "fix", "follow", "gather", "generate", "get", "give", "go", "grant", "grep", "identify", "implement", "import",
    "improve", "increase", "increment", "inform", "initialize", "insert", "inspect", "install", "integrate",
    "investigate", "isolate", "keep", "laminate", "link", "locate", "log", "look", "make", "mark", "measure", "merge",
    "migrate", "minimize", "modify", "monitor", "move", "navigate", "notify", "obtain", "open", "optimize", "page",
    "pause", "perform", "pick", "ping", "place", "populate", "post", "prepare", "press", "promote", "provide",
    "publish", "pull", "purge", "push", "put", "read", "rebalance", "rebase", "reboot", "rebuild", "record",
    "recover", "recreate", "redeploy", "redirect", "reduce", "refresh", "regenerate", "register", "reindex",
    "reinstall", "reload", "remind", "remove", "rename", "renew", "reopen", "replace", "report", "reproduce",
    "request", "rerun", "reset", "resolve", "respond", "restart", "restore", "resume", "retry", "revert", "review",
    "revoke", "roll", "rollback", "rotate", "run", "save", "scale", "schedule", "select", "send", "set", "shut",
    "sign", "squash", "start", "stop", "submit", "switch", "sync", "tag", "take", "tell", "terminate", "test",
    "toggle", "triage", "try", "turn", "tweet", "undo", "uninstall", "unset", "unzip", "update", "upgrade", "upload",
    "use", "validate", "verify", "visit", "wait", "warn", "watch", "wipe", "write",
})  # fmt: skip
# A word alone in bold is stressed, and what it goes with follows: `**Verify** DNS records`.
_VERBS = IMPERATIVES | {
    "after",
    "all",
    "any",
    "before",
    "do",
    "don't",
    "every",
    "if",
    "never",
    "no",
    "not",
    "only",
    "when",
}
_NUMBER = re.compile(r"[#(]?(?:[A-Z]{1,6}[-_. ]?)*\d[\d._-]*[a-z]?[).:]?")
_UNFINISHED = re.compile(r"(?:\b(?:that|the|a|an|of|to|for|with|in|on|by|all|no|not|sure|your|our)|,)$", re.IGNORECASE)
_STATES = re.compile(r"(?::[a-z][a-z0-9_+-]{1,40}:\s?/\s?)+:[a-z][a-z0-9_+-]{1,40}:\s+")  # of which one is chosen
_SENTENCE_END = re.compile(r"(?<=[\w)\]\"'”])[.!?]\s+(?=[A-Z(\"“])|[。！？]")
_MARKS_SHOWN = re.compile(r"~~|\[\^")  # marks whose meaning a title without them does not show


def title_and_detail(text: str, found: tuple[Field, ...] = ()) -> tuple[str, str]:
    """Title and text of an item's line; `found` are its blanks, which the text need not repeat."""
    text = TICKS.sub("", _STATES.sub("", text.strip()))
    masked = spans.mask(text)
    bold = _BOLD_FIRST.match(masked.text)
    if bold and len(text) <= spans.SEARCHED:
        title, rest = bold[2].strip().rstrip(":").rstrip(), masked.shown(bold[4]).strip()
        detail = _SEPARATOR.sub("", rest, count=1)
        if detail and _WEIGHT.fullmatch(title):
            return title_and_detail(detail, found)
        if detail and re.fullmatch(r"\([^()]*\)", title):  # `**(Manual step)** Open the page`: of what kind it is
            return shortened(_title(detail), spans.without_comments(text), spans.without_comments(text))
        if detail and _NUMBER.fullmatch(title):  # a number says nothing alone: `**PRC-7** — Keys are rotated`
            return shortened(_title(f"{masked.source(title)} {detail}"), spans.without_comments(text), "")
        if detail != rest or not rest or bold[2].rstrip().endswith(":") or (bold[3] and _stands_apart(title, rest)):
            title = _title(masked.source(title))
            return shortened(title, spans.without_comments(text), detail if blanks.says_more(detail, found) else "")
    shown = spans.without_comments(text)
    return shortened(_title(blanks.without_blanks(text)), shown, shown if _MARKS_SHOWN.search(masked.text) else "")


def of_file(name: str) -> str:
    """The words in the name of a file: `PULL_REQUEST` says "Pull request"."""
    if " " in name or not re.search(r"[^\W_][-_][^\W_]", name):
        return name
    words = re.sub(r"[-_]+", " ", name).strip()
    return (words.lower() if words.isupper() else words)[:1].upper() + (words.lower() if words.isupper() else words)[1:]


def _title(text: str) -> str:
    return TICKS.sub("", inline.plain(text))


def _stands_apart(title: str, rest: str) -> bool:
    """True where what follows bold words begins a sentence of its own: `**Freeze** Nobody merges`."""
    goes_on = title.lower() in _VERBS or _UNFINISHED.search(title)
    begins = re.match(r"[\"“(]?[A-Z]", rest) and " " in rest and not re.fullmatch(r"\([^()]{1,60}\)", rest)
    return bool(begins or spans.only_code(rest)) and not goes_on


def shortened(title: str, source: str, detail: str) -> tuple[str, str]:
    """The title cut after a sentence, else at a word, to 200 characters; what is cut stays whole in the detail."""
    if len(title) <= TITLE_LENGTH:
        return title or source.strip()[:TITLE_LENGTH] or "Untitled", detail
    sentences = [end.start() + 1 for end in _SENTENCE_END.finditer(title[:TITLE_LENGTH])]
    if sentences and sentences[-1] >= TITLE_LENGTH // 4:
        return title[: sentences[-1]], source
    cut = title[: TITLE_LENGTH - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > TITLE_LENGTH // 2 else cut) + "…", source
