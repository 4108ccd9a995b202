"""ODRL test mode: test cases of other people, decided by this product's evaluator.

A case names a policy, a request, a state of the world and the report it expects. Policies of this kind are no licenses
of a library: they are read here to test the evaluator against somebody else's expectations, and never filed. A case
that our closed vocabulary can say is *mapped* and has to agree; any other is *refused* with the reason.

    results = run_suite([folder])
    print(table(results))

Where ODRL and the product differ on purpose, the case is refused with that as its reason: a duty in an unknown state
leaves an ODRL permission active, and denies here.
"""

from assetlib.rights.odrl.suite.run import ASSUMPTIONS, CaseResult, run_suite, table

__all__ = ["ASSUMPTIONS", "CaseResult", "run_suite", "table"]
