"""Is this line code, and in which language? Needed for untagged fences and for code pasted without any fence."""

import re

SHELLS = frozenset(
    {"bash", "sh", "shell", "zsh", "fish", "ksh", "console", "shell-session", "shellsession", "terminal"}
    | {"bash-session", "sh-session", "shellscript", "shell-script"}
    | {"powershell", "pwsh", "ps1", "cmd", "bat", "dos"}
)
_SEARCHED = 400

_SHELL_WORDS = (
    "git|curl|wget|kubectl|helm|docker|docker-compose|podman|terraform|ansible|ansible-playbook|aws|gcloud|az|npm|npx|"
    "yarn|pnpm|pip|pip3|pipx|uv|poetry|python|python3|pytest|tox|make|cmake|cargo|go|mvn|gradle|java|node|ruby|bundle|"
    "rake|php|composer|sudo|systemctl|service|journalctl|ssh|scp|rsync|cd|cp|mv|rm|mkdir|chmod|chown|ls|cat|grep|sed|"
    "awk|tail|head|echo|export|source|psql|mysql|mysqldump|pg_dump|pg_restore|redis-cli|mongo|mongosh|openssl|dig|"
    "nslookup|ping|df|free|top|htop|ps|kill|tar|unzip|diff|jq|apt|apt-get|yum|dnf|brew|alembic|flyway|sleep|time|nginx|"
    "vault|consul|istioctl|kustomize|skaffold|argocd|flux|gh|celery|gunicorn|uvicorn|crontab|sha256sum|nc|watch|touch|"
    "ln|find|xargs|sort|oc|heroku|dotnet|rails|bun|deno|nx|vercel|netlify|flyctl|doctl|eksctl|kubeadm|minikube|skopeo|"
    "buildah|trivy|cosign|k6|sqlite3|mongodump|mongorestore|pg_basebackup|pg_isready|vacuumdb|createdb|dropdb|rabbitmqctl|"
    "etcdctl|velero|restic|borg|rclone|gsutil|gpg|lsof|netstat|iptables|ufw|firewall-cmd|certbot|du|dpkg|rpm|pm2|sysctl|"
    "yamllint|hadolint|shellcheck|eslint|ruff|mypy|twine|pre-commit|goreleaser|bazel|ansible-lint|tflint|tfsec|checkov|"
    "kubeconform|nerdctl|crictl|pulumi|supabase|wrangler|prisma|php-fpm|drush|mysqladmin|redis-benchmark|pg_ctl|gsutil|bq|"
    "supervisorctl|apachectl|liquibase|snyk|gitleaks|semgrep|nohup|printf|mktemp|base64|hostname|uname"
)
_SHELL = re.compile(
    rf"(?:[$#%>] )?(?:[A-Z_][A-Z0-9_]*=\S* )*(?:(?:{_SHELL_WORDS})(?: +[\w\"'$./~{{@-]\S*| *$| +\\$| *[|<>&])|"
    r"(?:\./|\.\./|~/|/(?:usr|opt|etc|bin|srv|var|home)/)[\w./-]+(?:\s|$)|[\w/-]+\.sh(?:\s|$))"
)
_FED = re.compile(r"<<-?\s?[\"']?([A-Z_]{2,20})\b")  # a here-document and its last line
_SHELL_PROSE = re.compile(
    r"\w[.!?]$|^(?:go|make|find|sort|watch|time|head|top|service|source|echo|node|touch|kill) "
    r"(?:to|sure|the|a|an|for|at|if|up|out|your)\b"
)
_PROMPT = re.compile(
    r"(?:\$ (?!\d)|\[?[\w.-]{1,40}@[\w.-]{1,60}[: ][\w~/.-]{0,80}\]?[$#] ?|(?:PS )?[A-Z]:\\[^<>|\n]{0,80}> ?)\S"
)
_KEYWORD = re.compile(  # lines of a script that are no commands by themselves
    r"(?:if|elif|while|until) (?:\[|!|\(\()|for \w+ in [^:]*(?:; ?do)?$|(?:then|do|done|fi|else|esac)\b(?!:)|"
    r"set -[a-z]|\w+=\$\(|[\w.-]+\(\) ?\{$"
)
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
    return bool(_MERMAID.match(text[:_SEARCHED]))


def continues_diagram(text: str) -> bool:
    """True for a further line of mermaid source, also where its indent was lost."""
    return bool(_MERMAID_BODY.search(text[:_SEARCHED]))


def session(text: str) -> tuple[str, str]:
    """(commands, output) of what a terminal showed: without prompts, and what they printed apart from them.

    A text without prompts is all commands.
    """
    lines = text.split("\n")
    if not any(_PROMPT.match(line.strip()[:_SEARCHED]) for line in lines):
        return text, ""
    commands: list[str] = []
    printed: list[str] = []
    goes_on = True
    for line in lines:
        prompt = _PROMPT.match(line.strip()[:_SEARCHED])
        if prompt:
            line = line.strip()[prompt.end() - 1 :]
        is_command = bool(prompt) or goes_on or is_comment(line)
        (commands if is_command else printed).append(line)
        goes_on = is_command and (line.endswith("\\") or (goes_on and not prompt and is_comment(line)))
    return "\n".join(commands).strip("\n"), "\n".join(printed).strip("\n")


def is_prompt(text: str) -> bool:
    """True for a command behind its prompt: `$ make`, `root@db1:~# make`, `C:\\> make`."""
    return bool(_PROMPT.match(text[:_SEARCHED]))


def is_shell(text: str, *, fenced: bool = False) -> bool:
    """True for a line that reads like a shell command; outside a fence it must not read like a sentence too."""
    text = text[:_SEARCHED].strip()
    if _PROMPT.match(text):
        return True
    if not _SHELL.match(text):
        return False
    return fenced or not (_SHELL_PROSE.search(text) and " " in text and "://" not in text)


def is_comment(text: str) -> bool:
    """True for a line that is a comment in most languages."""
    return bool(_COMMENT.match(text[:_SEARCHED].strip()))


def is_code(text: str) -> bool:
    """True for a line that is hardly prose: an assignment, a call, a keyword, a bracket, a command."""
    text = text[:_SEARCHED].strip()
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
    body = [line.strip()[:_SEARCHED] for line in lines[:200] if line.strip()]
    uncommented = [line for line in body if not is_comment(line)]
    if not body:
        return ""
    if starts_diagram(body[0]):
        return "mermaid"
    if not uncommented:
        return "shell" if any(is_shell(line.lstrip("#/- ")) for line in body) else ""
    if _is_script(_statements(uncommented), fenced=fenced):
        return "shell"
    if all(_ENV.match(line) for line in uncommented):
        return "dotenv"
    return _by_first_words(uncommented)


def _is_script(lines: list[str], *, fenced: bool) -> bool:
    """True where half of the lines are commands, and the first one or its keyword or variable is of a shell."""
    if _PROMPT.match(lines[0]):
        return True  # what follows may be the output of the command
    commands = [is_shell(line, fenced=fenced) for line in lines]
    around = [bool(_KEYWORD.match(line) or _ENV.match(line)) for line in lines]
    begins = commands[0] or around[0]
    return begins and any(commands) and (sum(commands) + sum(around)) * 2 >= len(lines)


def _statements(lines: list[str]) -> list[str]:
    """The first line of every command: what goes on behind a backslash or is fed to it counts with it."""
    found: list[str] = []
    goes_on, fed_until = False, ""
    for line in lines:
        if fed_until:
            fed_until = "" if line == fed_until else fed_until
            continue
        if not goes_on:
            found.append(line)
        goes_on = line.endswith("\\")
        fed = _FED.search(line)
        fed_until = fed[1] if fed else ""
    return found


def _by_first_words(uncommented: list[str]) -> str:
    first = uncommented[0]
    if re.match(r"(?:CREATE|ALTER|INSERT|SELECT|UPDATE|DELETE|DROP|WITH|BEGIN)\b", first):
        return "sql"
    if first[0] in "{[" and len(first) == 1:
        return "json"
    if any(
        re.match(r"(?:import |from [\w.]+ import|def |class |async def |try:|@|if .*:$|for .*:$)", line)
        for line in uncommented
    ):
        return "python"
    return ""
