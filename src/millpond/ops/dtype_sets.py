"""Sets of dtypes in the signature language of `define_op`."""

REAL_FLOATS = "{half, bfloat16, float, double}"
FLOATS = "{half, bfloat16, float, double, complex64, complex128}"
INTEGERS = "{int8, uint8, int16, uint16, int32, uint32, int64, uint64}"
REALS = "{float, double, int32, uint8, int16, int8, int64, bfloat16, uint16, half, uint32, uint64}"
NUMBERS = ("{float, double, int32, uint8, int16, int8, complex64, int64, qint8, quint8, qint32, bfloat16, uint16, "
           "complex128, half, uint32, uint64}")
INDEX = "{int32, int64}"
