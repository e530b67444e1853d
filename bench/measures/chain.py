"""How fast a long chain is read. It is taken last, because it takes minutes to write."""

import time

from django.db import transaction

from apps.ledger import commands, selectors
from apps.ledger.events import HeadAnchored
from apps.ledger.models import Stream
from bench.figures import figure
from bench.measures import Bench

CHAIN = "bench/chain"
ENTRIES = 50_000
AT_ONCE = 1_000


@figure("verify_ledger, entries a CPU second on a chain of 50,000", 6_000, at_least=True, rounds=3, warm_up=0)
def long_chain(bench: Bench) -> float:
    """One chain, read and judged from its first entry to its last."""
    stream = _chain()
    start = time.process_time()
    found = selectors.chain_faults(stream)
    taken = time.process_time() - start
    if found:
        raise SystemExit(f"the chain is broken: {found[0]}")
    return stream.length / taken


def _chain() -> Stream:
    stream = Stream.objects.filter(name=CHAIN).first()
    length = stream.length if stream else 0
    for begin in range(length, ENTRIES, AT_ONCE):
        with transaction.atomic():
            for number in range(begin, begin + AT_ONCE):
                noted = HeadAnchored(chain=CHAIN, sequence=number, digest="0" * 64)
                commands.record(CHAIN, noted, by=commands.SYSTEM)
    return Stream.objects.get(name=CHAIN)
