"""Backtest of floor policies on traces and on a resource's own history."""

from __future__ import annotations
