"""All figures, in the order in which they are taken: verifying first, while there is little to verify."""

from bench.measures import (
    acts,
    boards,
    browser,
    chain,
    ledger,
    lists,
    live,
    probe_pages,
    probes,
    records,
    serving,
    studio,
)

MODULES = (ledger, serving, boards, acts, studio, records, browser, live, probes, probe_pages, lists, chain)
SUBJECTS = [module.__name__ for module in MODULES]
