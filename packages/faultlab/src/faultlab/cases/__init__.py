"""The cases of the laboratory: those of the plan (FT-001 and following), and the matrix of faults and moments."""
