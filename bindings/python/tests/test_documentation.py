"""The examples of docs/bindings.md run as they stand."""

import re

import matplotlib.pyplot as plt
from conftest import ROOT


def test_the_examples_run(capsys):
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / "docs" / "bindings.md").read_text(), re.M | re.S)
    assert len(blocks) >= 3
    # One after the other, as a reader would type them.
    names = {}
    for block in blocks:
        exec(compile(block, "docs/bindings.md", "exec"), names)
    said = capsys.readouterr().out
    assert "Cautious" in said and "(256, 6, 8)" in said
    plt.close("all")
