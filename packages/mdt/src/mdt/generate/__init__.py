"""Makes mocks of an OpenAPI document, and instances of its schemas.

    document = mdt.openapi.read("inventory-api.yaml")
    found = generated(document, "inventory")                      # scenarios of each operation, with a report
    made = plan(found, document, Path("mocks/external/inventory"), everything=False)
    made.carry_out()

`instance(schema, mode)` is a valid instance of one schema, the same in each run; modes are SUCCESS, MINIMAL, FULL, BOUNDARY, EMPTY.
"""

from mdt.generate.generator import Endpoint, Generated, generated
from mdt.generate.instances import Instance, instance
from mdt.generate.modes import BOUNDARY, EMPTY, FULL, MINIMAL, SUCCESS, Mode
from mdt.generate.writing import Plan, plan, problems_of

__all__ = [
    "BOUNDARY",
    "EMPTY",
    "FULL",
    "MINIMAL",
    "SUCCESS",
    "Endpoint",
    "Generated",
    "Instance",
    "Mode",
    "Plan",
    "generated",
    "instance",
    "plan",
    "problems_of",
]
