"""A few random programs with branches, loops and tensor arrays give what the real TensorFlow gives."""

import compare_control
import pytest
from control_programs import generate
from smaller_programs import describe


@pytest.mark.parametrize("seed", range(40))
def test_a_random_program_gives_what_it_gives_in_tensorflow(seed):
    program = generate(seed)
    found = compare_control.compare(program, compiled=seed % 10 == 0)
    assert not found, f"{found}\n{describe(program)}"
