"""Known gradient bugs, planted into public training code: what share of them the linter finds."""
