"""Python 2 programs: translated in memory by `fissix` (`pip install 'millpond[py2]'`), for `millpond run --py2`."""
