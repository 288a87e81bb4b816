from mdt.contracts.provider import ContractBrokenError as ContractBrokenError
from mdt.contracts.provider import Verification as Verification
from mdt.contracts.provider import verify as verify
