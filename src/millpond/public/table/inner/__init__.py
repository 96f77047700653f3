"""Names that stood inside of TensorFlow 1.15, and the public names of the same objects.

Each file maps a module to a block of words. A word that ends in a colon says in which public module the names after
it are; `name=other` is a name that is another there. A star gives all that another module has: one of TensorFlow's,
or, where its path does not begin with `tf.`, one that can be imported.

    "tf.python.ops.nn_impl": '''
        tf: sqrt
        tf.nn: l2_normalize moments sufficient_statistics safe_div=div_no_nan
        *tf.python.ops.gen_nn_ops
    '''

What stood inside only and is there nevertheless has a path of its own in the files by area. Which modules there were,
with or without a public name, is in `layout.py`. `public/inner.py` reads all of this.
"""

from millpond.public.table.inner import added, core, framework, keras, ops, packages, second, training

# Module: what it has, as words.
BLOCKS: dict[str, str] = {}
for _area in (framework, ops, training, keras, core, packages, second, added):
    for _path, _block in _area.NAMES.items():
        BLOCKS[_path] = f"{BLOCKS[_path]} {_block}" if _path in BLOCKS else _block
