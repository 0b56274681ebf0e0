"""CloudFormation as the sandbox runs it: transform, resolve, create, update, delete."""
