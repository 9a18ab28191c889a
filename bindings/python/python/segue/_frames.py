"""Columns as frames, and what notebooks show."""

import base64
import html


def _need(module, package):
    from importlib import import_module

    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(f"this needs {package}: pip install {package}") from error


def to_pandas(columns):
    return _need("pandas", "pandas").DataFrame(columns, copy=False)


def to_polars(columns):
    return _need("polars", "polars").DataFrame(columns)


def to_arrow(columns):
    return _need("pyarrow", "pyarrow").table(columns)


def _image(png):
    return f'<img style="max-width:100%" src="data:image/png;base64,{base64.b64encode(png).decode()}">'


def _table(rows):
    cells = "".join(f"<tr><th>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>" for name, value in rows)
    return f"<table>{cells}</table>"


def session_html(session):
    numbers = {**session.summary, **{f"QoE {name}": value for name, value in session.qoe.items()}}
    rows = [(name, f"{value:.6g}") for name, value in numbers.items()]
    title = html.escape(f"{session.abr} on {session.trace}, {session.video}, {session.profile}")
    return f"<b>{title}</b>{_image(bytes(session.png()))}{_table(rows)}"


def comparison_html(comparison):
    first = comparison.models[0]
    rows = [(rule, f"{of['mean']:.6g}" if "mean" in of else "-") for rule, of in comparison.measures[first].items()]
    findings = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in comparison.findings)
    image = _image(bytes(comparison.png("qoe-ecdf")))
    return f"<b>Mean {html.escape(first)}</b>{_table(rows)}<ul>{findings}</ul>{image}"
