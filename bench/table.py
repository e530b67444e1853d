"""All figures, in the order in which they are taken: verifying first, while there is little to verify."""

from bench.measures import acts, boards, browser, chain, ledger, lists, live, probes, records, serving, studio

SUBJECTS = [
    module.__name__ for module in (ledger, serving, boards, acts, studio, records, browser, live, probes, lists, chain)
]
