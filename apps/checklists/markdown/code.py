"""Is this line code, and in which language? Needed for untagged fences and for code pasted without any fence."""

import re

SHELLS = frozenset(
    {"bash", "sh", "shell", "zsh", "fish", "ksh", "console", "shell-session", "shellsession", "terminal"}
    | {"powershell", "pwsh", "ps1", "cmd", "bat", "dos"}
)
_LOOKED_AT = 400

_SHELL_WORDS = (
    "git|curl|wget|kubectl|helm|docker|docker-compose|podman|terraform|ansible|ansible-playbook|aws|gcloud|az|npm|npx|"
    "yarn|pnpm|pip|pip3|pipx|uv|poetry|python|python3|pytest|tox|make|cmake|cargo|go|mvn|gradle|java|node|ruby|bundle|"
    "rake|php|composer|sudo|systemctl|service|journalctl|ssh|scp|rsync|cd|cp|mv|rm|mkdir|chmod|chown|ls|cat|grep|sed|"
    "awk|tail|head|echo|export|source|psql|mysql|mysqldump|pg_dump|pg_restore|redis-cli|mongo|mongosh|openssl|dig|"
    "nslookup|ping|df|free|top|htop|ps|kill|tar|unzip|diff|jq|apt|apt-get|yum|dnf|brew|alembic|flyway|sleep|time|nginx|"
    "vault|consul|istioctl|kustomize|skaffold|argocd|flux|gh|celery|gunicorn|uvicorn|crontab|sha256sum|nc|watch|touch|"
    "ln|find|xargs|sort"
)
_SHELL = re.compile(
    rf"(?:[$#%>] )?(?:[A-Z_][A-Z0-9_]*=\S* )*(?:(?:{_SHELL_WORDS})(?: +[\w\"'$./~{{-]\S*| *$| +\\$| *[|>&])|"
    r"(?:\./|\.\./|~/|/(?:usr|opt|etc|bin|srv|var|home)/)[\w./-]+(?:\s|$)|[\w/-]+\.sh(?:\s|$))"
)
_SHELL_PROSE = re.compile(
    r"\w[.!?]$|^(?:go|make|find|sort|watch|time|head|top|service|source|echo|node|touch|kill) "
    r"(?:to|sure|the|a|an|for|at|if|up|out|your)\b"
)
_PROMPT = re.compile(r"^\$ \S")
_ENV = re.compile(r"^#?\s?[A-Z][A-Z0-9_]{2,}=\S*")
_STRONG = re.compile(
    r"^(?:import [\w.]+(?: as \w+)?(?:, ?[\w.]+)*;?$|from [\w.]+ import |(?:async )?def \w+\(|class \w+[(:{ ]?.*[:{]$|"
    r"@\w[\w.]*(?:\(.*)?$|(?:try|else|finally|do):?\s*\{?$|(?:if|elif|while|except|switch|catch)\b.*[:{]$|"
    r"(?:async )?for .* in .*:$|for ?\(.*|(?:async )?with .*(?: as |\().*:$|"
    r"return(?: .*)?$|raise \w+|(?:const|let|var) \w+|function\b.*[{(]|(?:public|private|protected|static) \w+|"
    r"(?:CREATE|ALTER|DROP) (?:TABLE|INDEX|DATABASE|VIEW|UNIQUE)|INSERT INTO |"
    r"SELECT .* FROM |UPDATE \w+ SET|DELETE FROM|"
    r"\w+ (?:SERIAL|INTEGER|BIGINT|TEXT|VARCHAR|BOOLEAN|JSONB?|TIMESTAMPTZ?|UUID|NUMERIC)\b.*,?$|VALUES \(|<\?\w+|#!/|"
    r"[)\]}]+[;,)]*$|[{\[(]$|\"\"\"|'''|[\"'][\w.-]+[\"']\s*:\s|"
    r"[\w.\[\]\"']+ ?(?:=|\+=|:=) ?\S.*|[\w.]+\((?:.*\)[;,]?|[^)]*)$|"
    r"//\s|/\*|\*/|.*[;{]$|.*\($|--\s\w+$|[a-z_][\w-]*:$|\w+\.\w+\(.*)"
)
_COMMENT = re.compile(r"^(?:#(?!\w*$)\s?|//|--\s)")
_MERMAID = re.compile(
    r"^(?:(?:flowchart|graph)\s+(?:TB|TD|BT|LR|RL)\b|sequenceDiagram\b|classDiagram\b|stateDiagram|erDiagram\b|gantt\s*$|"
    r"journey\s*$|mindmap\s*$)"
)
_MERMAID_BODY = re.compile(
    r"^(?:style|classDef|class|subgraph|end|click|linkStyle|direction|participant|actor|note|loop|alt|title|section)\b|"
    r"--+>|-\.->|==+>|---|->>|--x|:::|^%%|^[A-Za-z]\w{0,30}[\[({]"
)


def starts_diagram(text: str) -> bool:
    """True for the first line of mermaid source."""
    return bool(_MERMAID.match(text[:_LOOKED_AT]))


def continues_diagram(text: str) -> bool:
    """True for a further line of mermaid source, also where its indent was lost."""
    return bool(_MERMAID_BODY.search(text[:_LOOKED_AT]))


def is_shell(text: str, *, fenced: bool = False) -> bool:
    """True for a line that reads like a shell command; outside a fence it must not read like a sentence too."""
    text = text[:_LOOKED_AT].strip()
    if _PROMPT.match(text):
        return True
    if not _SHELL.match(text):
        return False
    return fenced or not (_SHELL_PROSE.search(text) and " " in text and "://" not in text)


def is_comment(text: str) -> bool:
    """True for a line that is a comment in most languages."""
    return bool(_COMMENT.match(text[:_LOOKED_AT].strip()))


def is_code(text: str) -> bool:
    """True for a line that is hardly prose: an assignment, a call, a keyword, a bracket, a command."""
    text = text[:_LOOKED_AT].strip()
    if not text:
        return False
    return bool(_ENV.match(text)) or is_shell(text) or (bool(_STRONG.match(text)) and not _reads_as_prose(text))


def _reads_as_prose(text: str) -> bool:
    """Guards the loose patterns: a capital, several plain words and a full stop make a sentence."""
    words = text.split()
    if text.endswith((".", "!", "?")) and len(words) > 3 and not re.search(r"[=(){}\[\];]", text):
        return True
    return bool(re.match(r"[A-Z][a-z]+(?: [a-z]+){2,}[^=(){}\[\];]*$", text))


def language(lines: list[str], *, fenced: bool = False) -> str:
    """A guess at the language of untagged code: shell, dotenv, sql, json, python, mermaid or nothing."""
    body = [line.strip()[:_LOOKED_AT] for line in lines[:200] if line.strip()]
    spoken = [line for line in body if not is_comment(line)]
    if not body:
        return ""
    if starts_diagram(body[0]):
        return "mermaid"
    if not spoken:
        return _of_comments(body)
    commands = sum(1 for line in spoken if is_shell(line, fenced=fenced))
    if commands * 2 >= len(spoken) and is_shell(spoken[0], fenced=fenced):
        return "shell"
    if all(_ENV.match(line) for line in spoken):
        return "dotenv"
    return _by_first_words(spoken)


def _of_comments(body: list[str]) -> str:
    uncommented = [line.lstrip("#/- ") for line in body]
    return "shell" if any(is_shell(line) for line in uncommented if line) else ""


def _by_first_words(spoken: list[str]) -> str:
    first = spoken[0]
    if re.match(r"(?:CREATE|ALTER|INSERT|SELECT|UPDATE|DELETE|DROP|WITH|BEGIN)\b", first):
        return "sql"
    if first[0] in "{[" and len(first) == 1:
        return "json"
    if any(
        re.match(r"(?:import |from [\w.]+ import|def |class |async def |try:|@|if .*:$|for .*:$)", line)
        for line in spoken
    ):
        return "python"
    return ""
