"""The examples of the README and of docs/bindings.md run as they stand."""

import re

import matplotlib.pyplot as plt
import pytest
from conftest import ROOT


@pytest.mark.parametrize(
    ("page", "count", "said"),
    [("README.md", 1, ["bola"]), ("docs/bindings.md", 3, ["Cautious", "(256, 6, 8)"])],
)
def test_the_examples_run(capsys, page, count, said):
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text(), re.M | re.S)
    assert len(blocks) >= count
    # One after the other, as a reader would type them.
    names = {}
    for block in blocks:
        exec(compile(block, page, "exec"), names)
    out = capsys.readouterr().out
    assert all(word in out for word in said), out
    plt.close("all")
