"""Machines fail: workers, brokers, servers, lines. What a person was told is done stays done, and pages say how it is.

What takes its time to come back (a worker's lease runs 15 s, what nobody took is sent again after 30 s) is broken
first and looked at last. Only the supervisor is killed after that: a lease ends in the middle of this story, and who
kills everything then meets a second attempt at work and makes it a third.
"""

import http.server
import re
import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from project import processes
from tests.cast import PASSWORD
from tests.journeys.person import Answer, Person, Wire, verify
from tests.journeys.staged import ask
from tests.journeys.standing import Stand

BOARD = "/t/pay/deployments/1/"
RECORDS = f"{BOARD}records/"
COMES_BACK = 60_000  # ms: a lease or what nobody took, a sweep, and the work itself
HELD, ASKING, ASKING_TOO = 2, 3, 4  # items with a probe

pytestmark = pytest.mark.journey


class Target(http.server.ThreadingHTTPServer):
    """A service that answers a probe when it is told to."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []
        self.may_answer = threading.Event()
        self.may_answer.set()

    def was_asked(self, path: str, times: int = 1) -> bool:
        """Whether `path` was asked for so often within half a minute."""
        return processes.wait_until(lambda: self.asked.count(path) >= times, seconds=30)


class Handler(http.server.BaseHTTPRequestHandler):
    """One question of a probe."""

    server: Target

    def do_GET(self) -> None:
        """Answer "healthy", once it may."""
        self.server.asked.append(self.path)
        self.server.may_answer.wait(20)
        self.send_response(200)
        self.send_header("Content-Length", "7")
        self.end_headers()
        self.wfile.write(b"healthy")

    def handle(self) -> None:
        """A worker that was killed does not listen any more."""
        try:
            super().handle()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Keep the test's output to itself."""


@pytest.fixture(scope="module")
def slow() -> Iterator[Target]:
    """A service that answers when it may."""
    server = Target()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.may_answer.set()
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory, engine: str, slow: Target) -> Iterator[Stand]:
    """One Keyturn for every outage."""
    variables = {"KEYTURN_PROBE_ALLOW": f"127.0.0.1:{slow.server_address[1]}", "KEYTURN_TASK_SECONDS": "40"}
    stand = Stand(tmp_path_factory.mktemp("kt"), engine, **variables)
    try:
        yield stand.start()
    finally:
        stand.stop()


@pytest.fixture(scope="module")
def team(team: SimpleNamespace, slow: Target) -> SimpleNamespace:
    """The people of all stories, and three items that a probe looks after."""
    for item in (HELD, ASKING, ASKING_TOO):
        address = f"http://127.0.0.1:{slow.server_address[1]}/{item}"
        values = {"name": f"Health {item}", "url": address, "conditions": 'body contains "healthy"', "timeout": 15}
        assert team.member.post(f"{BOARD}items/{item}/probe/attach/", values).status == 302
    return team


@pytest.fixture(scope="module")
def board(stand: Stand, team: SimpleNamespace, browser: Browser) -> Iterator[Person]:
    """A board that stays open through everything and is never loaded again."""
    ruth = Person(browser, stand.site, session=team.sessions["reviewer"])
    ruth.open(BOARD)
    yield ruth
    ruth.context.close()


def sign(who: Wire, item: int) -> Answer:
    """Turn the next key of an item over what its page shows."""
    page = who.get(f"{BOARD}items/{item}/").text
    hidden = {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in ("shown", "intent", "slot")}
    return who.post(f"{BOARD}items/{item}/sign/", hidden | {"password": PASSWORD})


def row(page: Page, item: int) -> Locator:
    return page.locator(f"#item-{item}")


def recorded(stand: Stand, kind: str, item: str = "") -> int:
    """How many entries of a kind the ledger holds, about an item or about none."""
    return ask(stand.site, "entries").count([kind, item])


def runs_of(stand: Stand, item: str) -> list[list[object]]:
    """(status, attempt) of every run of an item's probe."""
    return [rest for of, *rest in ask(stand.site, "work")["runs"] if of == item]


@pytest.fixture(scope="module")
def broker_was_dead(stand: Stand, team: SimpleNamespace, board: Person) -> SimpleNamespace:
    """The broker is killed; meanwhile a key is turned, a probe ordered, and pages are read."""
    with stand.without_broker():
        assert stand.ready() == {"database": True, "broker": False}
        signed = sign(team.member, 1)
        ordered = team.member.post(f"{BOARD}items/{HELD}/probe/run/")
        expect(row(board.page, 1)).to_contain_text("first key turned by 佐藤 Mika")
        pages = [team.member.get(path) for path in (BOARD, f"{BOARD}items/{HELD}/", RECORDS, f"{BOARD}history/")]
    return SimpleNamespace(signed=signed, ordered=ordered, pages=pages)


@pytest.fixture(scope="module")
def workers_were_killed(
    stand: Stand, team: SimpleNamespace, browser: Browser, slow: Target, broker_was_dead: SimpleNamespace
) -> Iterator[SimpleNamespace]:
    """Two probes lose their worker while they ask, a record while it is made."""
    lost = SimpleNamespace(**{
        name: Person(browser, stand.site, session=team.sessions["lead"]) for name in ("one", "other", "record")
    })  # fmt: skip
    lost.one.open(f"{BOARD}items/{ASKING}/")
    lost.other.open(f"{BOARD}items/{ASKING_TOO}/")
    slow.may_answer.clear()
    for person, item in ((lost.one, ASKING), (lost.other, ASKING_TOO)):
        team.member.post(f"{BOARD}items/{item}/probe/run/")
        assert slow.was_asked(f"/{item}")
        expect(person.page.locator("#probe")).to_contain_text("Running")
    stand.kill("probes@")
    lost.record.open(RECORDS)
    lost.record.page.get_by_role("button", name="Make a record").click()
    being_made = re.compile("Collecting|Laying out|Writing", re.I)
    row_of_it = f"{RECORDS}1/"
    assert processes.wait_until(
        lambda: being_made.search(team.lead.get(row_of_it, **{"HX-Request": "true"}).text), seconds=30
    )
    stand.kill_pool()
    stand.kill("records@")
    slow.may_answer.set()
    yield lost
    for person in vars(lost).values():
        person.context.close()


def test_signing_goes_on_while_the_broker_is_dead(stand, team, board, broker_was_dead):
    assert (broker_was_dead.signed.status, broker_was_dead.ordered.status) == (302, 302)
    assert [page.status for page in broker_was_dead.pages] == [200] * 4
    assert "first key turned by 佐藤 Mika" in broker_was_dead.pages[0].text
    # And once it is back, the board follows at once again.
    assert sign(team.member, 6).status == 302
    expect(row(board.page, 6)).to_contain_text("first key turned by 佐藤 Mika")
    expect(board.page.locator("#connection")).to_be_hidden()


def test_a_broker_that_answers_nothing_makes_the_board_late_and_never_wrong(stand, team, board, broker_was_dead):
    with stand.silent_broker():
        assert sign(team.member, 7).status == 302
        expect(row(board.page, 7)).to_contain_text("first key turned by 佐藤 Mika", timeout=20_000)
        assert sign(team.member, 8).status == 302
        expect(row(board.page, 8)).to_contain_text("first key turned by 佐藤 Mika", timeout=10_000)


def test_a_probe_whose_worker_is_killed_says_that_it_runs(team, workers_were_killed):
    for person in (workers_were_killed.one, workers_were_killed.other):
        expect(person.page.locator("#probe")).to_contain_text("Running")
        expect(person.page.locator("#probe .tag.verified")).to_have_count(0)
        person.check_accessibility()


def test_a_killed_web_server_loses_nothing_it_acknowledged(stand, team, board, browser):
    mika = Person(browser, stand.site, session=team.sessions["member"])
    mika.open(f"{BOARD}items/11/")
    mika.page.locator("#add-note summary").click()
    mika.page.locator("#note-text").fill("Half a sentence about")
    assert sign(team.reviewer, 10).status == 302
    with stand.without("uvicorn"):
        for person in (board, mika):
            banner = person.page.locator("#connection")
            expect(banner).to_contain_text("Connection lost")
            expect(banner).to_contain_text(re.compile(r"\d+ s ago\. You see things as of \d\d:\d\d:\d\d UTC"))
            expect(person.page.locator("body")).to_have_class(re.compile(r"\bstale\b"))
        turn = mika.page.get_by_role("button", name="Turn first key")
        expect(turn).to_be_disabled()
        expect(mika.page.locator("#sign")).to_contain_text("Waits for the connection.")
        mika.check_accessibility()
    for person in (board, mika):
        expect(person.page.locator("#connection")).to_be_hidden(timeout=60_000)
        expect(person.page.locator("body")).not_to_have_class(re.compile(r"\bstale\b"))
    expect(row(board.page, 10)).to_contain_text("first key turned by Ruth Okafor")
    expect(mika.page.locator("#note-text")).to_have_value("Half a sentence about")
    expect(turn).to_be_enabled()
    expect(mika.page.locator(".stale-note")).to_have_count(0)
    mika.page.locator("#sign-password").fill(PASSWORD)
    turn.click()
    expect(row(board.page, 11)).to_contain_text("first key turned by 佐藤 Mika")
    mika.context.close()


def test_a_lost_line_is_said_and_everything_missed_appears(stand, team, browser):
    ruth = Person(browser, stand.site, session=team.sessions["reviewer"])
    page = ruth.open(BOARD)
    page.locator("#item-12 > a").click()
    page.locator("#detail #add-note summary").click()
    page.locator("#detail #note-text").fill("Written on a train")
    ruth.context.set_offline(True)
    banner = page.locator("#connection")
    expect(banner).to_contain_text("Connection lost")
    expect(banner).to_contain_text(re.compile(r"as of \d\d:\d\d:\d\d UTC\. What you type stays here; keys wait"))
    expect(page.locator("body")).to_have_class(re.compile(r"\bstale\b"))
    held = page.locator("#detail [data-needs-connection]:visible")
    expect(held.first).to_be_disabled()
    assert page.locator("[data-needs-connection]:not([disabled])").count() == 0
    for item in (13, 14, 15):
        assert sign(team.member, item).status == 302
    note = {"kind": "note", "text": "Seen while they were away."}
    assert team.member.post(f"{BOARD}items/16/evidence/attach/", note).status == 302
    expect(row(page, 13)).not_to_contain_text("first key turned")
    page.locator("#detail #note-text").press_sequentially(", without a line")
    ruth.context.set_offline(False)
    expect(banner).to_be_hidden()
    for item in (13, 14, 15):
        expect(row(page, item)).to_contain_text("first key turned by 佐藤 Mika")
    expect(row(page, 16)).to_contain_text("1 piece of evidence")
    expect(page.locator("#detail #note-text")).to_have_value("Written on a train, without a line")
    page.locator("#detail").get_by_role("button", name="Attach note").click()
    expect(page.locator("#detail")).to_contain_text("Written on a train, without a line")
    expect(row(page, 12)).to_contain_text("1 piece of evidence")
    assert ruth.errors == []
    ruth.context.close()


@pytest.mark.parametrize(("whose", "item"), [("one", ASKING), ("other", ASKING_TOO)])
def test_a_probe_whose_worker_was_killed_ends_in_one_result(stand, team, slow, workers_were_killed, whose, item):
    page = getattr(workers_were_killed, whose).page
    expect(page.locator("#probe .tag.verified").first).to_be_visible(timeout=COMES_BACK)
    expect(page.locator("#probe")).to_contain_text(re.compile(r"attempt\s+2"))
    assert runs_of(stand, team.items[str(item)]) == [["passed", 2]]
    assert recorded(stand, "probe.recorded", team.items[str(item)]) == 1
    assert slow.asked.count(f"/{item}") == 2


def test_a_record_whose_worker_was_killed_is_filed_once(stand, workers_were_killed):
    page = workers_were_killed.record.page
    # "Filed as data" is how one ends whose pages could not be made; then the record itself says why.
    expect(page.locator("#record-1 .tag")).to_have_text(re.compile("Filed"), timeout=COMES_BACK)
    assert page.locator("#record-1 .notice").all_inner_texts() == []
    with page.expect_download() as download:
        page.get_by_role("link", name="Download PDF").click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    assert ask(stand.site, "work")["records"] == [[1, "filed", 2]]
    assert recorded(stand, "record.filed") == 1


def test_a_probe_ordered_without_a_broker_ends(stand, team, board, broker_was_dead):
    expect(board.page.locator(f"#item-{HELD} .probe.verified")).to_be_visible(timeout=COMES_BACK)
    # Any message brings it to a worker, also to the one that was killed meanwhile, which is one attempt and no more.
    [(state, attempt)] = runs_of(stand, team.items[str(HELD)])
    assert state == "passed"
    assert attempt in (1, 2)
    assert recorded(stand, "probe.recorded", team.items[str(HELD)]) == 1


def test_a_killed_supervisor_loses_nothing_it_acknowledged(stand, team, board):
    assert sign(team.member, 17).status == 302
    stand.kill_all()
    stand.site.start()
    assert team.reviewer.get(f"{BOARD}rows/?items={team.items['17']}").text.count("first key turned by 佐藤 Mika") == 1
    assert recorded(stand, "item.signed", team.items["17"]) == 1
    whole = verify(stand.site)
    assert whole.returncode == 0, whole.stdout + whole.stderr
    expect(row(board.page, 17)).to_contain_text("first key turned by 佐藤 Mika", timeout=60_000)
    expect(board.page.locator("#connection")).to_be_hidden()


def test_after_all_of_it_the_ledger_is_whole_and_no_page_broke(stand, board, workers_were_killed):
    whole = verify(stand.site)
    assert whole.returncode == 0, whole.stdout + whole.stderr
    people = [board, *vars(workers_were_killed).values()]
    assert [person.errors for person in people] == [[]] * len(people)
    assert "Traceback" not in stand.site.output, stand.site.output
