"""What a failed case of the laboratory says in an assertion."""

from faultlab.report_model import Case


def told(case: Case) -> str:
    """How a case went, for whoever looks into a failure."""
    findings = (f"{finding.id} {finding.ok} {finding.detail}" for finding in case.findings)
    return "\n".join([f"{case.id}, seed {case.seed}: {case.reason}", *findings, *case.logs])
