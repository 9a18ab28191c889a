"""Frames, pictures and what notebooks show."""

import doctest
import importlib
import inspect

import matplotlib.pyplot as plt
import numpy as np
import pytest

import segue


@pytest.fixture(scope="module")
def session():
    return segue.run("preset:3g,seed=3", "preset:vbr,duration=120", "bola-e")


@pytest.fixture(scope="module")
def comparison():
    return segue.compare(["preset:3g,seed=1", "preset:3g,seed=2"], "preset:cbr,duration=60", ["bola", "bba"])


@pytest.mark.parametrize("of", ["session", "comparison"])
def test_frames_hold_the_columns(of, request):
    thing = request.getfixturevalue(of)
    frame = thing.to_pandas()
    assert len(frame) == len(thing)
    for name, column in thing.columns.items():
        assert frame[name].tolist() == list(column), name


def test_polars_and_arrow_frames_hold_the_columns(session):
    polars, arrow = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    frame, table = session.to_polars(), session.to_arrow()
    for name, column in session.columns.items():
        assert frame[name].to_list() == list(column) == table[name].to_pylist(), name
    # Every library of the Arrow family takes the object itself.
    assert polars.DataFrame(session).equals(frame)
    assert arrow.table(session) == table


def test_pictures_are_pictures(session, comparison):
    for png in [session.png(), session._repr_png_(), comparison.png("pareto"), segue.generate("3g").png()]:
        assert bytes(png).startswith(b"\x89PNG\r\n")
    for svg in [session.svg(), comparison.svg("qoe-ecdf"), segue.generate("3g").svg()]:
        assert svg.startswith("<svg") or svg.startswith("<?xml")
    with pytest.raises(ValueError, match="expected one of qoe-ecdf"):
        comparison.png("pie")


def test_notebooks_show_numbers_and_pictures(session, comparison):
    shown = session._repr_html_()
    assert f"{session.summary['mean_bitrate_kbps']:.6g}" in shown and "data:image/png;base64," in shown
    shown = comparison._repr_html_()
    assert f"{comparison.measures['bola']['bba']['mean']:.6g}" in shown


def test_plots_return_figure_and_axes_and_take_axes(session, comparison):
    fig, (top, bottom) = session.plot()
    levels = np.array([line.get_ydata() for line in bottom.lines if line.get_label() == "buffer"][0])
    assert np.array_equal(levels, session.buffer["level_s"])
    assert len(top.patches) - 1 == len(session.stalls["start_s"])
    for draw, thing in [(segue.plot.ecdf, comparison), (segue.plot.scatter, comparison), (segue.plot.trace, segue.generate("3g"))]:
        own, ax = plt.subplots()
        got, same = draw(thing, ax=ax)
        assert got is own and same is ax
    _, ax = segue.plot.ecdf(comparison)
    assert ax.lines[0].get_ydata()[-1] == 1.0
    plt.close("all")


@pytest.mark.parametrize("name", ["segue", "segue.stats", "segue.plot", "segue.gym"])
def test_the_examples_of_the_documentation_run(name):
    module = importlib.import_module(name)
    things = [module, *(getattr(module, public) for public in getattr(module, "__all__", vars(module)))]
    finder, runner = doctest.DocTestFinder(recurse=False), doctest.DocTestRunner()
    for thing in things:
        # Of modules within, the examples are theirs.
        if thing is module or not inspect.ismodule(thing) and getattr(thing, "__doc__", None):
            title = getattr(thing, "__name__", name)
            for test in finder.find(thing, name=title, module=False, globs={"segue": segue}):
                runner.run(test)
    assert runner.failures == 0 and runner.tries > 0
