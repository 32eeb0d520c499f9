"""The list of benches."""

from bench.__main__ import main, questions


def test_every_bench_is_listed_with_its_question(capsys):
    """A bench that is not listed would not be found."""
    status = main([])
    lines = capsys.readouterr().out.splitlines()

    assert status == 0
    assert {"bridge", "growth", "redaction"} <= {line.split()[0] for line in lines}
    assert all(question.endswith("?") for question in questions().values())


def test_an_unknown_bench_is_refused(capsys):
    """The list is shown, and the status tells the failure."""
    assert main(["nothing"]) == 2
    assert "bridge" in capsys.readouterr().out
