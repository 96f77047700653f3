"""Old habits of programs that today's Python and libraries have dropped, mended while `millpond run` runs a program.

`import millpond` mends nothing: NumPy and the others stay as their makers ship them, unless the runner (or a caller of
`table.mend`) asks for the old names. Each habit is a row of `table.HABITS`, which `millpond run --help` lists.
"""
