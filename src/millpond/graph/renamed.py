"""Op types that exist under two names: what one release calls `Add` another calls `AddV2`.

A graph may hold either; a node keeps the name that it has in the file. State: the definitions under their second
names, made when they are first asked for.
"""

from __future__ import annotations

from millpond.graph.opdef import DEFINITIONS, OpDefinition, find

# Type in a graph: the type with the same inputs, outputs and attributes that is defined.
SAME = {
    "Add": "AddV2",
    "BatchCholesky": "Cholesky",
    "BatchMatMul": "BatchMatMulV2",
    "BatchMatrixBandPart": "MatrixBandPart",
    "BatchMatrixDeterminant": "MatrixDeterminant",
    "BatchMatrixDiag": "MatrixDiag",
    "BatchMatrixDiagPart": "MatrixDiagPart",
    "BatchMatrixInverse": "MatrixInverse",
    "BatchMatrixSetDiag": "MatrixSetDiag",
    "BatchMatrixSolve": "MatrixSolve",
    "BatchMatrixTriangularSolve": "MatrixTriangularSolve",
    "BatchSelfAdjointEigV2": "SelfAdjointEigV2",
    "BatchSvd": "Svd",
    "Inv": "Reciprocal",
    "InvGrad": "ReciprocalGrad",
    "Variable": "VariableV2",
}


def definition_of(type: str) -> OpDefinition | None:
    """The definition of an op type under any of its names, or None."""
    found = DEFINITIONS.get(type) or _made.get(type)
    if found is not None or type not in SAME:
        return found or find(type)
    other = find(SAME[type])
    if other is not None:
        facts = {field: getattr(other, field) for field in OpDefinition.__slots__ if field != "type"}
        found = _made[type] = OpDefinition(type, **facts)
    return found


_made: dict[str, OpDefinition] = {}
