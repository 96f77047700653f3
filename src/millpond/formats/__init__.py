"""TensorFlow's file formats: bytes only, readers paired with writers.

    damage.py         reporting faults
    files.py          opening and atomically replacing files; operating system errors as `tf.errors`
    checksum.py       masked CRC-32C
    varint.py         variable-length integers
    inflate.py        bounded reading of zlib and gzip streams
    records.py        TFRecord files
    events.py         event files (what TensorBoard reads), on records.py
    tensors.py        NumPy arrays and TensorProto
    table.py          sorted tables of keys and values
    snappy.py         decompression of their blocks
    slices.py         parts of partitioned tensors: their names, keys and reassembly
    bundle.py         V2 checkpoints: their data
    bundle_index.py   V2 checkpoints: their index, on table.py; merging
    checkpoint_v1.py  V1 checkpoints, on table.py (read only)
    checkpoint.py     opens a checkpoint of either version
    idx.py            IDX files (MNIST; read only)

Whatever is read is untrusted: lengths and checksums are verified before memory is allocated, and what is
wrong raises `DataLossError` naming the file and the place. Nothing is unpickled or executed. The formats are
little-endian (IDX is big-endian), and so must the machine be.
"""

import sys

if sys.byteorder != "little":
    raise NotImplementedError("millpond.formats needs a little-endian machine, this one is big-endian.")
