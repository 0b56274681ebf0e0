"""A second opinion on the sandbox: the same AWS calls against LocalStack, compared with the docs.

Run by `make crosscheck`. Nothing of the product depends on it; what it found is in docs/sandbox.md.
"""
