"""V1 checkpoints, which TensorFlow wrote before 0.12 (read only).

    <path>                        a table (`table.py`), or one for each shard: <path>-00000-of-00002, ...
        ""                        SavedTensorSlices with `meta`: name, shape, dtype and parts of each tensor
        key of a part             SavedTensorSlices with `data`: name, part, and a TensorProto that has
        (`slices.py`)             only the list of values of its dtype

A tensor in one piece has one part, all of it.
"""

from __future__ import annotations

import glob
import math
import os
from dataclasses import dataclass, field
from types import TracebackType

import numpy as np

from millpond.errors import InvalidArgumentError, NotFoundError
from millpond.formats.damage import damaged, parse
from millpond.formats.files import PathLike, local_path, open_input, size_of
from millpond.formats.slices import Part, assemble, part_from_proto, part_key, region_of, shape_of
from millpond.formats.snappy import MAX_RATIO
from millpond.formats.table import TableReader
from millpond.formats.tensors import field_values, shape_from_proto, stored_dtype
from millpond.protos.checkpoint import SavedTensorSlices

_META_KEY = b""


@dataclass
class _Tensor:
    shape: tuple[int, ...]
    dtype: int
    parts: list[tuple[Part, TableReader]] = field(default_factory=list)


class CheckpointV1Reader:
    """Reads a V1 checkpoint. A context manager; not for several threads at once.

    Args:
        path: The file, or a pattern that matches its shards (`model.ckpt-?????-of-00002`).

    Raises:
        NotFoundError: If there is no such file.
        DataLossError: Here and in all methods, if a file is damaged or breaks off.
    """

    def __init__(self, path: PathLike) -> None:
        self.path = local_path(path)
        self._files = []
        self._tensors: dict[str, _Tensor] = {}
        try:
            for name in [self.path] if os.path.isfile(self.path) else sorted(glob.glob(self.path)):
                file = open_input(name)
                self._files.append(file)
                self._add_tensors(TableReader(file, name), name)
        except BaseException:
            self.close()
            raise
        if not self._files:
            raise NotFoundError(None, None, f"Failed to find any matching files for {self.path}")
        self._bytes = sum(size_of(file) for file in self._files)

    def keys(self) -> list[str]:
        """Names of the tensors, sorted."""
        return sorted(self._tensors)

    def __contains__(self, name: str) -> bool:
        return name in self._tensors

    def shape(self, name: str) -> tuple[int, ...]:
        """Sizes of a tensor."""
        return self._tensor(name).shape

    def dtype(self, name: str) -> int:
        """DataType number of a tensor."""
        return self._tensor(name).dtype

    def read(self, name: str) -> np.ndarray:
        """The values of a tensor, partitioned or not; strings as an array of `bytes` objects.

        Raises:
            NotFoundError: If there is no such tensor.
        """
        return self.read_slice(name, tuple((0, size) for size in self.shape(name)))

    def read_slice(self, name: str, slice_spec: Part) -> np.ndarray:
        """The values of a part of a tensor, however it is stored.

        Args:
            name: Name of the whole tensor.
            slice_spec: (start, length) in every dimension; (0, -1) is all of one.

        Raises:
            NotFoundError: If there is no such tensor.
            InvalidArgumentError: If the part is not inside the tensor.
        """
        tensor, place = self._tensor(name), self._place(name)
        wanted = region_of(slice_spec, tensor.shape, place, InvalidArgumentError)
        # A value takes at least a byte, which may be compressed.
        if math.prod(tensor.shape) > self._bytes * MAX_RATIO:
            raise damaged(place, f"the shape {list(tensor.shape)} cannot be in {self._bytes} bytes of files")
        regions = [region_of(part, tensor.shape, place) for part, _ in tensor.parts]

        def load(number: int) -> np.ndarray:
            return self._load(name, tensor.dtype, *tensor.parts[number], shape_of(regions[number]))

        return assemble(tensor.dtype, wanted, regions, load, place)

    def close(self) -> None:
        """Closes the files."""
        for file in self._files:
            file.close()

    def __enter__(self) -> CheckpointV1Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _place(self, name: str) -> str:
        return f"{self.path}: tensor {name!r}"

    def _tensor(self, name: str) -> _Tensor:
        if name not in self._tensors:
            raise NotFoundError(None, None, f"Key {name} not found in checkpoint {self.path}.")
        return self._tensors[name]

    def _add_tensors(self, table: TableReader, file_name: str) -> None:
        meta = table.get(_META_KEY)
        if meta is None:
            raise damaged(file_name, "a table, but no checkpoint: it does not list tensors")
        for saved in parse(SavedTensorSlices, meta, f"{file_name}: list").meta.tensor:
            place = f"{file_name}: tensor {saved.name!r}"
            stored_dtype(saved.type, place)
            found = _Tensor(shape_from_proto(saved.shape, place), saved.type)
            tensor = self._tensors.setdefault(saved.name, found)
            if (tensor.shape, tensor.dtype) != (found.shape, found.dtype):
                raise damaged(place, "another shape or dtype in another shard")
            tensor.parts += [(part_from_proto(proto), table) for proto in saved.slice]

    def _load(
        self, name: str, dtype: int, part: Part, table: TableReader, shape: tuple[int, ...]
    ) -> np.ndarray:
        place = f"{self._place(name)}, part {list(part)}"
        stored = table.get(part_key(name, part))
        if stored is None:
            raise damaged(place, "its values are not there")
        saved = parse(SavedTensorSlices, stored, place).data
        values = field_values(saved.data, dtype, place)
        if saved.name != name or values.size != math.prod(shape):
            raise damaged(place, f"expected {math.prod(shape)} values, got {values.size} of {saved.name!r}")
        return values.reshape(shape)

