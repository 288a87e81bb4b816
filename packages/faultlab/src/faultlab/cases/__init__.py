"""The cases of the laboratory: the plan's (FT-001 and following) and the matrix of faults and moments."""
