"""The console: a local web page over an account or the sandbox, live, offline and careful."""
