"""What a machine could ask instead of a person: read from a command, a code span or a query."""

import re

_CURL = re.compile(r"^(?:\$ )?curl\s(?P<options>[^\n|;&]*)", re.MULTILINE)
_URL = re.compile(r"https?://[^\s\"'`<>|;]+")
_SENDS = re.compile(
    r"(?:^|\s)(?:-X\s*(?!GET\b|HEAD\b)\w|--request[ =](?!GET\b|HEAD\b)|-d\b|--data|-F\b|--form|-T\b|--upload|--json)"
)
_HEALTH = re.compile(
    r"/(?:[\w-]*health[\w-]*|live(?:z|ness)?|ready?z?|readiness|ping|status|metrics|up|version|-/healthy|-/ready)\b",
    re.IGNORECASE,
)
_REDIS = re.compile(r"^(?:\$ )?redis-cli(?P<options>(?:\s+-\w\s+\S+)*)\s+(?:ping|PING)\b", re.MULTILINE)
_QUERY = re.compile(
    r"^[# \t]{0,20}((?:histogram_quantile|sum|avg|max|min|count|rate|irate|increase|up|absent)\s?[({]"
    r".*(?:\[\d+[smhd]\]|\{[^}\n]{0,300}\}).*)$",
    re.MULTILINE,
)


# Reports about this machine that change nothing, alone on their line.
_REPORT = re.compile(r"^(?:\$ )?((?:df|free)(?: +[-/][\w./=-]*){0,9}) *$", re.MULTILINE)


def probe_of(text: str) -> tuple[str, dict[str, str]] | None:
    """Kind and settings of the probe that a piece of code could be; None where it asks nothing of the kind.

    What only people know, such as the address of their Prometheus, is left out.
    """
    if redis := _REDIS.search(text):
        options = dict(re.findall(r"-(\w)\s+(\S+)", redis["options"]))
        address = f"{options.get('h', '127.0.0.1')}:{options.get('p', '6379')}"
        return "redis", {"address": address, "conditions": 'answer == "PONG"'}
    if query := _QUERY.search(text):
        return "prometheus", {"queries": f"value = {query[1].strip()}"}
    for curl in _CURL.finditer(text):
        url = _URL.search(curl["options"])
        if url and not _SENDS.search(curl["options"]) and _HEALTH.search(url[0]):
            return "http", {"url": url[0].rstrip(".,:"), "conditions": "status == 200"}
    if report := _REPORT.search(text):
        return "command", {"argv": "\n".join(report[1].split())}
    return None
