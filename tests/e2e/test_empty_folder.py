"""A command on a data folder in which nothing was set up yet."""

from __future__ import annotations

import product


def test_a_command_on_an_empty_folder_says_how_to_begin() -> None:
    with product.data_folder() as home:
        done = product.run("facts", "list", "--data", str(home))
        assert done.returncode == 1
        assert done.stderr.startswith("aipromote: This database is empty"), done.stderr
        assert "`aipromote up`" in done.stderr
        assert product.run("db", "migrate", "--data", str(home)).returncode == 0
        now = product.run("facts", "list", "--data", str(home))
        assert (now.returncode, now.stderr) == (1, "aipromote: There is no organization yet.\n")
