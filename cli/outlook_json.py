"""What a run would do, as JSON for scripts."""

import json
from dataclasses import asdict

from ..compiler.plan import Plan
from ..runtime.foresee import Outlook


def outlook_json(plan: Plan, outlook: Outlook) -> str:
    """`steps` in the plan's order, and `totals` of those that run. Sizes in bytes, times in
    seconds; null where no earlier run tells."""
    at = {step.id: step.at for step in plan}
    steps = [
        {
            "step_id": p.step_id,
            "status": p.status,
            "key": p.key,
            "why": p.why,
            "reasons": [asdict(reason) for reason in p.reasons],
            "at": at[p.step_id],
            "estimate": asdict(outlook.estimates[p.step_id]) if p.status != "cached" else None,
        }
        for p in outlook.predictions
    ]
    return json.dumps({"steps": steps, "totals": asdict(outlook.totals)}, indent=1)
