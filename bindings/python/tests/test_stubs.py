"""The type stubs name what the compiled module has, no more and no less, with its parameters."""

import ast
import inspect
import pathlib

import segue
from segue import _segue

STUBS = ast.parse((pathlib.Path(segue.__file__).parent / "_segue.pyi").read_text())


def parameters(function):
    given = function.args
    return [a.arg for a in given.posonlyargs + given.args + given.kwonlyargs if a.arg != "self"]


def test_functions_and_classes_are_those_of_the_module():
    stubbed = {node.name: node for node in STUBS.body if hasattr(node, "name") and node.name[0] != "_"}
    there = {name for name in dir(_segue) if not name.startswith("__")}
    assert set(stubbed) == there
    for name, node in stubbed.items():
        thing = getattr(_segue, name)
        if isinstance(node, ast.FunctionDef):
            own = [p for p in inspect.signature(thing).parameters if p != "options"]
            assert parameters(node) == own, name
        else:
            members = {m.name if isinstance(m, ast.FunctionDef) else m.target.id for m in node.body}
            public = {m for m in dir(thing) if not m.startswith("_")}
            assert {m for m in members if not m.startswith("_")} == public, name


def test_everything_public_is_explained():
    for name in segue.__all__:
        thing = getattr(segue, name)
        assert inspect.getdoc(thing), name
        for member in dir(thing) if inspect.isclass(thing) else []:
            if not member.startswith("_"):
                assert inspect.getdoc(getattr(thing, member)), f"{name}.{member}"
