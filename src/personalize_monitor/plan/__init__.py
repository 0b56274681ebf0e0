"""What people look at and apply: snapshots of an account, plans, savings, prices."""
